#include "framework/worker/engine/batch_norm.hpp"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/types.h>

#include "framework/worker/engine/testing.hpp"

namespace gradus::worker::engine {
namespace {

using testing::difference;

struct Norm {
  torch::Tensor out, dx, dweight, dbias, mean, variance;
};

enum class By { ours, stock };

/// A training step's forward and backward pass; `type` float64 is the truth. What a bfloat16 cannot
/// hold is not an error of the sums: all start from the same numbers, which single precision or
/// bfloat16 (`truth_of`) can hold.
Norm normalise(By by, at::IntArrayRef sizes, torch::ScalarType type, double offset = 0,
               bool affine = true, torch::ScalarType truth_of = torch::kBFloat16) {
  const auto vector_type = type == torch::kFloat64 ? torch::kFloat64 : torch::kFloat32;
  const auto start = type == torch::kFloat64 ? truth_of : type;
  torch::Tensor x = (testing::images(sizes) + offset)
                        .to(start)
                        .to(type)
                        .contiguous(at::MemoryFormat::ChannelsLast);
  x.set_requires_grad(true);
  const torch::Tensor dy = testing::images(sizes, 2).to(start).to(type);
  torch::Tensor weight, bias;
  if (affine) {
    weight = torch::linspace(.5, 1.5, sizes[1], vector_type).set_requires_grad(true);
    bias = torch::linspace(-1, 1, sizes[1], vector_type).set_requires_grad(true);
  }
  Norm norm;
  norm.mean = torch::full({sizes[1]}, .25, vector_type);
  norm.variance = torch::full({sizes[1]}, 2.0, vector_type);
  norm.out =
      by == By::ours
          ? fast_batch_norm(x, weight, bias, norm.mean, norm.variance, true, .1, 1e-5, false)
          : torch::batch_norm(x, weight, bias, norm.mean, norm.variance, true, .1, 1e-5, false);
  norm.out.backward(dy.contiguous(at::MemoryFormat::ChannelsLast));
  norm.dx = x.grad();
  if (affine) {
    norm.dweight = weight.grad();
    norm.dbias = bias.grad();
  }
  return norm;
}

bool is_ours(const torch::Tensor& out) {
  return out.grad_fn() != nullptr &&
         out.grad_fn()->name().find("TrainingNorm") != std::string::npos;
}

class EngineBatchNorm : public ::testing::TestWithParam<std::vector<std::int64_t>> {};

/// Ours and LibTorch's own in `type`, both held against double precision.
void expect_no_worse(at::IntArrayRef sizes, torch::ScalarType type, double out, double dx) {
  // The truth starts from numbers that `type` can hold.
  const Norm truth = normalise(By::stock, sizes, torch::kFloat64, 0, true, type);
  const Norm ours = normalise(By::ours, sizes, type);
  const Norm stock = normalise(By::stock, sizes, type);
  ASSERT_TRUE(is_ours(ours.out));
  EXPECT_EQ(ours.out.scalar_type(), type);
  const auto check = [&](torch::Tensor Norm::*at, double bound, double slack = 2e-7) {
    const double error = difference(ours.*at, truth.*at);
    EXPECT_LT(error, bound);
    EXPECT_LE(error, 2 * difference(stock.*at, truth.*at) + slack);
  };
  // Of a few hundred numbers in another order: some units of the last place.
  constexpr double kSums = 1e-6;
  check(&Norm::out, out);
  check(&Norm::dx, dx);
  check(&Norm::dweight, 1e-5, kSums);
  check(&Norm::dbias, 1e-5, kSums);
  check(&Norm::mean, 1e-6);
  check(&Norm::variance, 1e-6);
}

TEST_P(EngineBatchNorm, EqualsDoublePrecisionAndIsNoWorseThanStock) {
  // Half a unit of bfloat16's last place.
  expect_no_worse(GetParam(), torch::kBFloat16, 4e-3, 4e-3);
}

TEST_P(EngineBatchNorm, EqualsDoublePrecisionInSinglePrecision) {
  expect_no_worse(GetParam(), torch::kFloat32, 2e-6, 5e-6);
}

TEST_P(EngineBatchNorm, EqualsStockInSinglePrecision) {
  const Norm stock = normalise(By::stock, GetParam(), torch::kFloat32);
  const Norm ours = normalise(By::ours, GetParam(), torch::kFloat32);
  ASSERT_TRUE(is_ours(ours.out));
  EXPECT_FALSE(is_ours(stock.out));
  EXPECT_TRUE(ours.out.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_LT(difference(ours.out, stock.out), 2e-6);
  EXPECT_LT(difference(ours.dx, stock.dx), 5e-6);
  EXPECT_LT(difference(ours.dweight, stock.dweight), 2e-5);
  EXPECT_LT(difference(ours.dbias, stock.dbias), 2e-5);
  EXPECT_LT(difference(ours.mean, stock.mean), 1e-6);
  EXPECT_LT(difference(ours.variance, stock.variance), 2e-6);
}

INSTANTIATE_TEST_SUITE_P(Shapes, EngineBatchNorm,
                         ::testing::Values(std::vector<std::int64_t>{6, 8, 1, 1},
                                           std::vector<std::int64_t>{3, 8, 5, 7},
                                           std::vector<std::int64_t>{5, 16, 9, 3},
                                           std::vector<std::int64_t>{2, 24, 4, 4},
                                           std::vector<std::int64_t>{32, 32, 16, 17},
                                           std::vector<std::int64_t>{7, 40, 3, 3},
                                           std::vector<std::int64_t>{9, 64, 33, 31},
                                           std::vector<std::int64_t>{2, 104, 40, 40}));

TEST(EngineBatchNorm, ALargeMeanDoesNotSwallowASmallVariance) {
  const std::vector<std::int64_t> sizes = {16, 8, 16, 16};
  const auto with_offset = [&](By by, torch::ScalarType type) {
    torch::Tensor x = (testing::images(sizes, 3) + 1000).to(type);
    x = x.contiguous(at::MemoryFormat::ChannelsLast).set_requires_grad(true);
    return by == By::ours ? fast_batch_norm(x, {}, {}, {}, {}, true, .1, 1e-5, false)
                          : torch::batch_norm(x, {}, {}, {}, {}, true, .1, 1e-5, false);
  };
  const torch::Tensor truth = with_offset(By::stock, torch::kFloat32).to(torch::kFloat64);
  const torch::Tensor exact =
      torch::batch_norm((testing::images(sizes, 3) + 1000).to(torch::kFloat64), {}, {}, {}, {},
                        true, .1, 1e-5, false);
  EXPECT_LE(difference(with_offset(By::ours, torch::kFloat32), exact),
            2 * difference(truth, exact));
}

TEST(EngineBatchNorm, WithoutWeightsAndStatistics) {
  const Norm truth = normalise(By::stock, {4, 16, 6, 6}, torch::kFloat32, 0, false);
  const Norm ours = normalise(By::ours, {4, 16, 6, 6}, torch::kFloat32, 0, false);
  EXPECT_TRUE(is_ours(ours.out));
  EXPECT_LT(difference(ours.out, truth.out), 2e-6);
  EXPECT_LT(difference(ours.dx, truth.dx), 5e-6);
}

TEST(EngineBatchNorm, DoesNotDependOnTheNumberOfThreads) {
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const Norm one = normalise(By::ours, {33, 16, 20, 20}, torch::kFloat32);
  at::set_num_threads(2);
  const Norm two = normalise(By::ours, {33, 16, 20, 20}, torch::kFloat32);
  at::set_num_threads(before);
  EXPECT_TRUE(torch::equal(one.out, two.out));
  EXPECT_TRUE(torch::equal(one.dx, two.dx));
  EXPECT_TRUE(torch::equal(one.dweight, two.dweight));
}

TEST(EngineBatchNorm, EvaluationEqualsStock) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor x = testing::images({4, 16, 6, 5});
  const torch::Tensor weight = torch::linspace(.5, 2, 16), bias = torch::linspace(-1, 1, 16),
                      mean = torch::linspace(-2, 2, 16), variance = torch::linspace(.1, 3, 16);
  const torch::Tensor ours =
      fast_batch_norm(x, weight, bias, mean, variance, false, .1, 1e-5, false);
  const torch::Tensor stock =
      torch::batch_norm(x, weight, bias, mean, variance, false, .1, 1e-5, false);
  EXPECT_LT(difference(ours, stock), 2e-6);
}

TEST(EngineBatchNorm, GradientsOfEvaluationAndOfGradientsAreStock) {
  torch::Tensor x = testing::images({4, 8, 5, 5}).set_requires_grad(true);
  const torch::Tensor mean = torch::zeros({8}), variance = torch::ones({8});
  EXPECT_FALSE(is_ours(fast_batch_norm(x, {}, {}, mean, variance, false, .1, 1e-5, false)));
  // The gradient's own gradient, against stock.
  const auto second = [&](By by) {
    torch::Tensor w = torch::linspace(.5, 2, 8).set_requires_grad(true), b = torch::zeros({8});
    const torch::Tensor out = by == By::ours
                                  ? fast_batch_norm(x, w, b, {}, {}, true, .1, 1e-5, false)
                                  : torch::batch_norm(x, w, b, {}, {}, true, .1, 1e-5, false);
    const auto first = torch::autograd::grad({out.pow(3).sum()}, {x}, {}, true, true)[0];
    return torch::autograd::grad({first.pow(2).sum()}, {x})[0];
  };
  EXPECT_LT(difference(second(By::ours), second(By::stock)), 1e-4);
}

TEST(EngineBatchNorm, WhatItDoesNotKnowIsStock) {
  const auto ours = [](torch::Tensor x, torch::Tensor weight, torch::Tensor bias) {
    x.set_requires_grad(true);
    return is_ours(fast_batch_norm(x, weight, bias, {}, {}, true, .1, 1e-5, false));
  };
  const torch::Tensor ones = torch::ones({8}), zeros = torch::zeros({8});
  EXPECT_TRUE(ours(testing::images({4, 8, 5, 5}), ones, zeros));
  EXPECT_FALSE(ours(testing::images({4, 8, 5, 5}).contiguous(), ones, zeros));
  EXPECT_FALSE(ours(testing::images({4, 6, 5, 5}), torch::ones({6}), torch::zeros({6})));
  EXPECT_FALSE(ours(torch::randn({4, 8}), ones, zeros));
  EXPECT_FALSE(ours(testing::images({4, 8, 5, 5}, 1, torch::kFloat64), ones.to(torch::kFloat64),
                    zeros.to(torch::kFloat64)));
  // Errors are LibTorch's too.
  EXPECT_THROW(ours(testing::images({4, 8, 5, 5}), torch::ones({16}), torch::zeros({16})),
               c10::Error);
  EXPECT_FALSE(ours(testing::images({1, 8, 1, 1}), ones, zeros));
}

TEST(EngineBatchNorm, ANaNStaysOne) {
  torch::Tensor x = testing::images({4, 8, 5, 5});
  x[1][3][2][2] = std::nan("");
  const torch::Tensor out =
      fast_batch_norm(x.set_requires_grad(true), {}, {}, {}, {}, true, .1, 1e-5, false);
  EXPECT_TRUE(out.select(1, 3).isnan().all().item<bool>());
  EXPECT_FALSE(out.select(1, 2).isnan().any().item<bool>());
}

}  // namespace
}  // namespace gradus::worker::engine
