#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <gradus/testing.hpp>

GRADUS_PLUGIN_UNDER_TEST(activation, swish)

namespace {

std::shared_ptr<gradus::Activation> make() {
  return gradus::make_plugin<gradus::Activation>(GRADUS_MANIFEST(activation, swish), {});
}

TEST(Swish, EqualsItsClosedFormAndDerivative) {
  for (const double value : {-20.0, -3.0, -1.2785, -0.5, 0.0, 0.5, 1.0, 4.0, 20.0}) {
    auto x = torch::tensor({value}, torch::kFloat64).requires_grad_();
    const auto y = make()->forward(x);
    y.backward();
    const double sigmoid = 1 / (1 + std::exp(-value));
    EXPECT_NEAR(y.item<double>(), value * sigmoid, 1e-12);
    EXPECT_NEAR(x.grad().item<double>(), sigmoid * (1 + value * (1 - sigmoid)), 1e-12) << value;
  }
}

TEST(Swish, KeepsTheShapeAndHasNoParameters) {
  EXPECT_EQ(make()->forward(torch::zeros({2, 3, 4, 5})).sizes(), (torch::IntArrayRef{2, 3, 4, 5}));
  EXPECT_TRUE(make()->parameters().empty());
}

}  // namespace
