#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/SymIntArrayRef.h>

// Kernels of LibTorch's for the CPU that we replace: what residual networks do to every number
// between their convolutions. They stand below autograd, so that gradients, hooks and names are
// LibTorch's; results are equal, bit by bit.

namespace gradus::worker::engine {

/// aten::relu for dense float32 or bfloat16 tensors of any shape; all else is LibTorch's own.
at::Tensor fast_relu(const at::Tensor& input);

/// aten::threshold_backward, the gradient of ReLU where `threshold` is 0: `gradient`, or 0 where
/// `result` is at most the threshold. For tensors as of fast_relu(); laid out as `result` is.
at::Tensor fast_threshold_backward(const at::Tensor& gradient, const at::Tensor& result,
                                   const at::Scalar& threshold);

/// aten::add.Tensor and add_.Tensor for two tensors as of fast_relu(), laid out alike, and a factor
/// of 1.
at::Tensor fast_add(const at::Tensor& a, const at::Tensor& b, const at::Scalar& factor);
at::Tensor& fast_add_(at::Tensor& a, const at::Tensor& b, const at::Scalar& factor);

/// aten::slice_backward: zeros but for `gradient`, at the places that the slice took. LibTorch lays
/// them out as if there were no channels-last images, and every operation before it then walks
/// through two layouts at once; here they are laid out as `gradient` is.
at::Tensor fast_slice_backward(const at::Tensor& gradient, c10::SymIntArrayRef input_sizes,
                               std::int64_t dim, c10::SymInt start, c10::SymInt end,
                               c10::SymInt step);

}  // namespace gradus::worker::engine
