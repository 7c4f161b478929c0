#include "framework/worker/weights.hpp"

#include <gtest/gtest.h>
#include <torch/nn/module.h>
#include <torch/types.h>
#include <torch/utils.h>

namespace gradus::worker {
namespace {

struct Holder : torch::nn::Module {
  Holder() {
    torch::manual_seed(4);
    a = register_parameter("a",
                           torch::randn({2, 3, 2, 2}).contiguous(at::MemoryFormat::ChannelsLast));
    b = register_parameter("b", torch::randn({3}, torch::kFloat64));
    register_parameter("c_is_a", a);
    register_parameter("none", {}, false);
    register_buffer("count", torch::full({}, 7, torch::kInt64));
    register_buffer("view_of_a", a.detach());
    register_buffer("empty", torch::empty({0}));
  }
  torch::Tensor a, b;
};

TEST(NamedTensors, ListsTiedOnesOnceUnderTheFirstName) {
  Holder holder;
  std::vector<std::string> names;
  for (const NamedTensor& named : named_tensors(holder)) names.push_back(named.name);
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b", "count", "empty"}));
}

TEST(Weights, RoundTripThroughAnotherModule) {
  Holder from, to;
  {
    torch::NoGradGuard no_grad;
    for (auto& parameter : to.parameters()) parameter.zero_();
  }
  const auto weights = take_weights(from, "epoch", 3);
  ASSERT_TRUE(weights.ok());
  EXPECT_EQ(weights->epoch, 3);
  EXPECT_EQ(weights->tensors[1].dtype, "float32");  // doubles travel as float32
  EXPECT_EQ(weights->tensors[2].dtype, "int64");
  EXPECT_EQ(weights->tensors[2].shape, std::vector<std::int64_t>{});
  const Status put = put_weights(to, *weights, "exam");
  ASSERT_TRUE(put.ok()) << put.error().text();
  EXPECT_TRUE(to.a.equal(from.a));
  EXPECT_LT((to.b - from.b).abs().max().item<double>(), 1e-6);
}

TEST(Weights, TravelInPlainOrderWhateverTheMemoryFormat) {
  Holder holder;
  const auto weights = take_weights(holder, "init", 0);
  ASSERT_TRUE(weights.ok());
  const auto* values = reinterpret_cast<const float*>(weights->tensors[0].bytes.data());
  EXPECT_EQ(values[1], (holder.a.index({0, 0, 0, 1}).item<float>()));
  EXPECT_EQ(values[4], (holder.a.index({0, 1, 0, 0}).item<float>()));
}

TEST(Weights, ComplexTensorsAreRefused) {
  torch::nn::Module holder;
  holder.register_parameter("z", torch::ones({2}, torch::kComplexFloat));
  const auto weights = take_weights(holder, "init", 0);
  ASSERT_FALSE(weights.ok());
  EXPECT_NE(weights.error().what.find("tensor z has dtype ComplexFloat"), std::string::npos);
}

TEST(PutWeights, RefusesAParameterThatCameAsABuffer) {
  Holder holder;
  auto weights = take_weights(holder, "init", 0);
  ASSERT_TRUE(weights.ok());
  weights->tensors[0].kind = "buffer";
  EXPECT_FALSE(put_weights(holder, *weights, "exam").ok());
}

TEST(Weights, FetchedTogetherAreThoseOfEachTensor) {
  torch::manual_seed(2);
  const std::vector<torch::Tensor> tensors = {
      torch::randn({2, 3, 4, 4}).contiguous(at::MemoryFormat::ChannelsLast),
      torch::randn({}),
      torch::randn({0}),
      torch::randn({3, 2}, torch::kFloat64).t(),
  };
  const std::vector<torch::Tensor> found = floats_on_cpu(tensors);
  ASSERT_EQ(found.size(), tensors.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_TRUE(found[i].is_contiguous()) << i;
    EXPECT_TRUE(found[i].equal(tensors[i].to(torch::kFloat32))) << i;
  }
  EXPECT_TRUE(floats_on_cpu({}).empty());
}

}  // namespace
}  // namespace gradus::worker
