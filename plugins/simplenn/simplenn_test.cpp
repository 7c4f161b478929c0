#include <gtest/gtest.h>
#include <torch/torch.h>

#include <gradus/testing.hpp>

GRADUS_PLUGIN_UNDER_TEST(model, simplenn)

namespace {

std::int64_t count(const gradus::Model& model) {
  std::int64_t total = 0;
  for (const auto& parameter : model.parameters()) total += parameter.numel();
  return total;
}

std::shared_ptr<gradus::Model> make(const gradus::Context& context = {}) {
  return gradus::make_plugin<gradus::Model>(GRADUS_MANIFEST(model, simplenn), context);
}

TEST(SimpleNN, HasItsPublishedNumberOfParameters) {
  EXPECT_EQ(count(*make()), 82030);
  gradus::Context two_classes;
  two_classes.classes = 2;
  EXPECT_EQ(count(*make(two_classes)), 82030 - 8 * 85);
}

TEST(SimpleNN, GivesLogitsForEveryBatchSize) {
  torch::manual_seed(0);
  const auto model = make();
  for (const std::int64_t n : {1, 2, 7}) {
    EXPECT_EQ(model->forward(torch::randn({n, 3, 32, 32})).sizes(), (torch::IntArrayRef{n, 10}));
  }
}

TEST(SimpleNN, StartsNearTheLossOfGuessing) {
  torch::manual_seed(0);
  const auto model = make();
  const auto loss = torch::cross_entropy_loss(model->forward(torch::randn({128, 3, 32, 32})),
                                              torch::randint(10, {128}));
  EXPECT_NEAR(loss.item<double>(), 2.3026, 0.05);  // 2.305 ± .006 on CIFAR-10
}

TEST(SimpleNN, UsesTheActivationOfItsContext) {
  class Zero : public gradus::Activation {
   public:
    torch::Tensor forward(torch::Tensor x) override { return torch::zeros_like(x); }
  };
  gradus::Context context;
  context.activation_factory = [] { return std::make_shared<Zero>(); };
  const auto model = make(context);
  const auto logits = model->forward(torch::randn({2, 3, 32, 32}));
  EXPECT_TRUE(logits[0].equal(logits[1]));  // only the last bias is left
  EXPECT_TRUE(logits[0].equal(model->named_parameters()["fc3.bias"]));
}

TEST(SimpleNN, SaysWhichImagesAreTooSmall) {
  gradus::Context context;
  context.height = 8;
  try {
    make(context);
    FAIL() << "8 x 32 pixels were accepted";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("at least 10 x 10 pixels, found 8 x 32"),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
