#pragma once

// What optimizers do to one value: bodies that the loops of sgd.cpp and adaptive.cpp and the
// kernels of a GPU share. Plain C++ without any library.

#include <cmath>
#include <cstdint>

#include "framework/core/host_device.hpp"

namespace gradus::worker {

struct SgdFactors {
  float lr = 0, momentum = 0, weight_decay = 0;
  bool nesterov = false;
};

/// What one step of the adaptive rules needs besides the tensors; corrections of adam's means
/// included.
struct AdaptiveFactors {
  float lr = 0, weight_decay = 0, eps = 0;
  float keep_first = 0, keep_second = 0;  ///< β₁ or μ or ρ; β₂ or ρ
  float gain_first = 1, gain_second = 1;  ///< 1 less those: not as floats, which loses five digits
  float step_size = 0, root = 1;          ///< adam: lr/(1−β₁ᵗ), √(1−β₂ᵗ)
};

enum class UpdateKind : std::int32_t { sgd, adam, adamw, rmsprop, adadelta };

/// An optimizer's constants, with its own defaults in place of zeros.
struct UpdateRule {
  UpdateKind kind = UpdateKind::sgd;
  bool nesterov = false;
  double momentum = 0, beta1 = 0, beta2 = 0, rho = 0, eps = 0;
};

/// Factors of step number `steps` (from 1) of a parameter.
GRADUS_HOST_DEVICE inline AdaptiveFactors factors_of(const UpdateRule& rule, double lr,
                                                     double weight_decay, std::int64_t steps) {
  AdaptiveFactors f;
  f.lr = static_cast<float>(lr);
  f.weight_decay = static_cast<float>(weight_decay);
  f.eps = static_cast<float>(rule.eps);
  const bool rmsprop = rule.kind == UpdateKind::rmsprop;
  if (rmsprop || rule.kind == UpdateKind::adadelta) {
    const double first = rmsprop ? rule.momentum : rule.rho;
    f.keep_first = static_cast<float>(first);
    f.gain_first = static_cast<float>(1 - first);
    f.keep_second = static_cast<float>(rule.rho);
    f.gain_second = static_cast<float>(1 - rule.rho);
    return f;
  }
  const auto t = static_cast<double>(steps);
  f.keep_first = static_cast<float>(rule.beta1);
  f.gain_first = static_cast<float>(1 - rule.beta1);
  f.keep_second = static_cast<float>(rule.beta2);
  f.gain_second = static_cast<float>(1 - rule.beta2);
  f.step_size = static_cast<float>(lr / (1 - std::pow(rule.beta1, t)));
  f.root = static_cast<float>(std::sqrt(1 - std::pow(rule.beta2, t)));
  return f;
}

GRADUS_HOST_DEVICE inline void sgd_value(float& p, float g, const SgdFactors& f) {
  p -= f.lr * (g + f.weight_decay * p);
}

GRADUS_HOST_DEVICE inline void momentum_value(float& p, float gradient, float& velocity,
                                              const SgdFactors& f) {
  const float g = gradient + f.weight_decay * p;
  const float v = f.momentum * velocity + g;
  velocity = v;
  p -= f.lr * (f.nesterov ? g + f.momentum * v : v);
}

GRADUS_HOST_DEVICE inline void adam_value(float& p, float g, float& m, float& v, bool decoupled,
                                          const AdaptiveFactors& f) {
  const float shrink = decoupled ? 1 - f.lr * f.weight_decay : 1;
  const float coupled = decoupled ? 0 : f.weight_decay;
  const float x = g + coupled * p;
  m = f.keep_first * m + f.gain_first * x;
  v = f.keep_second * v + f.gain_second * x * x;
  p = shrink * p - f.step_size * m / (std::sqrt(v) / f.root + f.eps);
}

GRADUS_HOST_DEVICE inline void rmsprop_value(float& p, float g, float& b, float& v,
                                             const AdaptiveFactors& f) {
  const float x = g + f.weight_decay * p;
  v = f.keep_second * v + f.gain_second * x * x;
  b = f.keep_first * b + x / (std::sqrt(v) + f.eps);
  p -= f.lr * b;
}

GRADUS_HOST_DEVICE inline void adadelta_value(float& p, float g, float& u, float& v,
                                              const AdaptiveFactors& f) {
  const float x = g + f.weight_decay * p;
  v = f.keep_second * v + f.gain_second * x * x;
  const float d = std::sqrt(u + f.eps) / std::sqrt(v + f.eps) * x;
  u = f.keep_first * u + f.gain_first * d * d;
  p -= f.lr * d;
}

}  // namespace gradus::worker
