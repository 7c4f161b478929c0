#include <torch/torch.h>
#include <gradus/activation.hpp>

namespace {

/// Swish, x·σ(x) (Ramachandran et al., 2017, with β = 1; also called SiLU): no parameters.
/// Its derivative is σ(x)·(1 + x·(1 − σ(x))).
class Swish : public gradus::Activation {
 public:
  explicit Swish(const gradus::Context&) {}
  torch::Tensor forward(torch::Tensor x) override { return torch::silu(x); }  // one fused kernel
};

}  // namespace

GRADUS_ACTIVATION(Swish, swish, "1.0")
