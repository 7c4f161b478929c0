#include "framework/worker/train/step.hpp"

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

Result<StepResult> forward_backward(Network& network, const torch::Tensor& images,
                                    const torch::Tensor& labels, bool first,
                                    const std::string& phase, double label_smoothing) {
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

}  // namespace gradus::worker
