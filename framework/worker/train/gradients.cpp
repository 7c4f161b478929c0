#include "framework/worker/train/gradients.hpp"

#include <torch/nn/utils/clip_grad.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <utility>

namespace gradus::worker {
namespace {

bool same_memory(const torch::Tensor& a, const torch::Tensor& b) {
  return a.scalar_type() == torch::kFloat32 && b.scalar_type() == torch::kFloat32 &&
         a.layout() == torch::kStrided && b.layout() == torch::kStrided &&
         a.strides() == b.strides() && a.is_non_overlapping_and_dense();
}

/// Weights have two dimensions or more; biases and the scales of a normalisation have one.
std::vector<torch::Tensor> chosen(const std::vector<torch::Tensor>& parameters,
                                  const std::string& which) {
  std::vector<torch::Tensor> found;
  for (const torch::Tensor& parameter : parameters) {
    if (which == "all" || parameter.dim() >= 2) found.push_back(parameter);
  }
  return found;
}

/// clip_grad_norm_() without its answer, for which it would wait: g ← g · min(1, c / (‖g‖ + 1e-6)).
void clip_norm_deferred(const std::vector<torch::Tensor>& parameters, double longest) {
  std::vector<torch::Tensor> norms;
  for (const torch::Tensor& parameter : parameters) {
    if (parameter.grad().defined()) norms.push_back(parameter.grad().detach().norm(2));
  }
  if (norms.empty()) return;
  const torch::Tensor factor =
      torch::stack(norms).norm(2).add(1e-6).reciprocal().mul(longest).clamp_max(1.0);
  for (const torch::Tensor& parameter : parameters) {
    if (parameter.grad().defined()) parameter.grad().detach().mul_(factor);
  }
}

}  // namespace

void add_penalty(float* gradient, const float* parameter, std::int64_t n, float l1, float l2) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float p = parameter[i];
    const float sign = static_cast<float>(p > 0) - static_cast<float>(p < 0);
    gradient[i] = gradient[i] + l2 * p + l1 * sign;
  }
}

GradientShaper::GradientShaper(std::vector<torch::Tensor> parameters, const Recipe& recipe,
                               bool deferred)
    : parameters_(std::move(parameters)),
      l1_(recipe.l1),
      l2_(recipe.l2),
      clip_value_(recipe.clip_value),
      clip_norm_(recipe.clip_norm),
      deferred_(deferred) {
  if (l1_ > 0 || l2_ > 0) penalized_ = chosen(parameters_, recipe.penalize);
}

void GradientShaper::apply() const {
  const torch::NoGradGuard no_grad;
  for (const torch::Tensor& parameter : penalized_) {
    torch::Tensor gradient = parameter.grad();
    if (!gradient.defined()) continue;
    if (!deferred_ && same_memory(parameter, gradient)) {
      add_penalty(gradient.data_ptr<float>(), parameter.const_data_ptr<float>(), parameter.numel(),
                  static_cast<float>(l1_), static_cast<float>(l2_));
    } else {
      gradient.add_(parameter, l2_).add_(parameter.sign(), l1_);
    }
  }
  if (clip_value_ > 0) torch::nn::utils::clip_grad_value_(parameters_, clip_value_);
  if (clip_norm_ <= 0) return;
  if (deferred_) {
    clip_norm_deferred(parameters_, clip_norm_);
  } else {
    torch::nn::utils::clip_grad_norm_(parameters_, clip_norm_);
  }
}

}  // namespace gradus::worker
