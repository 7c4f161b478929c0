#pragma once

#include <ATen/ops/relu.h>
#include <torch/nn/module.h>

#include <memory>

#include "gradus/context.hpp"
#include "gradus/manifest.hpp"

namespace gradus {

/// An activation function as a module: shape-preserving, any shape, may hold parameters.
/// Derive, override forward(), and register the class once with GRADUS_ACTIVATION.
class Activation : public torch::nn::Module {
 public:
  /// x of any shape → the same shape and dtype. Must be differentiable by autograd.
  virtual torch::Tensor forward(torch::Tensor x) = 0;
};

namespace detail {
/// What Context::activation() makes where the lab names no activation.
class DefaultRelu final : public Activation {
 public:
  torch::Tensor forward(torch::Tensor x) override { return at::relu(x); }
};
}  // namespace detail

inline std::shared_ptr<Activation> Context::activation() const {
  if (activation_factory) return activation_factory();
  return std::make_shared<detail::DefaultRelu>();
}

}  // namespace gradus

/// GRADUS_ACTIVATION(MySwish, my_swish, "1.0"): at namespace scope, once a class.
#define GRADUS_ACTIVATION(Class, name, version) \
  GRADUS_PLUGIN_(::gradus::Activation, activation, Class, name, version)
