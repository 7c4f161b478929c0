// The constructor throws.
#include <torch/torch.h>
#include <gradus/model.hpp>

#include <stdexcept>

class Net : public gradus::Model {
 public:
  explicit Net(const gradus::Context& context)
      : fc_(register_module("fc", torch::nn::Linear(3072, context.classes))) {
    throw std::runtime_error("the weights file is missing");
  }
  torch::Tensor forward(torch::Tensor x) override { return fc_(x.flatten(1)); }

 private:
  torch::nn::Linear fc_;
};

GRADUS_MODEL(Net, net, "1.0")
