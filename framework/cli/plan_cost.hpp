#pragma once

#include <cstdint>
#include <string>

#include "framework/record/plan.hpp"

namespace gradus::cli {

/// What a plan costs to run: runs that share a hash count once, probes cost next to nothing.
struct PlanCost {
  std::size_t runs = 0;
  std::int64_t epochs = 0, images = 0;
  /// "14 distinct runs, 420 epochs, 18,900,000 images".
  std::string text() const;
};
PlanCost cost_of(const Plan& plan);

}  // namespace gradus::cli
