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

/// Forward, cross-entropy with smoothed labels, backward. `first`: non-finite logits are an error
/// (INVALID_OUTPUT) that says what was found; later they are divergence, reported in `finite`.
Result<StepResult> forward_backward(Network& network, const torch::Tensor& images,
                                    const torch::Tensor& labels, bool first,
                                    const std::string& phase, double label_smoothing = 0);

}  // namespace gradus::worker
