#include "framework/worker/engine/convolution.hpp"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/types.h>

#include "framework/worker/engine/amx.hpp"
#include "framework/worker/engine/convolution_testing.hpp"
#include "framework/worker/engine/kernels.hpp"

namespace gradus::worker::engine {
namespace {

bool went_through_ours(const torch::Tensor& out) {
  return went_through(out, "WinogradConvolution") || went_through(out, "ThinConvolution");
}

/// Thin images get no gradient: they are a network's input. All numbers that go in are such as
/// `holds` can hold.
Passes compute(const Window& c, bool fast, torch::ScalarType type,
               torch::ScalarType holds = torch::kFloat32) {
  const torch::Tensor x =
      leaf(testing::images(c.sizes).to(holds), type).set_requires_grad(!c.thin());
  const torch::Tensor w = leaf(weight_of(c).to(holds), type);
  const torch::Tensor b = leaf(torch::linspace(-1, 1, c.out).to(holds), type);
  const std::optional<torch::Tensor> bias = c.bias ? std::optional(b) : std::nullopt;
  const torch::Tensor out = fast ? call_fast(x, w, bias, c.pad)
                                 : torch::conv2d(x, w, bias.value_or(torch::Tensor()), 1, c.pad);
  EXPECT_EQ(went_through(out, c.thin() ? "ThinConvolution" : "WinogradConvolution"), fast);
  out.backward(testing::images(out.sizes(), 3).to(holds).to(type));
  return {out, x.grad(), w.grad(), b.grad()};
}

class EngineConvolution : public ::testing::TestWithParam<Window> {
 protected:
  void SetUp() override {
    if (!has_avx2()) GTEST_SKIP() << "this machine has no AVX2";
  }

