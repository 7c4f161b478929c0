#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/SymIntArrayRef.h>

#include <optional>

namespace gradus::worker::engine {

/// aten::conv2d. Windows of 3x3 with stride 1 over channels-last float32 images, channels multiples
/// of eight, go through winograd_kernels.hpp, forward and backward, on machines with AVX2; all else
/// is LibTorch's own. Their results differ from LibTorch's by rounding (some 1e-6 of the largest),
/// do not depend on the number of threads; the weights' gradient does, by rounding.
at::Tensor fast_conv2d(const at::Tensor& input, const at::Tensor& weight,
                       const std::optional<at::Tensor>& bias, c10::SymIntArrayRef stride,
                       c10::SymIntArrayRef padding, c10::SymIntArrayRef dilation,
                       c10::SymInt groups);

}  // namespace gradus::worker::engine
