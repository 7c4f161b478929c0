#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "framework/record/plan.hpp"
#include "framework/worker/train/update_rules.hpp"
#include "framework/worker/train/updater.hpp"

namespace gradus::worker {

/// Stochastic gradient descent with momentum, Nesterov momentum and weight decay, the same update
/// as torch::optim::SGD (dampening 0) in one pass over memory:
///   g ← g + λp;  v ← μv + g;  p ← p − lr (nesterov ? g + μv : v)
class Sgd : public Updater {
 public:
  Sgd(std::vector<torch::Tensor> parameters, const Optimizer& options);

  void zero_grad() override;
  void step() override;
  void set_lr(double lr) override { options_.lr = lr; }
  std::vector<StateTensor> state() const override;
  Status restore(const std::vector<StateTensor>& state) override;
  const Optimizer& options() const { return options_; }

 private:
  std::vector<torch::Tensor> parameters_;
  std::vector<torch::Tensor> velocities_;  ///< undefined until the parameter's first gradient
  Optimizer options_;
};

/// The update of one parameter, over n contiguous values.
void sgd_update(float* parameter, const float* gradient, float* velocity, std::int64_t n,
                const SgdFactors& factors);

}  // namespace gradus::worker