 private:
  WithAmxKernels none_{nullptr};  // amx_test.cpp has it
};

// Winograd's sums cancel more than plain ones: single precision leaves five digits instead of six.
TEST_P(EngineConvolution, AgreesWithDoublePrecision) {
  const Passes ours = compute(GetParam(), true, torch::kFloat32);
  const Passes exact = compute(GetParam(), false, torch::kFloat64);
  EXPECT_LT(testing::difference(ours.out, exact.out), 2e-5);
  if (!GetParam().thin()) EXPECT_LT(testing::difference(ours.dx, exact.dx), 2e-5);
  EXPECT_LT(testing::difference(ours.dw, exact.dw), 2e-5);
  if (GetParam().bias) EXPECT_LT(testing::difference(ours.db, exact.db), 2e-5);
  EXPECT_TRUE(ours.out.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_EQ(ours.dw.sizes(), exact.dw.sizes());
  const torch::NoGradGuard no_grad;
  const torch::Tensor x = testing::images(GetParam().sizes);
  const torch::Tensor w = weight_of(GetParam());
  const std::optional<torch::Tensor> bias =
      GetParam().bias ? std::optional(torch::linspace(-1, 1, GetParam().out)) : std::nullopt;
  EXPECT_TRUE(torch::equal(call_fast(x, w, bias, GetParam().pad), ours.out)) << "without gradients";
}

// Rounded once to bfloat16 from sums in single precision, as LibTorch's own are: as near to double
// precision as those, from the same bfloat16 numbers.
TEST_P(EngineConvolution, InBfloat16IsNoWorseThanStock) {
  const Passes ours = compute(GetParam(), true, torch::kBFloat16);
  const Passes stock = compute(GetParam(), false, torch::kBFloat16);
  const Passes exact = compute(GetParam(), false, torch::kFloat64, torch::kBFloat16);
  const auto no_worse = [](const torch::Tensor& a, const torch::Tensor& b, const torch::Tensor& t) {
    EXPECT_EQ(a.scalar_type(), torch::kBFloat16);
    EXPECT_LT(testing::difference(a, t), 1.2 * testing::difference(b, t) + 1e-4);
    EXPECT_LT(testing::difference(a, t), 4e-3);  // half a unit of the last place
  };
  no_worse(ours.out, stock.out, exact.out);
  if (!GetParam().thin()) no_worse(ours.dx, stock.dx, exact.dx);
  no_worse(ours.dw, stock.dw, exact.dw);
  if (GetParam().bias) EXPECT_LT(testing::difference(ours.db, exact.db), 4e-3);
  EXPECT_TRUE(ours.out.is_contiguous(at::MemoryFormat::ChannelsLast));
}

TEST_P(EngineConvolution, ImagesDoNotDependOnThreadsOrNeighbours) {
  const Window& c = GetParam();
  const torch::Tensor x = testing::images(c.sizes);
  const torch::Tensor w = weight_of(c);
  const torch::NoGradGuard no_grad;
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const torch::Tensor one = call_fast(x, w, std::nullopt, c.pad);
  at::set_num_threads(3);
  EXPECT_TRUE(torch::equal(one, call_fast(x, w, std::nullopt, c.pad)));
  at::set_num_threads(threads);
  const torch::Tensor alone =
      x.narrow(0, x.size(0) - 1, 1).contiguous(at::MemoryFormat::ChannelsLast);
  EXPECT_TRUE(
      torch::equal(one.narrow(0, x.size(0) - 1, 1), call_fast(alone, w, std::nullopt, c.pad)));
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, EngineConvolution,
    ::testing::Values(Window{{2, 16, 32, 32}, 16}, Window{{3, 32, 16, 16}, 32, 1, true},
                      Window{{5, 64, 8, 8}, 64}, Window{{2, 8, 15, 13}, 16, 1, true},
                      Window{{1, 8, 14, 14}, 24, 0}, Window{{2, 24, 9, 10}, 8, 2},
                      Window{{37, 16, 4, 4}, 40}, Window{{3, 48, 7, 9}, 80, 1, true},
                      Window{{2, 32, 10, 6}, 16, 0}, Window{{2, 3, 12, 9}, 48, 1, true},
                      Window{{1, 8, 3, 11}, 8, 1}, Window{{4, 3, 32, 32}, 8, 0, true, 5},
                      Window{{3, 3, 32, 32}, 16}, Window{{2, 3, 9, 11}, 40, 2, true, 4},
                      Window{{2, 1, 28, 28}, 8, 2, true, 5}, Window{{1, 3, 7, 8}, 24, 3, false, 7},
                      Window{{2, 1, 5, 5}, 8, 0, true, 2}, Window{{2, 3, 13, 11}, 24, 2, true, 5},
                      Window{{1, 1, 6, 41}, 40, 1, false, 5},
                      Window{{2, 3, 70, 12}, 16, 0, true, 5},
                      Window{{3, 3, 9, 200}, 48, 2, true, 5}, Window{{2, 3, 5, 6}, 8, 0, false, 5},
                      Window{{1, 3, 11, 11}, 8, 0, false, 11}));

TEST(EngineConvolution, LeavesOtherCasesToLibTorch) {
  const torch::Tensor x = testing::images({2, 16, 8, 8}).set_requires_grad(true);
  const torch::Tensor w = testing::images({16, 16, 3, 3}, 2);
  EXPECT_FALSE(went_through_ours(call_fast(x, w, std::nullopt, 1, 2))) << "stride";
  EXPECT_FALSE(went_through_ours(call_fast(x, w, std::nullopt, 2, 1, 2))) << "dilation";
  EXPECT_FALSE(
      went_through_ours(call_fast(x, testing::images({16, 8, 3, 3}), std::nullopt, 1, 1, 1, 2)))
      << "groups";
  EXPECT_FALSE(went_through_ours(call_fast(x, testing::images({16, 16, 5, 5}), std::nullopt, 2)))
      << "5x5";
  EXPECT_FALSE(went_through_ours(call_fast(x, testing::images({10, 16, 3, 3}), std::nullopt, 1)))
      << "outputs";
  EXPECT_FALSE(went_through_ours(call_fast(x.contiguous(), w, std::nullopt, 1))) << "contiguous";
  EXPECT_FALSE(
      went_through_ours(call_fast(x.to(torch::kFloat64), w.to(torch::kFloat64), std::nullopt, 1)));
  EXPECT_FALSE(went_through_ours(
      call_fast(testing::images({2, 16, 1, 1}).set_requires_grad(true), w, std::nullopt, 1)))
      << "one pixel";
  const torch::Tensor colours = testing::images({2, 3, 8, 8});
  const torch::Tensor first = testing::images({16, 3, 3, 3}, 2).set_requires_grad(true);
  EXPECT_FALSE(went_through_ours(call_fast(colours.clone().set_requires_grad(true), first, {}, 1)))
      << "a gradient of thin images";
  EXPECT_FALSE(went_through_ours(call_fast(colours.contiguous(), first, std::nullopt, 1)));
  EXPECT_FALSE(went_through_ours(
      call_fast(testing::images({2, 4, 8, 8}), testing::images({16, 4, 3, 3}), std::nullopt, 1)))
      << "four channels";
  EXPECT_THROW(call_fast(x, w.to(torch::kBFloat16), std::nullopt, 1), c10::Error) << "two formats";
  EXPECT_THROW(call_fast(x, w, torch::zeros({16}, torch::kBFloat16), 1), c10::Error);
  EXPECT_THROW(call_fast(x, testing::images({16, 8, 3, 3}), std::nullopt, 1), c10::Error);
  EXPECT_THROW(call_fast(colours, testing::images({8, 3, 11, 11}), std::nullopt, 1), c10::Error);
}

TEST(EngineConvolution, WeightsOfAnyLayoutAndFrozenOnes) {
  if (!has_avx2()) GTEST_SKIP() << "this machine has no AVX2";
  const torch::Tensor x = testing::images({2, 16, 8, 8});
  const torch::Tensor w = testing::images({16, 16, 3, 3}, 2);
  const torch::Tensor plain = leaf(w.contiguous(), torch::kFloat32);
  const torch::Tensor out = call_fast(x, plain, std::nullopt, 1);
  out.sum().backward();
  EXPECT_TRUE(torch::equal(out, call_fast(x, w, std::nullopt, 1)));
  EXPECT_EQ(plain.grad().strides(), plain.strides());
  const torch::Tensor input = leaf(x, torch::kFloat32);
  call_fast(input, w, std::nullopt, 1).sum().backward();
  EXPECT_TRUE(input.grad().defined());
}

TEST(EngineConvolution, ThinWeightsOfAnyLayoutAndFrozenOnes) {
  if (!has_avx2()) GTEST_SKIP() << "this machine has no AVX2";
  const torch::Tensor x = testing::images({2, 3, 8, 8}), b = torch::ones({16});
  const torch::Tensor w = testing::images({16, 3, 3, 3}, 2);
  const torch::Tensor plain = leaf(w.contiguous(), torch::kFloat32);
  const torch::Tensor out = call_fast(x, plain, b, 1);
  out.sum().backward();
  EXPECT_TRUE(torch::equal(out, call_fast(x, w, b, 1)));
  EXPECT_EQ(plain.grad().strides(), plain.strides());
  const torch::Tensor bias = leaf(b, torch::kFloat32);
  call_fast(x, w, bias, 1).sum().backward();
  EXPECT_TRUE(torch::equal(bias.grad(), torch::full({16}, 128.0F)));
}

TEST(EngineConvolution, ThinOnesCanBeDifferentiatedTwice) {
  const auto twice = [&](bool fast) {
    const torch::Tensor x = testing::images({1, 3, 6, 6});
    const torch::Tensor w = leaf(testing::images({8, 3, 3, 3}, 2), torch::kFloat32);
    const torch::Tensor y = fast ? call_fast(x, w, std::nullopt, 1) : torch::conv2d(x, w, {}, 1, 1);
    const auto first = torch::autograd::grad({y.pow(2).sum()}, {w}, {}, true, true);
    return torch::autograd::grad({first[0].pow(2).sum()}, {w})[0];
  };
  EXPECT_LT(testing::difference(twice(true), twice(false)), 1e-4);
}

TEST(EngineConvolution, CanBeDifferentiatedTwice) {
  const Window c{{1, 8, 4, 4}, 8};
  const auto twice = [&](bool fast) {
    const torch::Tensor x = leaf(testing::images(c.sizes), torch::kFloat32);
    const torch::Tensor w = leaf(testing::images({8, 8, 3, 3}, 2), torch::kFloat32);
    const torch::Tensor y = fast ? call_fast(x, w, std::nullopt, 1) : torch::conv2d(x, w, {}, 1, 1);
    const auto first = torch::autograd::grad({y.pow(2).sum()}, {x}, {}, true, true);
    first[0].pow(2).sum().backward();
    return w.grad();
  };
  EXPECT_LT(testing::difference(twice(true), twice(false)), 1e-4);
}

}  // namespace
}  // namespace gradus::worker::engine
