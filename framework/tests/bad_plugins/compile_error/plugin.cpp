// Forgets a semicolon.
#include <gradus/model.hpp>

class Net : public gradus::Model {
 public:
  explicit Net(const gradus::Context&) {}
  torch::Tensor forward(torch::Tensor x) override { return x }
};

GRADUS_MODEL(Net, net, "1.0")
