#pragma once

#include <torch/types.h>

#include <vector>

#include "framework/record/plan.hpp"

namespace gradus::worker {

/// What a recipe does to gradients between the backward pass and the optimizer: penalties first (as
/// if they stood in the loss), then values are cut, then the norm.
class GradientShaper {
 public:
  /// `deferred`: only operations that a device can put off (no figure is read back, no memory is
  /// touched by the host), so that they can be recorded.
  GradientShaper(std::vector<torch::Tensor> parameters, const Recipe& recipe,
                 bool deferred = false);
  /// Changes the gradients in place. Nothing at all for a plain recipe.
  void apply() const;

 private:
  std::vector<torch::Tensor> parameters_, penalized_;
  double l1_, l2_, clip_value_, clip_norm_;
  bool deferred_;
};

/// g ← g + l1·sign(p) + l2·p over n contiguous values: the gradient of l1·Σ|p| + l2/2·Σp².
void add_penalty(float* gradient, const float* parameter, std::int64_t n, float l1, float l2);

}  // namespace gradus::worker
