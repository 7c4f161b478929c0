#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

namespace gradus::worker::engine {

/// `aten::batch_norm` for images [N, C, H, W], channels-last, float32 or bfloat16, C a multiple of
/// eight, with single-precision parameters and statistics. Sums are taken in double precision over
/// fixed pieces of the batch, so the result does not depend on the number of threads. Every other
/// case goes to LibTorch.
at::Tensor fast_batch_norm(const at::Tensor& input, const std::optional<at::Tensor>& weight,
                           const std::optional<at::Tensor>& bias,
                           const std::optional<at::Tensor>& running_mean,
                           const std::optional<at::Tensor>& running_var, bool training,
                           double momentum, double eps, bool cudnn_enabled);

}  // namespace gradus::worker::engine
