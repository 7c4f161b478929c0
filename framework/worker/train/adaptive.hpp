#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "framework/record/plan.hpp"
#include "framework/worker/train/update_rules.hpp"
#include "framework/worker/train/updater.hpp"

namespace gradus::worker {

/// Adam, AdamW, RMSprop and Adadelta: each element has a rate of its own, from running means of its
/// gradients. The updates are those of torch.optim; with g the gradient (plus λp but for AdamW):
///   adam      m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;
///             p ← p − lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε)           (Kingma, Ba 2015, algorithm 1)
///   adamw     p ← p − lr λ p, then adam                            (Loshchilov, Hutter 2019)
///   rmsprop   v ← ρv + (1−ρ)g²;  d = g / (√v + ε);  b ← μb + d;  p ← p − lr (μ > 0 ? b : d)
///   adadelta  v ← ρv + (1−ρ)g²;  d = √(u+ε)/√(v+ε) · g;  u ← ρu + (1−ρ)d²;  p ← p − lr d
///                                                                  (Zeiler 2012, algorithm 1)
/// Computed in float32; a parameter of another dtype or layout takes part through such a copy.
class Adaptive : public Updater {
 public:
  Adaptive(std::vector<torch::Tensor> parameters, const Optimizer& options);

  void zero_grad() override;
  void step() override;
  void set_lr(double lr) override { options_.lr = lr; }
  std::vector<StateTensor> state() const override;
  Status restore(const std::vector<StateTensor>& state) override;

 private:
  /// Of one parameter; undefined until its first gradient. `first` and `second` are m and v, or b
  /// and v, or u and v.
  struct Memory {
    torch::Tensor first, second;
    std::int64_t steps = 0;
  };
  void update(torch::Tensor& parameter, const torch::Tensor& gradient, Memory& memory) const;

  std::vector<torch::Tensor> parameters_;
  std::vector<Memory> memories_;
  Optimizer options_;
  UpdateRule rule_;
};

/// The optimizer as the rules take it, its own defaults in place of zeros. Its name must be known.
UpdateRule update_rule(const Optimizer& options);

/// Updates over n contiguous values.
void adam_update(float* p, const float* g, float* m, float* v, std::int64_t n, bool decoupled,
                 const AdaptiveFactors& factors);
void rmsprop_update(float* p, const float* g, float* b, float* v, std::int64_t n,
                    const AdaptiveFactors& factors);
void adadelta_update(float* p, const float* g, float* u, float* v, std::int64_t n,
                     const AdaptiveFactors& factors);

}  // namespace gradus::worker
