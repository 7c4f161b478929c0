#include <gtest/gtest.h>
#include <torch/torch.h>

#include <gradus/testing.hpp>

GRADUS_PLUGIN_UNDER_TEST(model, simplenn_bn)

namespace {

std::shared_ptr<gradus::Model> make() {
  return gradus::make_plugin<gradus::Model>(GRADUS_MANIFEST(model, simplenn_bn), {});
}

TEST(SimpleNNBatchNorm, HasItsPublishedNumberOfParameters) {
  std::int64_t total = 0;
  for (const auto& parameter : make()->parameters()) total += parameter.numel();
  EXPECT_EQ(total, 82078);
}

TEST(SimpleNNBatchNorm, HandsOutItsRunningStatistics) {
  const auto buffers = make()->named_buffers();
  for (const char* name : {"bn1.running_mean", "bn1.running_var", "bn2.running_mean"}) {
    EXPECT_NE(buffers.find(name), nullptr) << name;
  }
}

TEST(SimpleNNBatchNorm, DependsOnTheBatchInTrainingOnly) {
  torch::manual_seed(0);
  const auto model = make();
  const auto images = torch::randn({8, 3, 32, 32});
  model->train();
  EXPECT_FALSE(
      torch::allclose(model->forward(images)[0], model->forward(images.slice(0, 0, 4))[0]));
  model->eval();
  EXPECT_TRUE(torch::allclose(model->forward(images)[0], model->forward(images.slice(0, 0, 1))[0],
                              1e-4, 1e-5));
}

TEST(SimpleNNBatchNorm, StartsNearTheLossOfGuessing) {
  torch::manual_seed(0);
  const auto loss = torch::cross_entropy_loss(make()->forward(torch::randn({128, 3, 32, 32})),
                                              torch::randint(10, {128}));
  EXPECT_NEAR(loss.item<double>(), 2.3026, 0.05);  // 2.308 ± .010 on CIFAR-10
}

}  // namespace
