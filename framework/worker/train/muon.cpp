#include "framework/worker/train/muon.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "framework/worker/train/sgd.hpp"

namespace gradus::worker {

std::vector<bool> hidden_weights(const std::vector<torch::Tensor>& parameters) {
  std::vector<bool> hidden;
  std::size_t last = parameters.size();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    hidden.push_back(parameters[i].dim() >= 2);
    if (hidden[i]) last = i;
  }
  if (last < hidden.size()) hidden[last] = false;
  return hidden;
}

torch::Tensor orthogonal(const torch::Tensor& m) {
  if (m.numel() == 0) return m;
  // x ← ax + b(xxᵀ)x + c(xxᵀ)²x with the authors' a, b, c: from 0 it rises steeply, and above it
  // swings about 1, which is near enough for a direction.
  constexpr double kA = 3.4445, kB = -4.7750, kC = 2.0315;
  torch::Tensor x = m.reshape({m.size(0), -1});
  const bool tall = x.size(0) > x.size(1);
  if (tall) x = x.t();
  x = x / (x.norm() + 1e-7);
  for (int i = 0; i < 5; ++i) {
    const torch::Tensor square = x.mm(x.t());
    x = torch::addmm(x, torch::addmm(square, square, square, kB, kC), x, kA);
  }
  return (tall ? x.t() : x).reshape(m.sizes());
}

MuonPart muon_part(const Optimizer& options, bool hidden, const torch::Tensor& gradient,
                   torch::Tensor& velocity) {
  if (!hidden) return {gradient * (options.lr > 0 ? options.sgd_lr / options.lr : 0), 0, true};
  velocity.mul_(options.momentum).add_(gradient);
  const torch::Tensor ahead =
      options.nesterov ? gradient.add(velocity, options.momentum) : velocity;
  const double rows = static_cast<double>(gradient.size(0));
  const double columns = static_cast<double>(gradient.numel()) / std::max(1.0, rows);
  const double scale = std::sqrt(std::max(1.0, rows / std::max(1.0, columns)));
  return {floats_like(orthogonal(ahead) * scale, gradient), options.weight_decay, false};
}

Muon::Muon(std::vector<torch::Tensor> parameters, const Optimizer& options)
    : parameters_(std::move(parameters)),
      velocities_(parameters_.size()),
      hidden_(hidden_weights(parameters_)),
      options_(options),
      lr_(options.lr) {}

void Muon::zero_grad() { clear_gradients(parameters_); }

void Muon::step() {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (!parameters_[i].grad().defined()) continue;
    const torch::Tensor plain = dense_floats(parameters_[i]);
    torch::Tensor& velocity = velocities_[i];
    if (!velocity.defined()) velocity = torch::zeros_like(plain);
    const MuonPart part =
        muon_part(options_, hidden_[i], floats_like(parameters_[i].grad(), plain), velocity);
    SgdFactors factors;
    factors.lr = static_cast<float>(lr_);
    factors.weight_decay = static_cast<float>(part.weight_decay);
    if (part.by_velocity) {
      factors.momentum = static_cast<float>(options_.momentum);
      factors.nesterov = options_.nesterov;
    }
    sgd_update(plain.data_ptr<float>(), part.gradient.const_data_ptr<float>(),
               part.by_velocity ? velocity.data_ptr<float>() : nullptr, plain.numel(), factors);
    if (plain.data_ptr() != parameters_[i].data_ptr()) parameters_[i].detach().copy_(plain);
  }
}

std::vector<StateTensor> Muon::state() const { return state_of(velocities_); }

Status Muon::restore(const std::vector<StateTensor>& state) {
  const torch::NoGradGuard no_grad;
  GRADUS_CHECK(check_state_names(state, parameters_.size(), {"velocity"}));
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const torch::Tensor like = dense_floats(parameters_[i]);
    GRADUS_TRY(const torch::Tensor velocity, state_tensor(state, i, "velocity", like));
    if (velocity.defined()) velocities_[i] = torch::empty_like(like).copy_(velocity);
  }
  return {};
}

}  // namespace gradus::worker
