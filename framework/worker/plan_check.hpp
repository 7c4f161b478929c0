#pragma once

#include "framework/core/result.hpp"
#include "framework/record/plan.hpp"

namespace gradus::worker {

/// Whether this worker can carry out the plan: sizes within bounds (before anything is allocated
/// from them), and no value that it does not know and would have to ignore. Error: infrastructure.
Status check_plan(const RunPlan& plan);

}  // namespace gradus::worker
