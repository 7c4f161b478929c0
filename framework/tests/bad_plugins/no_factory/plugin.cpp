// A model that nobody registers.
#include <gradus/model.hpp>

class Net : public gradus::Model {
 public:
  explicit Net(const gradus::Context&) {}
  torch::Tensor forward(torch::Tensor x) override { return x; }
};
