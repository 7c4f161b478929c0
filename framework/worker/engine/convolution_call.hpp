#pragma once

#include <ATen/core/Tensor.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cstdint>
#include <optional>

// What the ways of computing a convolution share.

namespace gradus::worker::engine {

/// A convolution of single precision with stride 1, a square window and one padding on all sides:
/// images [N, in, H, W], weights [out, in, window, window], `out` a multiple of eight, bias [out]
/// or none.
struct ConvolutionCall {
  const at::Tensor& images;
  const at::Tensor& weight;
  const std::optional<at::Tensor>& bias;
  std::int64_t pad;

  bool biased() const { return bias && bias->defined(); }
  const float* bias_numbers() const { return biased() ? bias->const_data_ptr<float>() : nullptr; }
  /// Whether anybody will ask for gradients.
  bool learns() const;
};

/// What a differentiable convolution keeps for its gradient.
void keep(torch::autograd::AutogradContext& context, const ConvolutionCall& call);

/// What keep() kept, the gradient that came, as channels-last images, and which gradients are asked
/// for. Inputs of the function: images, weight, bias, padding.
struct Kept {
  Kept(torch::autograd::AutogradContext& context, const at::Tensor& gradient);
  at::Tensor images, weight, dy;
  std::int64_t pad;
  bool biased;
  struct Wanted {
    bool images, weight, bias;
  } wanted;
};

/// A convolution's gradients: of the images, the weights and the bias, each where wanted.
struct ConvolutionGradients {
  at::Tensor images, weight, bias;
};

/// LibTorch's own, which can be differentiated again.
ConvolutionGradients stock_gradients(const Kept& kept);

}  // namespace gradus::worker::engine
