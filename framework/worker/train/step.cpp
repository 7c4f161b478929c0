#include "framework/worker/train/step.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/nn/functional/loss.h>
#include <torch/types.h>

#include <cmath>

#include "framework/worker/failure.hpp"

namespace gradus::worker {

Result<ForwardLoss> forward_loss(Network& network, const torch::Tensor& images,
                                 const torch::Tensor& labels, const std::string& phase,
                                 double label_smoothing) {
  GRADUS_TRY(const torch::Tensor logits, network.forward(images, phase));
  GRADUS_CHECK(network.check_registered(phase));
  if (!logits.requires_grad()) {
    return failure("INVALID_OUTPUT", phase,
                   "the output does not depend on any parameter that requires a gradient",
                   "Register layers with register_module(); do not detach() or compute under "
                   "NoGradGuard in forward().");
  }
  const torch::Tensor loss = torch::nn::functional::cross_entropy(
      logits, labels,
      torch::nn::functional::CrossEntropyFuncOptions().label_smoothing(label_smoothing));
  return ForwardLoss{logits, loss};
}

Status check_first(const ForwardLoss& pass, const std::string& phase) {
  const torch::Tensor& logits = pass.logits;
  const std::int64_t bad = logits.numel() - logits.isfinite().sum().item<std::int64_t>();
  if (bad == 0 && std::isfinite(pass.loss.item<float>())) return {};
  return failure("INVALID_OUTPUT", phase,
                 "before the first step " + std::to_string(bad) + " of " +
                     std::to_string(logits.numel()) +
                     " logits are NaN or infinite; finite ones are wanted",
                 "Look for a division by zero, the logarithm of a non-positive number, or "
                 "memory that is used without being initialised (torch::empty).");
}

namespace {

Result<StepResult> there_and_back(Network& network, const torch::Tensor& images,
                                  const torch::Tensor& labels, bool first, const std::string& phase,
                                  double label_smoothing) {
  GRADUS_TRY(const ForwardLoss pass, forward_loss(network, images, labels, phase, label_smoothing));
  StepResult result;
  result.loss = static_cast<double>(pass.loss.item<float>());
  result.finite = std::isfinite(result.loss);
  if (first) GRADUS_CHECK(check_first(pass, phase));
  if (!result.finite) return result;
  result.correct = pass.logits.detach().argmax(1).eq(labels).sum().item<std::int64_t>();
  GRADUS_CHECK(network.guard().call(phase + " backward", [&] { pass.loss.backward(); }));
  return result;
}

}  // namespace

Result<StepResult> forward_backward(Network& network, const torch::Tensor& images,
                                    const torch::Tensor& labels, bool first,
                                    const std::string& phase, double label_smoothing) {
  const auto step = [&] {
    return there_and_back(network, images, labels, first, phase, label_smoothing);
  };
  if (!first || !network.channels_last()) return step();
  // Network::construct() has called forward() and knows its needs; a plugin's own backward() is
  // called here for the first time. Where it wants contiguous memory, the step is taken again as if
  // nothing had been.
  const SavedBuffers buffers(network.module());
  const at::Generator generator = at::detail::getDefaultCPUGenerator();
  const torch::Tensor drawn = generator.get_state();
  auto result = step();
  if (result.ok() || !network.channels_last() || !needs_contiguous(result.error())) return result;
  buffers.restore();
  at::Generator(generator).set_state(drawn);
  for (torch::Tensor parameter : network.trainable()) parameter.mutable_grad().reset();
  network.use_contiguous();
  result = step();
  if (result.ok()) {
    network.guard().warn(
        "the model's backward() calls view() on a gradient that may be channels-last; the slower "
        "contiguous memory format is used. reshape() works with both");
  }
  return result;
}

}  // namespace gradus::worker
