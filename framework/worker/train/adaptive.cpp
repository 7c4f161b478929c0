#include "framework/worker/train/adaptive.hpp"

#include <ATen/Parallel.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <utility>

namespace gradus::worker {
namespace {

Optimizer with_own_defaults(Optimizer o) {
  const bool adadelta = o.name == "adadelta";
  if (o.rho == 0) o.rho = adadelta ? 0.9 : 0.99;
  if (o.eps == 0) o.eps = adadelta ? 1e-6 : 1e-8;
  return o;
}

AdaptiveFactors factors_of(const Optimizer& o, std::int64_t steps) {
  AdaptiveFactors f;
  f.lr = static_cast<float>(o.lr);
  f.weight_decay = static_cast<float>(o.weight_decay);
  f.eps = static_cast<float>(o.eps);
  if (o.name == "rmsprop" || o.name == "adadelta") {
    const double first = o.name == "rmsprop" ? o.momentum : o.rho;
    f.keep_first = static_cast<float>(first);
    f.gain_first = static_cast<float>(1 - first);
    f.keep_second = static_cast<float>(o.rho);
    f.gain_second = static_cast<float>(1 - o.rho);
    return f;
  }
  const auto t = static_cast<double>(steps);
  f.keep_first = static_cast<float>(o.beta1);
  f.gain_first = static_cast<float>(1 - o.beta1);
  f.keep_second = static_cast<float>(o.beta2);
  f.gain_second = static_cast<float>(1 - o.beta2);
  f.step_size = static_cast<float>(o.lr / (1 - std::pow(o.beta1, t)));
  f.root = static_cast<float>(std::sqrt(1 - std::pow(o.beta2, t)));
  return f;
}

bool dense_floats(const torch::Tensor& tensor) {
  return tensor.scalar_type() == torch::kFloat32 && tensor.layout() == torch::kStrided &&
         tensor.is_non_overlapping_and_dense();
}

/// The same values as float32, with the strides of `like`.
torch::Tensor floats_like(const torch::Tensor& tensor, const torch::Tensor& like) {
  if (dense_floats(tensor) && tensor.strides() == like.strides()) return tensor;
  return torch::empty_like(like).copy_(tensor.is_sparse() ? tensor.to_dense() : tensor);
}

}  // namespace

void adam_update(float* p, const float* g, float* m, float* v, std::int64_t n, bool decoupled,
                 const AdaptiveFactors& f) {
  const float shrink = decoupled ? 1 - f.lr * f.weight_decay : 1;
  const float coupled = decoupled ? 0 : f.weight_decay;
  for (std::int64_t i = 0; i < n; ++i) {
    const float x = g[i] + coupled * p[i];
    m[i] = f.keep_first * m[i] + f.gain_first * x;
    v[i] = f.keep_second * v[i] + f.gain_second * x * x;
    p[i] = shrink * p[i] - f.step_size * m[i] / (std::sqrt(v[i]) / f.root + f.eps);
  }
}

void rmsprop_update(float* p, const float* g, float* b, float* v, std::int64_t n,
                    const AdaptiveFactors& f) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float x = g[i] + f.weight_decay * p[i];
    v[i] = f.keep_second * v[i] + f.gain_second * x * x;
    b[i] = f.keep_first * b[i] + x / (std::sqrt(v[i]) + f.eps);
    p[i] -= f.lr * b[i];
  }
}

void adadelta_update(float* p, const float* g, float* u, float* v, std::int64_t n,
                     const AdaptiveFactors& f) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float x = g[i] + f.weight_decay * p[i];
    v[i] = f.keep_second * v[i] + f.gain_second * x * x;
    const float d = std::sqrt(u[i] + f.eps) / std::sqrt(v[i] + f.eps) * x;
    u[i] = f.keep_first * u[i] + f.gain_first * d * d;
    p[i] -= f.lr * d;
  }
}

Adaptive::Adaptive(std::vector<torch::Tensor> parameters, const Optimizer& options)
    : parameters_(std::move(parameters)),
      memories_(parameters_.size()),
      options_(with_own_defaults(options)) {}

void Adaptive::zero_grad() {
  for (torch::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
}

void Adaptive::update(torch::Tensor& parameter, const torch::Tensor& gradient,
                      Memory& memory) const {
  torch::Tensor dense = parameter.detach();
  if (!dense_floats(dense)) dense = dense.to(torch::kFloat32).contiguous();
  const torch::Tensor slope = floats_like(gradient, dense);
  if (!memory.first.defined()) {
    memory.first = torch::zeros_like(dense);
    memory.second = torch::zeros_like(dense);
  }
  ++memory.steps;
  AdaptiveFactors factors = factors_of(options_, memory.steps);
  factors.weight_decay = static_cast<float>(weight_decay_of(options_, parameter));
  float* p = dense.data_ptr<float>();
  const float* g = slope.const_data_ptr<float>();
  float* first = memory.first.data_ptr<float>();
  float* second = memory.second.data_ptr<float>();
  const bool decoupled = options_.name == "adamw";
  at::parallel_for(0, dense.numel(), 1 << 15, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t n = end - begin;
    if (options_.name == "rmsprop") {
      rmsprop_update(p + begin, g + begin, first + begin, second + begin, n, factors);
    } else if (options_.name == "adadelta") {
      adadelta_update(p + begin, g + begin, first + begin, second + begin, n, factors);
    } else {
      adam_update(p + begin, g + begin, first + begin, second + begin, n, decoupled, factors);
    }
  });
  if (dense.data_ptr() != parameter.data_ptr()) parameter.detach().copy_(dense);
}

void Adaptive::step() {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const torch::Tensor gradient = parameters_[i].grad();
    if (gradient.defined()) update(parameters_[i], gradient, memories_[i]);
  }
}

std::vector<StateTensor> Adaptive::state() const {
  std::vector<StateTensor> all;
  for (std::size_t i = 0; i < memories_.size(); ++i) {
    const Memory& memory = memories_[i];
    if (!memory.first.defined()) continue;
    const std::string name = std::to_string(i);
    all.emplace_back(name + "/first", memory.first);
    all.emplace_back(name + "/second", memory.second);
    all.emplace_back(name + "/steps", torch::tensor(memory.steps, torch::kInt64));
  }
  return all;
}

Status Adaptive::restore(const std::vector<StateTensor>& state) {
  const torch::NoGradGuard no_grad;
  GRADUS_CHECK(check_state_names(state, parameters_.size(), {"first", "second", "steps"}));
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    torch::Tensor like = parameters_[i].detach();
    if (!dense_floats(like)) like = like.to(torch::kFloat32).contiguous();
    GRADUS_TRY(const torch::Tensor first, state_tensor(state, i, "first", like));
    GRADUS_TRY(const torch::Tensor second, state_tensor(state, i, "second", like));
    GRADUS_TRY(const torch::Tensor steps,
               state_tensor(state, i, "steps", torch::tensor(std::int64_t{0}, torch::kInt64)));
    if (first.defined() != second.defined() || first.defined() != steps.defined()) {
      return infrastructure_error("checkpoint", "the optimizer's memory has gaps");
    }
    if (!first.defined()) continue;
    memories_[i] = {torch::empty_like(like).copy_(first), torch::empty_like(like).copy_(second),
                    steps.item<std::int64_t>()};
  }
  return {};
}

}  // namespace gradus::worker
