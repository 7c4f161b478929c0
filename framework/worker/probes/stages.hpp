#pragma once

#include "framework/core/result.hpp"
#include "framework/record/plan.hpp"
#include "framework/worker/input/loader.hpp"
#include "framework/worker/network.hpp"
#include "framework/worker/session.hpp"

namespace gradus::worker {

/// The trainer's side of a run of kind "probe". Hands out weights in up to three stages, as far as
/// the plan's probes need (record/probes.hpp):
///   init      as constructed
///   one_step  after one step on the probe batch: each parameter moves against its gradient by at
///             most 1 % (its largest component by exactly .01), whatever the gradient's scale. So a
///             bias before batch normalisation, whose gradient is mere rounding, still moves, and
///             only a parameter without any gradient stays. No weight decay, which would hide it.
///   overfit   from init again, Adam (lr .001) on the probe batch, until eval mode classifies it
///             wholly right or the option "steps" (200) is used up.
/// Then it claims what it measured for the plan's claimed probes (measure.hpp).
Status run_probe_stages(const RunPlan& plan, Network& network, const TrainingData& data,
                        Session& session);

}  // namespace gradus::worker
