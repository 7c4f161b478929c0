#include <gtest/gtest.h>
#include <torch/torch.h>

#include <gradus/testing.hpp>

GRADUS_PLUGIN_UNDER_TEST(activation, relu)

namespace {

TEST(Relu, EqualsItsClosedFormAndDerivative) {
  const auto relu = gradus::make_plugin<gradus::Activation>(GRADUS_MANIFEST(activation, relu), {});
  auto x = torch::tensor({-2.0, -0.5, 0.0, 0.5, 3.0}, torch::kFloat64).requires_grad_();
  const auto y = relu->forward(x);
  EXPECT_TRUE(y.equal(torch::tensor({0.0, 0.0, 0.0, 0.5, 3.0}, torch::kFloat64)));
  y.sum().backward();
  EXPECT_TRUE(x.grad().equal(torch::tensor({0.0, 0.0, 0.0, 1.0, 1.0}, torch::kFloat64)));
}

TEST(Relu, KeepsTheShapeAndHasNoParameters) {
  const auto relu = gradus::make_plugin<gradus::Activation>(GRADUS_MANIFEST(activation, relu), {});
  EXPECT_EQ(relu->forward(torch::zeros({2, 3, 4, 5})).sizes(), (torch::IntArrayRef{2, 3, 4, 5}));
  EXPECT_TRUE(relu->parameters().empty());
}

}  // namespace
