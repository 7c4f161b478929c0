#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <gradus/testing.hpp>
#include <ostream>
#include <string>

GRADUS_PLUGIN_UNDER_TEST(model, resnet)

namespace {

using testing::HasSubstr;

gradus::Context context_of(std::int64_t depth, const std::string& shortcut) {
  gradus::Context context;
  context.options.set("depth", depth);
  context.options.set("shortcut", shortcut);
  return context;
}

std::shared_ptr<gradus::Model> make(const gradus::Context& context) {
  return gradus::make_plugin<gradus::Model>(GRADUS_MANIFEST(model, resnet), context);
}

struct Count {
  std::int64_t depth;
  const char* shortcut;
  std::int64_t total, weights;  // weights: tensors of more than one dimension
};
void PrintTo(const Count& count, std::ostream* out) { *out << count.depth << count.shortcut; }

class ResNetParameters : public testing::TestWithParam<Count> {};

TEST_P(ResNetParameters, AreThoseOfThePaper) {
  const Count& wanted = GetParam();
  std::int64_t total = 0, weights = 0;
  for (const auto& parameter : make(context_of(wanted.depth, wanted.shortcut))->parameters()) {
    total += parameter.numel();
    if (parameter.dim() > 1) weights += parameter.numel();
  }
  EXPECT_EQ(total, wanted.total);
  EXPECT_EQ(weights, wanted.weights);
}

// Counted on paper: 432 + 2n·9·16² + 9·16·32 + (2n − 1)·9·32² + 9·32·64 + (2n − 1)·9·64² + 640
// weights, two numbers a channel of every batch norm, ten biases; B adds 16·32 + 32·64 weights and
// two batch norms.
INSTANTIATE_TEST_SUITE_P(All, ResNetParameters,
                         testing::Values(Count{20, "A", 269'722, 268'336},
                                         Count{32, "A", 464'154, 461'872},
                                         Count{44, "A", 658'586, 655'408},
                                         Count{56, "A", 853'018, 848'944},
                                         Count{110, "A", 1'727'962, 1'719'856},
                                         Count{20, "B", 272'474, 270'896},
                                         Count{32, "B", 466'906, 464'432},
                                         Count{44, "B", 661'338, 657'968},
                                         Count{56, "B", 855'770, 851'504},
                                         Count{110, "B", 1'730'714, 1'722'416}),
                         [](const auto& at) {
                           return std::to_string(at.param.depth) + at.param.shortcut;
                         });

TEST(ResNet, IsTwentyLayersDeepWithShortcutAWhereNothingIsSaid) {
  std::int64_t total = 0;
  for (const auto& parameter : make({})->parameters()) total += parameter.numel();
  EXPECT_EQ(total, 269'722);
}

/// The whole network by its definition, every block being nothing but ReLU(shortcut(x)).
torch::Tensor skeleton(gradus::Model& model, torch::Tensor x, bool projected) {
  const auto parameters = model.named_parameters();
  // Fresh statistics (mean 0, variance 1) and scales: in eval mode batch norm divides by √(1 + ε).
  const auto norm = [](const torch::Tensor& y) { return y / std::sqrt(1 + 1e-5); };
  x = torch::relu(norm(torch::conv2d(x, parameters["conv1.weight"], {}, 1, 1)));
  for (const std::string stage : {"layer2", "layer3"}) {
    if (projected) {
      x = norm(torch::conv2d(x, parameters[stage + ".0.shortcut.0.weight"], {}, 2));
    } else {
      const auto zeros = torch::zeros({x.size(0), x.size(1) / 2, x.size(2) / 2, x.size(3) / 2});
      x = torch::cat({zeros, torch::avg_pool2d(x, 1, 2), zeros}, 1);
    }
    x = torch::relu(x);
  }
  return torch::linear(x.mean({2, 3}), parameters["fc.weight"], parameters["fc.bias"]);
}

TEST(ResNet, ABlockIsTheReluOfItsShortcutWhereTheLastBatchNormIsZero) {
  for (const bool projected : {false, true}) {
    torch::manual_seed(0);
    const auto model = make(context_of(20, projected ? "B" : "A"));
    model->eval();
    const torch::NoGradGuard no_grad;
    const auto images = torch::randn({4, 3, 32, 32});
    EXPECT_FALSE(
        torch::allclose(model->forward(images), skeleton(*model, images, projected), 1e-4, 1e-4));
    std::int64_t zeroed = 0;
    for (auto& parameter : model->named_parameters()) {
      if (!parameter.key().ends_with(".bn2.weight")) continue;
      parameter.value().zero_();
      ++zeroed;
    }
    ASSERT_EQ(zeroed, 9);
    EXPECT_TRUE(
        torch::allclose(model->forward(images), skeleton(*model, images, projected), 1e-4, 1e-5))
        << projected;
  }
}

TEST(ResNet, TakesOtherImagesAndClasses) {
  gradus::Context context = context_of(20, "B");
  context.channels = 1;
  context.height = context.width = 28;
  context.classes = 100;
  const auto model = make(context);
  for (const std::int64_t size : {28, 24, 17, 8}) {
    EXPECT_EQ(model->forward(torch::zeros({2, 1, size, size})).sizes(),
              (torch::IntArrayRef{2, 100}));
  }
  context.options.set("shortcut", "A");
  EXPECT_EQ(make(context)->forward(torch::zeros({3, 1, 27, 31})).sizes(),
            (torch::IntArrayRef{3, 100}));
}

TEST(ResNet, RefusesADepthThatNoNetworkHas) {
  for (const std::int64_t depth : {-4, 2, 3, 21, 112, 1208}) {
    try {
      make(context_of(depth, "A"));
      FAIL() << depth;
    } catch (const std::runtime_error& error) {
      EXPECT_THAT(error.what(), HasSubstr("option 'depth' is " + std::to_string(depth) +
                                          ", wanted 6n + 2 layers"));
    }
  }
  EXPECT_NO_THROW(make(context_of(8, "A")));
}

TEST(ResNet, RefusesAnotherShortcut) {
  try {
    make(context_of(20, "C"));
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("option 'shortcut' is 'C', wanted 'A'"));
  }
}

class Halving : public gradus::Activation {
 public:
  torch::Tensor forward(torch::Tensor x) override { return x / 2; }
};

TEST(ResNet, UsesTheActivationOfTheContextAfterEveryBatchNorm) {
  std::int64_t made = 0;
  gradus::Context context = context_of(20, "A");
  context.activation_factory = [&] {
    ++made;
    return std::make_shared<Halving>();
  };
  const auto model = make(context);
  EXPECT_EQ(made, 19);  // one behind the first convolution, two a block
  model->eval();
  const torch::NoGradGuard no_grad;
  // Halving is linear, and so is then the whole network but for the last bias.
  const auto images = torch::randn({2, 3, 32, 32});
  const auto bias = model->named_parameters()["fc.bias"];
  EXPECT_TRUE(torch::allclose(model->forward(-2 * images) - bias,
                              -2 * (model->forward(images) - bias), 1e-3, 1e-5));
}

// Golden: 2.63 ± .15 over initialisations, on standardised images.
TEST(ResNet, StartsWithALossAboveThatOfGuessing) {
  torch::manual_seed(0);
  const auto model = make({});
  const auto loss = torch::cross_entropy_loss(model->forward(torch::randn({128, 3, 32, 32})),
                                              torch::randint(10, {128}));
  EXPECT_NEAR(loss.item<double>(), 2.63, 0.45);
}

}  // namespace
