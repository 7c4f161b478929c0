#pragma once

// What the trainer measures for the claimed probes (record/probes.hpp): raw figures, no verdict.
// The supervisor judges them, and believes none: their form is checked there, too.

#include <optional>

#include "framework/core/result.hpp"
#include "framework/record/messages.hpp"
#include "framework/record/plan.hpp"
#include "framework/worker/input/loader.hpp"
#include "framework/worker/network.hpp"
#include "framework/worker/probes/batch.hpp"
#include "framework/worker/session.hpp"

namespace gradus::worker {

/// At most so many layers or tensors are reported one by one: a frame's header is 64 KiB.
/// "left_out" counts the others.
inline constexpr std::size_t kMostReported = 400;
/// Names are cut to so many bytes.
inline constexpr std::size_t kLongestName = 80;

struct Measuring {
  const RunPlan& plan;
  Network& network;
  const TrainingData& data;
  Session& session;
  Weights initial;
  std::optional<Weights> stepped;  ///< after one step, where the plan needed that
};

/// Measures and claims everything that the plan's probes want, but the round trip.
Status measure_claims(const Measuring& measuring);
/// One claim.
Status claim_measured(Session& session, const std::string& probe, Json figures);

// One a file. All leave the network's buffers as they were.

/// {"accuracy", "count"}: on the batch in evaluation, with the weights as they are.
Result<Json> measure_round_trip(Network& network, const ProbeBatch& batch);
/// {"buffers": how many, "changed": [names]}: by one evaluation of the batch.
Result<Json> measure_buffers(Network& network, const ProbeBatch& batch);
/// {"names", "rms", "left_out"}: of the gradients of tensors with two dimensions or more, the
/// larger one of those at the initial weights and after one step. Biases are left out: before a
/// batch norm theirs is zero by nature.
Result<Json> measure_gradients(const Measuring& measuring, const ProbeBatch& batch);
/// Of the inputs of each layer with weights, in the order of the forward pass, over up to 1,000
/// images in evaluation: {"names", "mean", "std", "units", "dead", "left_out"}. A unit is a
/// channel, or a column; dead: zero everywhere in all images.
Result<Json> measure_layers(const Measuring& measuring);
/// {"kib": memory in use after each tenth of 200 steps, relative to the first}, batches of 16.
Result<Json> measure_memory(const Measuring& measuring);

}  // namespace gradus::worker
