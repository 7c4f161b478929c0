#pragma once

#include <gradus/activation.hpp>
#include <gradus/augmentation.hpp>
#include <memory>

#include "framework/core/result.hpp"
#include "framework/record/plan.hpp"
#include "framework/worker/guard.hpp"

namespace gradus::worker {

/// The plan's augmentation, constructed behind the guard; null where the plan names none.
Result<std::shared_ptr<Augmentation>> open_augmentation(const RunPlan& plan, Guard& guard);
/// The plan's activation on its own, seeded as in the construction of a model; ReLU where the plan
/// names none.
Result<std::shared_ptr<Activation>> open_activation(const RunPlan& plan, Guard& guard);

}  // namespace gradus::worker
