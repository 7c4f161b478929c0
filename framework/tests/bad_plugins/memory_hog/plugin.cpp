// Keeps a copy of more and more memory.
#include <torch/torch.h>
#include <gradus/model.hpp>

#include <vector>

class Net : public gradus::Model {
 public:
  explicit Net(const gradus::Context& context)
      : fc_(register_module("fc", torch::nn::Linear(3072, context.classes))) {}
  torch::Tensor forward(torch::Tensor x) override {
    std::vector<torch::Tensor> kept;
    for (;;) kept.push_back(torch::ones({64, 1024, 1024}));
    return fc_(x.flatten(1));
  }

 private:
  torch::nn::Linear fc_;
};

GRADUS_MODEL(Net, net, "1.0")
