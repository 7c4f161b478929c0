#include <torch/torch.h>
#include <gradus/activation.hpp>

namespace {

/// max(x, 0); its derivative at 0 is taken as 0, as LibTorch does.
class Relu : public gradus::Activation {
 public:
  explicit Relu(const gradus::Context&) {}
  torch::Tensor forward(torch::Tensor x) override { return torch::relu(x); }
};

}  // namespace

GRADUS_ACTIVATION(Relu, relu, "1.0")
