#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/ArrayRef.h>

namespace gradus::worker::engine {

/// `aten::max_pool2d` for images [N, C, H, W], channels-last, float32 or bfloat16, C a multiple of
/// eight, windows of at most 255 cells without dilation; bit-equal to LibTorch's. It remembers
/// where a maximum came from in one byte instead of eight. Every other case goes to LibTorch.
at::Tensor fast_max_pool2d(const at::Tensor& input, at::IntArrayRef kernel, at::IntArrayRef stride,
                           at::IntArrayRef padding, at::IntArrayRef dilation, bool ceil_mode);

}  // namespace gradus::worker::engine
