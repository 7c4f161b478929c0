#include "framework/worker/train/sgd.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <cstddef>
#include <utility>

#include "framework/worker/engine/parallel.hpp"

namespace gradus::worker {
namespace {

/// Same elements at the same offsets: then a flat loop over memory is the element-wise update.
bool flat(const torch::Tensor& a, const torch::Tensor& b) {
  return a.scalar_type() == torch::kFloat32 && b.scalar_type() == torch::kFloat32 &&
         a.layout() == torch::kStrided && b.layout() == torch::kStrided && a.sizes() == b.sizes() &&
         a.strides() == b.strides() && a.is_non_overlapping_and_dense();
}

/// Any dtype and layout.
void general_update(torch::Tensor parameter, torch::Tensor gradient, torch::Tensor& velocity,
                    const Optimizer& options) {
  const double decay = weight_decay_of(options, parameter);
  if (decay != 0) gradient = gradient.add(parameter, decay);
  if (options.momentum != 0) {
    if (velocity.defined()) {
      velocity.mul_(options.momentum).add_(gradient);
    } else {
      velocity = gradient.clone();
    }
    gradient = options.nesterov ? gradient.add(velocity, options.momentum) : velocity;
  }
  parameter.add_(gradient, -options.lr);
}

}  // namespace

void sgd_update(float* parameter, const float* gradient, float* velocity, std::int64_t n,
                const SgdFactors& factors) {
  // The factors' own copies: the compiler need not fear that a store into `parameter` changes them.
  const SgdFactors f = factors;
  if (velocity == nullptr) {
    for (std::int64_t i = 0; i < n; ++i) sgd_value(parameter[i], gradient[i], f);
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) momentum_value(parameter[i], gradient[i], velocity[i], f);
}

Sgd::Sgd(std::vector<torch::Tensor> parameters, const Optimizer& options)
    : parameters_(std::move(parameters)), velocities_(parameters_.size()), options_(options) {}

void Sgd::zero_grad() { clear_gradients(parameters_); }

void Sgd::step() {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    torch::Tensor& parameter = parameters_[i];
    const SgdFactors factors{static_cast<float>(options_.lr), static_cast<float>(options_.momentum),
                             static_cast<float>(weight_decay_of(options_, parameter)),
                             options_.nesterov};
    const torch::Tensor gradient = parameter.grad();
    if (!gradient.defined()) continue;
    torch::Tensor& velocity = velocities_[i];
    const bool momentum = options_.momentum != 0;
    if (!flat(parameter, gradient) || (velocity.defined() && !flat(parameter, velocity))) {
      general_update(parameter, gradient, velocity, options_);
      continue;
    }
    if (momentum && !velocity.defined()) velocity = torch::zeros_like(parameter);
    float* p = parameter.data_ptr<float>();
    const float* g = gradient.const_data_ptr<float>();
    float* v = momentum ? velocity.data_ptr<float>() : nullptr;
    engine::in_parallel(parameter.numel(), 1 << 15, [&](std::int64_t begin, std::int64_t end) {
      sgd_update(p + begin, g + begin, v == nullptr ? nullptr : v + begin, end - begin, factors);
    });
  }
}

std::vector<StateTensor> Sgd::state() const { return state_of(velocities_); }

Status Sgd::restore(const std::vector<StateTensor>& state) {
  const torch::NoGradGuard no_grad;
  GRADUS_CHECK(check_state_names(state, parameters_.size(), {"velocity"}));
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    GRADUS_TRY(const torch::Tensor velocity, state_tensor(state, i, "velocity", parameters_[i]));
    if (velocity.defined()) velocities_[i] = torch::empty_like(parameters_[i]).copy_(velocity);
  }
  return {};
}

}  // namespace gradus::worker
