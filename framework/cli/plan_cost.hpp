#pragma once

#include <cstdint>
#include <string>

#include "framework/record/plan.hpp"

namespace gradus::cli {

/// What a plan costs to run: runs of one training count once, probes cost next to nothing.
struct PlanCost {
  std::size_t runs = 0;
  std::int64_t epochs = 0, images = 0;  ///< what certainly runs: arms that may stop early so far
  std::int64_t most_epochs = 0, most_images = 0;  ///< where no arm is stopped early
  /// "14 distinct runs, 420 epochs, 18,900,000 images"; "8 distinct runs, 24 up to 240 epochs,
  /// ...".
  std::string text() const;
};
PlanCost cost_of(const Plan& plan);

}  // namespace gradus::cli
