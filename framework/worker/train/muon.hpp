#pragma once

#include <torch/types.h>

#include <vector>

#include "framework/record/plan.hpp"
#include "framework/worker/train/updater.hpp"

namespace gradus::worker {

/// Muon (K. Jordan and others, "Muon: an optimizer for hidden layers in neural networks", 2024):
/// a weight matrix W [rows, columns] moves by its momentum made orthogonal, so that all directions
/// of the matrix learn alike, not those alone in which gradients are large; a convolution's kernel
/// [out, in, h, w] is the matrix [out, in·h·w]:
///   v ← μv + g;  m = nesterov ? g + μv : v
///   W ← W − lr (√max(1, rows/columns) orthogonal(m) + λW)
/// All else (biases, scales, and the classifier, which is the last weight of two dimensions or
/// more) takes the steps of Sgd without decay, the rate being lr · sgd_lr / (lr before the
/// schedule). Computed in float32; a parameter of another dtype or layout takes part through such a
/// copy.
class Muon : public Updater {
 public:
  Muon(std::vector<torch::Tensor> parameters, const Optimizer& options);

  void zero_grad() override;
  void step() override;
  void set_lr(double lr) override { lr_ = lr; }
  std::vector<StateTensor> state() const override;
  Status restore(const std::vector<StateTensor>& state) override;

 private:
  std::vector<torch::Tensor> parameters_;
  std::vector<torch::Tensor> velocities_;  ///< undefined until the parameter's first gradient
  std::vector<bool> hidden_;
  Optimizer options_;
  double lr_;
};

/// Which of a model's parameters are hidden weights, those that are made orthogonal.
std::vector<bool> hidden_weights(const std::vector<torch::Tensor>& parameters);

/// U Vᵀ of m = U S Vᵀ, roughly: five steps of a Newton-Schulz iteration leave singular values
/// between .7 and 1.2. [rows, ...] → the same; zero stays zero. Any device.
torch::Tensor orthogonal(const torch::Tensor& m);

/// What Sgd's rule makes a step of, in place of a parameter's gradient.
struct MuonPart {
  torch::Tensor
      gradient;  ///< of a hidden weight its orthogonal step, else in proportion of the rates
  double weight_decay = 0;   ///< of hidden weights alone
  bool by_velocity = false;  ///< with momentum; a hidden weight's velocity has moved already
};

/// Of a gradient, float32 and laid out like the parameter and its velocity.
MuonPart muon_part(const Optimizer& options, bool hidden, const torch::Tensor& gradient,
                   torch::Tensor& velocity);

}  // namespace gradus::worker
