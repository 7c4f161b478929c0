#include "framework/worker/probes/stages.hpp"

#include <torch/optim/adam.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>

#include "framework/record/probes.hpp"
#include "framework/worker/failure.hpp"
#include "framework/worker/probes/measure.hpp"
#include "framework/worker/train/step.hpp"
#include "framework/worker/train/updater.hpp"
#include "framework/worker/weights.hpp"

namespace gradus::worker {
namespace {

constexpr double kStepLength = 0.01;
constexpr double kOverfitRate = 1e-3;
constexpr std::int64_t kOverfitSteps = 200;
constexpr std::int64_t kCheckEvery = 10;

std::int64_t overfit_steps(const RunPlan& plan) {
  for (const ProbeSpec& probe : plan.probes) {
    if (probe.name != "overfits_one_batch") continue;
    const auto steps = probe.options.find("steps");
    if (steps != probe.options.end() && steps->second.is_number_integer()) {
      return std::clamp<std::int64_t>(steps->second.get<std::int64_t>(), 1, 100'000);
    }
  }
  return kOverfitSteps;
}

/// Tensors that are what they were.
std::size_t unmoved(const std::vector<torch::Tensor>& parameters,
                    const std::vector<torch::Tensor>& before) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    count += parameters[i].numel() > 0 && torch::equal(parameters[i], before[i]) ? 1 : 0;
  }
  return count;
}

Status one_step(Network& network, const ProbeBatch& batch,
                const std::vector<torch::Tensor>& parameters) {
  clear_gradients(parameters);
  GRADUS_CHECK(network.set_training(true, "probe one_step"));
  GRADUS_TRY(const StepResult result,
             forward_backward(network, batch.images, batch.labels, true, "probe one_step"));
  static_cast<void>(result);
  const torch::NoGradGuard no_grad;
  for (torch::Tensor parameter : parameters) {
    const torch::Tensor gradient = parameter.grad();
    if (!gradient.defined() || gradient.numel() == 0) continue;
    const auto largest = gradient.abs().max().item<double>();
    if (!(largest > 0)) continue;
    // In two factors: 0.01 / largest alone may overflow where the gradient is tiny.
    parameter.sub_(gradient.div(largest).mul_(kStepLength));
  }
  return {};
}

/// One step, and more where some parameters have not moved: behind a last layer of zeros, or in a
/// block that this step happened to skip, a gradient is zero by right.
Status first_steps(Network& network, const ProbeBatch& batch,
                   const std::vector<torch::Tensor>& parameters) {
  constexpr int kMostSteps = 8;
  std::vector<torch::Tensor> before;
  for (const torch::Tensor& parameter : parameters) before.push_back(parameter.detach().clone());
  for (int step = 0; step < kMostSteps; ++step) {
    GRADUS_CHECK(one_step(network, batch, parameters));
    if (unmoved(parameters, before) == 0) break;
  }
  return {};
}

/// Accuracy in eval mode is 1.
Result<bool> learned(Network& network, const ProbeBatch& batch) {
  const torch::NoGradGuard no_grad;
  GRADUS_CHECK(network.set_training(false, "probe overfit"));
  GRADUS_TRY(const torch::Tensor logits, network.forward(batch.images, "probe overfit"));
  GRADUS_CHECK(network.set_training(true, "probe overfit"));
  return logits.argmax(1).eq(batch.labels).all().item<bool>();
}

Status overfit(Network& network, const ProbeBatch& batch,
               const std::vector<torch::Tensor>& parameters, std::int64_t steps) {
  torch::optim::Adam optimizer(parameters, torch::optim::AdamOptions(kOverfitRate));
  GRADUS_CHECK(network.set_training(true, "probe overfit"));
  for (std::int64_t step = 1; step <= steps; ++step) {
    clear_gradients(parameters);
    GRADUS_TRY(const StepResult result,
               forward_backward(network, batch.images, batch.labels, step == 1, "probe overfit"));
    if (!result.finite) return {};  // The weights so far are handed out: the probe fails by itself.
    optimizer.step();
    if (step % kCheckEvery != 0) continue;
    GRADUS_TRY(const bool done, learned(network, batch));
    if (done) return {};
  }
  return {};
}

}  // namespace

Status run_probe_stages(const RunPlan& plan, Network& network, const TrainingData& data,
                        Session& session) {
  GRADUS_TRY(Weights initial, take_weights(network.module(), "init", 0));
  GRADUS_CHECK(session.send_weights(initial));
  const std::string last = last_hand_over(plan);
  Measuring measuring{plan, network, data, session, std::move(initial), std::nullopt};
  if (last == "init") return measure_claims(measuring);

  const ProbeBatch batch = probe_batch(plan, network, data, 0, kProbeBatch);
  const std::vector<torch::Tensor> parameters = network.trainable();
  if (parameters.empty()) {
    return failure("INVALID_OUTPUT", "probe one_step",
                   "the model has no parameter that requires a gradient; at least one is wanted",
                   "Register the layers in the constructor with register_module().");
  }
  network.guard().seed(torch_seed(plan.seed, 1));
  GRADUS_CHECK(first_steps(network, batch, parameters));
  GRADUS_TRY(measuring.stepped, take_weights(network.module(), "one_step", 0));
  GRADUS_CHECK(session.send_weights(*measuring.stepped));
  if (last == "one_step") return measure_claims(measuring);

  GRADUS_CHECK(put_weights(network.module(), measuring.initial, "probe overfit"));
  network.guard().seed(torch_seed(plan.seed, 1));
  GRADUS_CHECK(overfit(network, batch, parameters, overfit_steps(plan)));
  GRADUS_TRY(const Weights learned_weights, take_weights(network.module(), "overfit", 0));
  GRADUS_CHECK(session.send_weights(learned_weights));
  if (lists_probe(plan, "state_round_trip")) {
    GRADUS_TRY(const Json figures, measure_round_trip(network, batch));
    GRADUS_CHECK(claim_measured(session, "state_round_trip", figures));
  }
  return measure_claims(measuring);
}

}  // namespace gradus::worker
