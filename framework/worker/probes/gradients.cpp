#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "framework/core/text.hpp"
#include "framework/worker/probes/measure.hpp"
#include "framework/worker/train/step.hpp"
#include "framework/worker/train/updater.hpp"
#include "framework/worker/weights.hpp"

namespace gradus::worker {
namespace {

constexpr const char* kGradientsPhase = "probe gradients";

bool is_trained_weight(const NamedTensor& named) {
  return named.parameter && named.tensor.dim() >= 2 && named.tensor.requires_grad();
}

/// Root mean square of each weight's gradient, in the order of named_tensors(); 0 without one.
Result<std::vector<double>> gradients(const Measuring& measuring, const ProbeBatch& batch,
                                      const Weights& weights) {
  Network& network = measuring.network;
  GRADUS_CHECK(put_weights(network.module(), weights, kGradientsPhase));
  const SavedBuffers buffers(network.module());
  const std::vector<torch::Tensor> parameters = network.trainable();
  clear_gradients(parameters);
  network.guard().seed(torch_seed(measuring.plan.seed, 1));
  GRADUS_CHECK(network.set_training(true, kGradientsPhase));
  GRADUS_TRY(const StepResult step,
             forward_backward(network, batch.images, batch.labels, false, kGradientsPhase));
  std::vector<double> rms;
  for (const NamedTensor& named : named_tensors(network.module())) {
    if (!is_trained_weight(named)) continue;
    const torch::Tensor& gradient = named.tensor.grad();
    // A loss that is not finite has no gradients: they have exploded.
    double value = step.finite ? 0 : std::numeric_limits<double>::infinity();
    if (step.finite && gradient.defined() && gradient.numel() > 0)
      value = gradient.to(torch::kFloat64).square().mean().sqrt().item<double>();
    rms.push_back(value);
  }
  clear_gradients(parameters);
  buffers.restore();
  return rms;
}

}  // namespace

Result<Json> measure_gradients(const Measuring& measuring, const ProbeBatch& batch) {
  GRADUS_TRY(const std::vector<double> first, gradients(measuring, batch, measuring.initial));
  std::vector<double> second = first;
  if (measuring.stepped) {
    GRADUS_TRY(second, gradients(measuring, batch, *measuring.stepped));
  }
  Json names = Json::array(), rms = Json::array();
  std::size_t at = 0;
  for (const NamedTensor& named : named_tensors(measuring.network.module())) {
    if (!is_trained_weight(named)) continue;
    const std::size_t i = at++;
    if (i >= first.size() || i >= second.size() || names.size() >= kMostReported) continue;
    names.push_back(printable(named.name, false, kLongestName));
    // JSON writes what is not finite as null.
    rms.push_back(std::isnan(first[i]) ? first[i] : std::max(first[i], second[i]));
  }
  return Json{{"left_out", at - names.size()}, {"names", names}, {"rms", rms}};
}

}  // namespace gradus::worker
