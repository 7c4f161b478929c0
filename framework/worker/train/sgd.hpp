#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "framework/record/plan.hpp"

namespace gradus::worker {

/// Stochastic gradient descent with momentum, Nesterov momentum and weight decay, the same update
/// as torch::optim::SGD (dampening 0) in one pass over memory:
///   g ← g + λp;  v ← μv + g;  p ← p − lr (nesterov ? g + μv : v)
/// Parameters without a gradient (frozen, or not part of the loss) stay as they are.
class Sgd {
 public:
  Sgd(std::vector<torch::Tensor> parameters, const Optimizer& options);

  /// Drops all gradients; the next backward pass makes new ones.
  void zero_grad();
  void step();
  const Optimizer& options() const { return options_; }

 private:
  std::vector<torch::Tensor> parameters_;
  std::vector<torch::Tensor> velocities_;  ///< undefined until the parameter's first gradient
  Optimizer options_;
};

/// The update of one parameter, over n contiguous values. Plain C++, portable to a GPU.
struct SgdFactors {
  float lr = 0, momentum = 0, weight_decay = 0;
  bool nesterov = false;
};
void sgd_update(float* parameter, const float* gradient, float* velocity, std::int64_t n,
                const SgdFactors& factors);

}  // namespace gradus::worker
