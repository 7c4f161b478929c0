#include "framework/worker/engine/widened.hpp"

#include <ATen/core/dispatch/Dispatcher.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>
#include <torch/types.h>

#include <cstdlib>

#include "framework/worker/engine/engine.hpp"
#include "framework/worker/engine/testing.hpp"

namespace gradus::worker::engine {
namespace {

torch::Tensor narrow(at::IntArrayRef sizes, std::int64_t seed) {
  torch::manual_seed(static_cast<std::uint64_t>(seed));
  return torch::randn(sizes).to(torch::kBFloat16);
}

torch::Tensor wide(const torch::Tensor& tensor) { return tensor.to(torch::kFloat32); }

/// Bfloat16, and what float32 computes of the same numbers, rounded once.
void expect_rounded(const torch::Tensor& found, const torch::Tensor& single) {
  ASSERT_EQ(found.scalar_type(), torch::kBFloat16);
  ASSERT_EQ(single.scalar_type(), torch::kFloat32);
  EXPECT_TRUE(found.equal(single.to(torch::kBFloat16)));
}

TEST(Widened, ProductsAreThoseOfFloat32RoundedOnce) {
  const torch::Tensor a = narrow({5, 300}, 1), b = narrow({300, 7}, 2), start = narrow({5, 7}, 3);
  expect_rounded(wide_mm(a, b), wide(a).mm(wide(b)));
  expect_rounded(wide_addmm(start, a, b, 0.5, 2),
                 torch::addmm(wide(start), wide(a), wide(b), 0.5, 2));
  const torch::Tensor as = narrow({3, 5, 300}, 4), bs = narrow({3, 300, 7}, 5),
                      starts = narrow({3, 5, 7}, 6);
  expect_rounded(wide_bmm(as, bs), wide(as).bmm(wide(bs)));
  expect_rounded(wide_baddbmm(starts, as, bs, 1, -1),
                 torch::baddbmm(wide(starts), wide(as), wide(bs), 1, -1));
}

TEST(Widened, OtherFormatsAreLibTorchsWithItsErrors) {
  const torch::Tensor a = wide(narrow({4, 6}, 1)), b = wide(narrow({6, 3}, 2));
  EXPECT_TRUE(wide_mm(a, b).equal(a.mm(b)));
  EXPECT_EQ(wide_mm(a.to(torch::kFloat64), b.to(torch::kFloat64)).scalar_type(), torch::kFloat64);
  EXPECT_THROW(wide_mm(narrow({4, 6}, 1), b), c10::Error) << "two formats, as everywhere";
  EXPECT_THROW(wide_addmm(narrow({4, 3}, 1), a, b, 1, 1), c10::Error);
  EXPECT_THROW(wide_bmm(narrow({1, 4, 6}, 1), b.unsqueeze(0)), c10::Error);
  EXPECT_THROW(wide_mm(narrow({4, 6}, 1), narrow({4, 6}, 1)), c10::Error) << "sizes that differ";
}

struct Case {
  const char* name;
  std::vector<std::int64_t> input, weight;
  std::int64_t stride, pad, groups;
  bool transposed, biased;
};

class WidenedConvolution : public ::testing::TestWithParam<Case> {};

TEST_P(WidenedConvolution, ForwardAndBackwardAreThoseOfFloat32RoundedOnce) {
  const Case& c = GetParam();
  const auto dimensions = c.input.size() - 2;
  const std::vector<std::int64_t> stride(dimensions, c.stride), pad(dimensions, c.pad),
      ones(dimensions, 1), none(dimensions, 0);
  const std::vector<std::int64_t> channels = {c.transposed ? c.weight[1] * c.groups : c.weight[0]};
  const torch::Tensor x = narrow(c.input, 1), w = narrow(c.weight, 2), b = narrow(channels, 3);
  const auto bias = c.biased ? std::optional(b) : std::nullopt;
  const torch::Tensor y =
      wide_convolution(x, w, bias, stride, pad, ones, c.transposed, none, c.groups);
  const auto single = [&](const torch::Tensor& t) { return wide(t).detach().requires_grad_(); };
  const torch::Tensor sx = single(x), sw = single(w), sb = single(b);
  const torch::Tensor sy = torch::convolution(sx, sw, c.biased ? std::optional(sb) : std::nullopt,
                                              stride, pad, ones, c.transposed, none, c.groups);
  expect_rounded(y, sy.detach());

  const torch::Tensor dy = narrow(y.sizes(), 4);
  const auto [dx, dw, db] = wide_convolution_backward(
      dy, x, w, c.biased ? at::OptionalIntArrayRef(channels) : std::nullopt, stride, pad, ones,
      c.transposed, none, c.groups, {true, true, c.biased});
  sy.backward(wide(dy));
  expect_rounded(dx, sx.grad());
  expect_rounded(dw, sw.grad());
  ASSERT_EQ(db.defined(), c.biased);
  if (c.biased) expect_rounded(db, sb.grad());
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, WidenedConvolution,
    ::testing::Values(Case{"stride", {2, 16, 9, 9}, {32, 16, 3, 3}, 2, 1, 1, false, false},
                      Case{"one_by_one", {2, 16, 8, 8}, {8, 16, 1, 1}, 1, 0, 1, false, true},
                      Case{"depthwise", {2, 16, 8, 8}, {16, 1, 3, 3}, 1, 1, 16, false, true},
                      Case{"transposed", {2, 8, 5, 5}, {8, 6, 2, 2}, 2, 0, 1, true, true},
                      Case{"one_dimension", {2, 4, 30}, {6, 4, 5}, 1, 2, 1, false, true}),
    [](const auto& chosen) { return chosen.param.name; });

TEST(Widened, AnUnwantedGradientIsNotComputed) {
  const torch::Tensor x = narrow({1, 4, 6, 6}, 1), w = narrow({8, 4, 3, 3}, 2);
  const std::vector<std::int64_t> ones = {1, 1}, none = {0, 0};
  const auto [dx, dw, db] =
      wide_convolution_backward(narrow({1, 8, 6, 6}, 3), x, w, std::nullopt, ones, ones, ones,
                                false, none, 1, {false, true, false});
  EXPECT_FALSE(dx.defined());
  EXPECT_TRUE(dw.defined());
  EXPECT_FALSE(db.defined());
}

TEST(Widened, AttentionWithBothKindsOfMask) {
  const torch::Tensor q = narrow({2, 3, 10, 16}, 1), k = narrow({2, 3, 12, 16}, 2),
                      v = narrow({2, 3, 12, 16}, 3);
  const torch::Tensor numbers = narrow({10, 12}, 4), truths = numbers > 0;
  const auto single = [&](const std::optional<torch::Tensor>& mask) {
    return torch::scaled_dot_product_attention(wide(q), wide(k), wide(v), mask);
  };
  const auto found = [&](const std::optional<torch::Tensor>& mask) {
    return wide_attention(q, k, v, mask, 0, false, std::nullopt, false);
  };
  expect_rounded(found(std::nullopt), single(std::nullopt));
  expect_rounded(found(numbers), single(wide(numbers)));
  expect_rounded(found(truths), single(truths));
}

/// Puts the kernels in, for the rest of the process, and looks at what came of it.
void install_and_leave() {
  install_kernels();
  for (const char* name :
       {"aten::mm", "aten::addmm", "aten::bmm", "aten::baddbmm", "aten::convolution",
        "aten::convolution_backward"}) {
    const auto operation = c10::Dispatcher::singleton().findSchema({name, ""});
    const bool ours =
        operation && operation->dumpState().find("engine.cpp") != std::string::npos;
    EXPECT_EQ(ours, !multiplies_bfloat16()) << name;
  }
  torch::nn::Linear layer(40, 6);
  layer->to(torch::kBFloat16);
  const torch::Tensor x = narrow({9, 40}, 1).requires_grad_(), dy = narrow({9, 6}, 2);
  const torch::Tensor y = layer->forward(x);
  y.backward(dy);
  EXPECT_EQ(y.scalar_type(), torch::kBFloat16);
  const torch::Tensor w = wide(layer->weight);
  EXPECT_LT(testing::difference(y, wide(x).mm(w.t()) + wide(layer->bias)), 8e-3);
  EXPECT_LT(testing::difference(x.grad(), wide(dy).mm(w)), 8e-3);
  EXPECT_LT(testing::difference(layer->weight.grad(), wide(dy).t().mm(wide(x))), 8e-3);
  std::_Exit(::testing::Test::HasFailure() ? 1 : 0);
}

TEST(Widened, StandsInTheDispatcherWhereTheProcessorNeedsIt) {
  // In a process of its own: other tests here compare with what LibTorch has in the dispatcher.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(install_and_leave(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace gradus::worker::engine
