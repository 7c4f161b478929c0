#pragma once

#include <ATen/core/Tensor.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cstdint>
#include <optional>

// What the ways of computing a convolution share.

namespace gradus::worker::engine {

/// A convolution with a square window and one stride and one padding on all sides: images
/// [N, in, H, W], weights [out, in, window, window], `out` a multiple of eight, bias [out] or none;
/// all of them float32 or all bfloat16.
struct ConvolutionCall {
  const at::Tensor& images;
  const at::Tensor& weight;
  const std::optional<at::Tensor>& bias;
  std::int64_t pad;
  std::int64_t stride = 1;

  bool biased() const { return bias && bias->defined(); }
  /// As float32; undefined where there is none.
  at::Tensor bias_floats() const;
  /// Whether anybody will ask for gradients.
  bool learns() const;
};

/// What a differentiable convolution keeps for its gradient.
void keep(torch::autograd::AutogradContext& context, const ConvolutionCall& call);

/// What keep() kept, the gradient that came, as channels-last images, and which gradients are asked
/// for. Inputs of the function: images, weight, bias, and what needs no gradient.
struct Kept {
  Kept(torch::autograd::AutogradContext& context, const at::Tensor& gradient);
  at::Tensor images, weight, dy;
  std::int64_t pad, stride;
  bool biased;
  struct Wanted {
    bool images, weight, bias;
  } wanted;
};

/// A convolution's gradients: of the images, the weights and the bias, each where wanted.
struct ConvolutionGradients {
  at::Tensor images, weight, bias;
};

/// Weights [out, in, window, window] as float32 [window, window, in, out], or where gradients are
/// `led_back` as [window, window, out, in].
at::Tensor weights_by_place(const at::Tensor& weight, bool led_back);

/// LibTorch's own, which can be differentiated again.
ConvolutionGradients stock_gradients(const Kept& kept);

}  // namespace gradus::worker::engine
