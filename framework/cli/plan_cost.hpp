#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/lab/lab.hpp"
#include "framework/record/plan.hpp"

namespace gradus::cli {

/// What a plan costs to run: runs of one training count once, probes cost next to nothing.
struct PlanCost {
  std::size_t runs = 0;
  /// What is to be expected of arms that may stop early, where none diverges: as many go on from a
  /// rung as the rule lets, of arms of different lengths those in the middle.
  std::int64_t epochs = 0, images = 0;
  std::int64_t most_epochs = 0, most_images = 0;  ///< where no arm is stopped early
  /// "14 distinct runs, 420 epochs, 18,900,000 images"; "4 distinct runs, about 14 epochs, at most
  /// 24; about 14,000 images, at most 24,000 (...)".
  std::string text() const;
};
/// Of a plan that the lab was expanded to.
PlanCost cost_of(const Plan& plan, const lab::Lab& lab);

/// "; evidence of 3 is there", of the runs that cost_of() counts; "; evidence of 3 is made anew";
/// "" where there is none. `known`: executor::cached() of the plan.
std::string evidence_text(const Plan& plan, const std::vector<bool>& known, bool fresh);

}  // namespace gradus::cli
