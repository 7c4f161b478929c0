#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/SymIntArrayRef.h>

#include <optional>

namespace gradus::worker::engine {

/// aten::conv2d. bfloat16 images with channels in multiples of sixteen go through amx_kernels.hpp
/// where the processor has a matrix unit. Windows of 3x3 with stride 1 over channels-last images,
/// channels multiples of eight, go through winograd_kernels.hpp, forward and backward, images of
/// one or three channels through thin_kernels.hpp, on machines with AVX2 or AVX-512; all else is
/// LibTorch's own. Images
/// and weights are all float32, or all bfloat16, from which sums are taken in single precision and
/// rounded once. Results differ from LibTorch's by rounding (some 1e-6 of the largest in float32)
/// and do not depend on the number of threads; the weights' gradient does, by rounding.
at::Tensor fast_conv2d(const at::Tensor& input, const at::Tensor& weight,
                       const std::optional<at::Tensor>& bias, c10::SymIntArrayRef stride,
                       c10::SymIntArrayRef padding, c10::SymIntArrayRef dilation,
                       c10::SymInt groups);

}  // namespace gradus::worker::engine
