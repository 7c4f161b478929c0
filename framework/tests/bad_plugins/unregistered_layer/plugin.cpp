// Uses a layer that it does not register: it is neither trained nor counted nor handed over.
#include <torch/torch.h>
#include <gradus/model.hpp>

class Net : public gradus::Model {
 public:
  explicit Net(const gradus::Context& context)
      : hidden_(register_module("hidden", torch::nn::Linear(3072, 9))), fc_(9, context.classes) {}
  torch::Tensor forward(torch::Tensor x) override { return fc_(hidden_(x.flatten(1))); }

 private:
  torch::nn::Linear hidden_, fc_;
};

GRADUS_MODEL(Net, net, "1.0")
