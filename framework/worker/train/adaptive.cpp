#include "framework/worker/train/adaptive.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <utility>

#include "framework/worker/engine/parallel.hpp"

namespace gradus::worker {

UpdateRule update_rule(const Optimizer& o) {
  UpdateRule rule;
  rule.kind = o.name == "adam"       ? UpdateKind::adam
              : o.name == "adamw"    ? UpdateKind::adamw
              : o.name == "rmsprop"  ? UpdateKind::rmsprop
              : o.name == "adadelta" ? UpdateKind::adadelta
                                     : UpdateKind::sgd;
  const bool adadelta = rule.kind == UpdateKind::adadelta;
  rule.nesterov = o.nesterov;
  rule.momentum = o.momentum;
  rule.beta1 = o.beta1;
  rule.beta2 = o.beta2;
  rule.rho = o.rho != 0 ? o.rho : adadelta ? 0.9 : 0.99;
  rule.eps = o.eps != 0 ? o.eps : adadelta ? 1e-6 : 1e-8;
  return rule;
}

void adam_update(float* p, const float* g, float* m, float* v, std::int64_t n, bool decoupled,
                 const AdaptiveFactors& factors) {
  const AdaptiveFactors f = factors;
  for (std::int64_t i = 0; i < n; ++i) adam_value(p[i], g[i], m[i], v[i], decoupled, f);
}

void rmsprop_update(float* p, const float* g, float* b, float* v, std::int64_t n,
                    const AdaptiveFactors& factors) {
  const AdaptiveFactors f = factors;
  for (std::int64_t i = 0; i < n; ++i) rmsprop_value(p[i], g[i], b[i], v[i], f);
}

void adadelta_update(float* p, const float* g, float* u, float* v, std::int64_t n,
                     const AdaptiveFactors& factors) {
  const AdaptiveFactors f = factors;
  for (std::int64_t i = 0; i < n; ++i) adadelta_value(p[i], g[i], u[i], v[i], f);
}

Adaptive::Adaptive(std::vector<torch::Tensor> parameters, const Optimizer& options)
    : parameters_(std::move(parameters)),
      memories_(parameters_.size()),
      options_(options),
      rule_(update_rule(options)) {}

void Adaptive::zero_grad() { clear_gradients(parameters_); }

void Adaptive::update(torch::Tensor& parameter, const torch::Tensor& gradient,
                      Memory& memory) const {
  const torch::Tensor dense = dense_floats(parameter);
  const torch::Tensor slope = floats_like(gradient, dense);
  if (!memory.first.defined()) {
    memory.first = torch::zeros_like(dense);
    memory.second = torch::zeros_like(dense);
  }
  ++memory.steps;
  const AdaptiveFactors factors =
      factors_of(rule_, options_.lr, weight_decay_of(options_, parameter), memory.steps);
  float* p = dense.data_ptr<float>();
  const float* g = slope.const_data_ptr<float>();
  float* first = memory.first.data_ptr<float>();
  float* second = memory.second.data_ptr<float>();
  const bool decoupled = options_.name == "adamw";
  engine::in_parallel(dense.numel(), 1 << 15, [&](std::int64_t begin, std::int64_t end) {
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
    const torch::Tensor like = dense_floats(parameters_[i]);
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
