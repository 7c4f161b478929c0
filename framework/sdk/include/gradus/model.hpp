#pragma once

#include <torch/nn/module.h>

#include "gradus/activation.hpp"
#include "gradus/context.hpp"
#include "gradus/manifest.hpp"

namespace gradus {

/// A network. Build the layers in the constructor from the Context and register each with
/// register_module() (or register_parameter(), register_buffer()): only what is registered is
/// trained, handed over to the examiner and counted. A gradus::Model is examined in a process of
/// its own, so state kept anywhere else is lost between training and grading.
class Model : public torch::nn::Module {
 public:
  /// x: float [N, C, H, W], normalised, any N ≥ 1 → logits, float [N, K] (no softmax).
  virtual torch::Tensor forward(torch::Tensor x) = 0;
};

}  // namespace gradus

/// GRADUS_MODEL(MyNet, my_net, "1.0"): at namespace scope, once a class. `name` is an identifier,
/// the name that labs and commands use; the version is yours.
#define GRADUS_MODEL(Class, name, version) \
  GRADUS_PLUGIN_(::gradus::Model, model, Class, name, version)
