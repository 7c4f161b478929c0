#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <optional>
#include <tuple>

// Products and convolutions of bfloat16 tensors, for processors that have no instructions for them:
// LibTorch's own kernels take several times as long there as in float32. Here the numbers are
// turned to float32, LibTorch's float32 kernel computes, and its result is rounded once; so
// networks can keep what lies between their layers in half the memory. Calls with any other number
// format, or with several, are LibTorch's own, with its errors. Arguments and shapes are those of
// the operations that they are named after.

namespace gradus::worker::engine {

at::Tensor wide_mm(const at::Tensor& a, const at::Tensor& b);
at::Tensor wide_bmm(const at::Tensor& a, const at::Tensor& b);
at::Tensor wide_addmm(const at::Tensor& start, const at::Tensor& a, const at::Tensor& b,
                      const at::Scalar& beta, const at::Scalar& alpha);
at::Tensor wide_baddbmm(const at::Tensor& start, const at::Tensor& a, const at::Tensor& b,
                        const at::Scalar& beta, const at::Scalar& alpha);

/// Convolutions of all kinds: also transposed, grouped, of one or three dimensions.
at::Tensor wide_convolution(const at::Tensor& input, const at::Tensor& weight,
                            const std::optional<at::Tensor>& bias, at::IntArrayRef stride,
                            at::IntArrayRef padding, at::IntArrayRef dilation, bool transposed,
                            at::IntArrayRef output_padding, std::int64_t groups);
std::tuple<at::Tensor, at::Tensor, at::Tensor> wide_convolution_backward(
    const at::Tensor& gradient, const at::Tensor& input, const at::Tensor& weight,
    at::OptionalIntArrayRef bias_sizes, at::IntArrayRef stride, at::IntArrayRef padding,
    at::IntArrayRef dilation, bool transposed, at::IntArrayRef output_padding, std::int64_t groups,
    std::array<bool, 3> wanted);

/// Above autograd, unlike the others: what LibTorch makes of it is chosen by the number format.
at::Tensor wide_attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                          const std::optional<at::Tensor>& mask, double dropout, bool causal,
                          std::optional<double> scale, bool grouped);

}  // namespace gradus::worker::engine
