#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>

#include "framework/core/result.hpp"
#include "framework/worker/network.hpp"

namespace gradus::worker {

/// What one forward and backward pass came to; gradients are in the parameters.
struct StepResult {
  double loss = 0;           ///< mean cross-entropy of the batch, without penalties
  std::int64_t correct = 0;  ///< images whose largest logit is their label's
  bool finite = true;        ///< false: the backward pass was not run
};

/// A forward pass and its mean cross-entropy with smoothed labels. Error: what forward() made of
/// it, or an output that depends on no parameter.
struct ForwardLoss {
  torch::Tensor logits, loss;
};
Result<ForwardLoss> forward_loss(Network& network, const torch::Tensor& images,
                                 const torch::Tensor& labels, const std::string& phase,
                                 double label_smoothing);

/// Error (INVALID_OUTPUT): logits of the first step are not finite, or their loss is not.
Status check_first(const ForwardLoss& pass, const std::string& phase);

/// Forward, cross-entropy with smoothed labels, backward. `first`: non-finite logits are an error
/// (INVALID_OUTPUT) that says what was found; later they are divergence, reported in `finite`.
Result<StepResult> forward_backward(Network& network, const torch::Tensor& images,
                                    const torch::Tensor& labels, bool first,
                                    const std::string& phase, double label_smoothing = 0);

}  // namespace gradus::worker
