// A sound library with two plugins, one of which can be made to throw.
#include <gradus/activation.hpp>
#include <gradus/augmentation.hpp>
#include <stdexcept>

namespace {

class Scale : public gradus::Activation {
 public:
  explicit Scale(const gradus::Context& context) : factor_(context.options.get("factor", 2.0)) {
    TORCH_CHECK(factor_ < 10, "the factor is too large");
    if (factor_ < 0) throw std::runtime_error("the factor is negative");
  }
  torch::Tensor forward(torch::Tensor x) override { return x.mul(factor_); }

 private:
  double factor_;
};

class Same : public gradus::Augmentation {
 public:
  explicit Same(const gradus::Context&) {}
  torch::Tensor apply(torch::Tensor images, torch::Tensor,
                      const gradus::AugmentationStep&) override {
    return images;
  }
};

}  // namespace

GRADUS_ACTIVATION(Scale, scale, "3.1")
GRADUS_AUGMENTATION(Same, same, "0.1")
