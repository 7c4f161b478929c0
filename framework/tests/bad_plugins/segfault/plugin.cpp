// Reads through a null pointer in forward().
#include <torch/torch.h>
#include <gradus/model.hpp>

class Net : public gradus::Model {
 public:
  explicit Net(const gradus::Context& context)
      : fc_(register_module("fc", torch::nn::Linear(3072, context.classes))) {}
  torch::Tensor forward(torch::Tensor x) override {
    const volatile int* nowhere = nullptr;
    return fc_(x.flatten(1)) + *nowhere;
  }

 private:
  torch::nn::Linear fc_;
};

GRADUS_MODEL(Net, net, "1.0")
