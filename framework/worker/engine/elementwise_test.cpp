#include "framework/worker/engine/elementwise.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/add_cpu_dispatch.h>
#include <ATen/ops/relu_cpu_dispatch.h>
#include <ATen/ops/threshold_backward_cpu_dispatch.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <limits>
#include <vector>

#include "framework/worker/engine/testing.hpp"

// Held against LibTorch's own kernels, bit by bit: `at::cpu` calls them past the dispatcher.

namespace gradus::worker::engine {
namespace {

bool same_bits(const torch::Tensor& a, const torch::Tensor& b) {
  const auto bits = [](const torch::Tensor& t) {
    return t.contiguous().view(t.scalar_type() == torch::kFloat32 ? torch::kInt : torch::kShort);
  };
  return a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes() &&
         torch::equal(bits(a), bits(b));
}

bool laid_out_alike(const torch::Tensor& a, const torch::Tensor& b) {
  return a.strides() == b.strides();
}

class EngineElementwise : public ::testing::TestWithParam<torch::ScalarType> {
 protected:
  /// More than the smallest size that is served, and no multiple of any vector.
  torch::Tensor some(std::int64_t seed) const {
    torch::Tensor x = testing::images({3, 17, 11, 13}, seed, GetParam());
    x.select(0, 1).select(0, 5).fill_(0);
    return x;
  }
};

TEST_P(EngineElementwise, EqualsLibTorchBitByBit) {
  const torch::Tensor a = some(1), b = some(2);
  EXPECT_TRUE(same_bits(fast_relu(a), at::cpu::relu(a)));
  EXPECT_TRUE(laid_out_alike(fast_relu(a), at::cpu::relu(a)));
  EXPECT_TRUE(same_bits(fast_threshold_backward(a, b, 0), at::cpu::threshold_backward(a, b, 0)));
  EXPECT_TRUE(same_bits(fast_add(a, b, 1), at::cpu::add(a, b, 1)));
  torch::Tensor ours = a.clone(), theirs = a.clone();
  EXPECT_EQ(fast_add_(ours, b, 1).data_ptr(), ours.data_ptr());
  EXPECT_TRUE(same_bits(ours, at::cpu::add_(theirs, b, 1)));
}

TEST_P(EngineElementwise, AGradientOfAnyLayoutIsLaidOutAsTheResult) {
  const torch::Tensor result = some(2);
  const torch::Tensor pooled =
      testing::images({3, 17, 1, 1}, 1, GetParam()).expand({3, 17, 11, 13});
  for (const torch::Tensor& gradient : {some(1).contiguous(), pooled}) {
    const torch::Tensor ours = fast_threshold_backward(gradient, result, 0);
    EXPECT_TRUE(same_bits(ours, at::cpu::threshold_backward(gradient, result, 0)));
    EXPECT_TRUE(laid_out_alike(ours, result));
  }
}

TEST_P(EngineElementwise, NaNAndInfinityAreKept) {
  torch::Tensor a = some(1), b = some(2);
  const std::vector<double> odd = {
      std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::quiet_NaN(),
      std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(), -0.0};
  for (std::size_t i = 0; i < odd.size(); ++i) {
    a.select(0, 0).select(0, static_cast<std::int64_t>(i)).fill_(odd[i]);
    b.select(0, 2).select(0, static_cast<std::int64_t>(i)).fill_(odd[i]);
  }
  const auto alike = [](const torch::Tensor& x, const torch::Tensor& y) {
    return torch::equal(x.isnan(), y.isnan()) && torch::equal(x.nan_to_num(), y.nan_to_num());
  };
  EXPECT_TRUE(alike(fast_relu(a), at::cpu::relu(a)));
  EXPECT_TRUE(alike(fast_threshold_backward(a, b, 0), at::cpu::threshold_backward(a, b, 0)));
  EXPECT_TRUE(alike(fast_add(a, b, 1), at::cpu::add(a, b, 1)));
}

TEST_P(EngineElementwise, DoesNotDependOnThreads) {
  const torch::Tensor a = testing::images({8, 16, 32, 32}, 1, GetParam()),
                      b = testing::images({8, 16, 32, 32}, 2, GetParam());
  const int threads = at::get_num_threads();
  at::set_num_threads(3);
  EXPECT_TRUE(same_bits(fast_relu(a), at::cpu::relu(a)));
  EXPECT_TRUE(same_bits(fast_add(a, b, 1), at::cpu::add(a, b, 1)));
  at::set_num_threads(threads);
}

TEST_P(EngineElementwise, OtherCasesAreLibTorchs) {
  const torch::Tensor a = some(1), b = some(2), row = b.select(0, 0).select(1, 0).select(1, 0);
  EXPECT_TRUE(same_bits(fast_add(a, b, 2), at::cpu::add(a, b, 2))) << "a factor";
  const torch::Tensor contiguous = b.contiguous();
  EXPECT_TRUE(same_bits(fast_add(a, contiguous, 1), at::cpu::add(a, b, 1))) << "two layouts";
  EXPECT_TRUE(
      same_bits(fast_threshold_backward(a, contiguous, 0), at::cpu::threshold_backward(a, b, 0)));
  EXPECT_TRUE(same_bits(fast_threshold_backward(a, b, .5), at::cpu::threshold_backward(a, b, .5)));
  const torch::Tensor wide = row.view({1, 17, 1, 1});
  EXPECT_TRUE(same_bits(fast_add(a, wide, 1), at::cpu::add(a, wide, 1))) << "broadcast";
  const torch::Tensor doubles = a.to(torch::kFloat64);
  EXPECT_EQ(fast_add(a, doubles, 1).scalar_type(), torch::kFloat64);
  EXPECT_TRUE(torch::equal(fast_relu(doubles), at::cpu::relu(doubles)));
  const torch::Tensor slice = a.slice(3, 0, 13, 2);
  EXPECT_TRUE(same_bits(fast_relu(slice), at::cpu::relu(slice))) << "a slice";
  EXPECT_EQ(fast_relu(torch::empty({0, 4}, GetParam())).numel(), 0);
  EXPECT_THROW(fast_add(a, testing::images({2, 17, 11, 13}, 1, GetParam()), 1), c10::Error);
}

TEST_P(EngineElementwise, ATensorMayBeAddedToItselfAndNoPartOfOneToAnother) {
  torch::Tensor a = some(1);
  const torch::Tensor twice = at::cpu::add(a, a, 1);
  EXPECT_TRUE(same_bits(fast_add_(a, a, 1), twice));
  torch::Tensor line = torch::zeros({9000}, GetParam());
  torch::Tensor front = line.narrow(0, 0, 8000), back = line.narrow(0, 1000, 8000);
  EXPECT_THROW(fast_add_(front, back, 1), c10::Error);
}

TEST_P(EngineElementwise, ASlicesGradientIsLaidOutAsTheImages) {
  const torch::Tensor dy = testing::images({2, 16, 16, 8}, 1, GetParam());
  const std::vector<c10::SymInt> sizes = {2, 16, 16, 16};
  const torch::Tensor ours = fast_slice_backward(dy, sizes, 3, 1, 16, 2);
  const torch::Tensor theirs = torch::zeros({2, 16, 16, 16}, GetParam());
  theirs.slice(3, 1, 16, 2).copy_(dy);
  EXPECT_TRUE(same_bits(ours, theirs));
  EXPECT_TRUE(ours.is_contiguous(at::MemoryFormat::ChannelsLast));
  const torch::Tensor flat = fast_slice_backward(dy.contiguous(), sizes, 3, 1, 16, 2);
  EXPECT_TRUE(same_bits(flat, theirs));
  EXPECT_TRUE(flat.is_contiguous());
  const std::vector<c10::SymInt> line = {9};
  EXPECT_EQ(
      fast_slice_backward(torch::ones({3}, GetParam()), line, 0, 2, 8, 2).sum().item<double>(), 3);
}

INSTANTIATE_TEST_SUITE_P(Numbers, EngineElementwise,
                         ::testing::Values(torch::kFloat32, torch::kBFloat16));

}  // namespace
}  // namespace gradus::worker::engine
