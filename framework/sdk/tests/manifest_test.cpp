#include <gmock/gmock.h>

#include <gradus/augmentation.hpp>
#include <gradus/testing.hpp>
#include <stdexcept>
#include <string>

namespace {

class Doubling : public gradus::Activation {
 public:
  explicit Doubling(const gradus::Context& context) : factor_(context.options.get("factor", 2.0)) {
    if (factor_ < 0) throw std::invalid_argument("factor is negative");
    if (factor_ > 100) throw 42;  // NOLINT: what a careless student may do
  }
  torch::Tensor forward(torch::Tensor x) override { return at::mul(x, factor_); }

 private:
  double factor_;
};

class Unchanged : public gradus::Augmentation {
 public:
  explicit Unchanged(const gradus::Context&) {}
  torch::Tensor apply(torch::Tensor images, torch::Tensor,
                      const gradus::AugmentationStep&) override {
    return images;
  }
};

}  // namespace

GRADUS_ACTIVATION(Doubling, doubling, "1.2")
GRADUS_AUGMENTATION(Unchanged, unchanged, "0.1")

namespace gradus {
namespace {

Context with_factor(double factor) {
  Context context;
  context.options.set("factor", factor);
  return context;
}

TEST(Manifest, DescribesThePluginThatTheMacroNames) {
  const Manifest& manifest = GRADUS_MANIFEST(activation, doubling);
  EXPECT_EQ(manifest.magic, kManifestMagic);
  EXPECT_EQ(manifest.abi, kAbi);
  EXPECT_EQ(manifest.size, sizeof(Manifest));
  EXPECT_EQ(manifest.kind, static_cast<std::uint32_t>(PluginKind::activation));
  EXPECT_STREQ(manifest.name, "doubling");
  EXPECT_STREQ(manifest.version, "1.2");
  EXPECT_THAT(manifest.fingerprint, testing::HasSubstr(";libtorch=" TORCH_VERSION ";"));
}

TEST(Manifest, AliasPointsToIt) {
  EXPECT_EQ(_autoaliases::gradus_activation_doubling, &GRADUS_MANIFEST(activation, doubling));
  EXPECT_EQ(_autoaliases::gradus_augmentation_unchanged, &GRADUS_MANIFEST(augmentation, unchanged));
}

TEST(Manifest, CreatesWithTheContextsOptions) {
  const auto object =
      make_plugin<Activation>(GRADUS_MANIFEST(activation, doubling), with_factor(3));
  EXPECT_FLOAT_EQ(object->forward(at::ones({1})).item<float>(), 3);
}

TEST(Manifest, TurnsWhatAConstructorThrowsIntoAMessage) {
  const Manifest& manifest = GRADUS_MANIFEST(activation, doubling);
  CreateFailure failure{};
  const Context negative = with_factor(-1), large = with_factor(101);
  EXPECT_EQ(manifest.create(&negative, &failure), nullptr);
  EXPECT_STREQ(failure.message, "factor is negative");
  EXPECT_EQ(manifest.create(&large, &failure), nullptr);
  EXPECT_STREQ(failure.message, "an exception that is not a std::exception");
}

TEST(Manifest, CutsAnEndlessMessage) {
  CreateFailure failure{};
  detail::set_message(&failure, std::string(5000, 'x'));
  EXPECT_EQ(std::string(failure.message).size(), sizeof(failure.message) - 1);
}

TEST(Context, GivesReluWhereTheLabNamesNoActivation) {
  const auto relu = Context{}.activation();
  EXPECT_FLOAT_EQ(relu->forward(at::full({1}, -2.0)).item<float>(), 0);
  EXPECT_FLOAT_EQ(relu->forward(at::full({1}, 2.0)).item<float>(), 2);
}

TEST(Context, MakesANewActivationAtEachCall) {
  Context context;
  context.activation_factory = [] { return std::make_shared<Doubling>(Context{}); };
  const auto first = context.activation(), second = context.activation();
  EXPECT_NE(first, second);
  EXPECT_FLOAT_EQ(first->forward(at::ones({1})).item<float>(), 2);
}

}  // namespace
}  // namespace gradus
