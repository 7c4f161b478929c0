#include "framework/worker/engine/max_pool.hpp"

#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/types.h>

#include <limits>

#include "framework/worker/engine/testing.hpp"

namespace gradus::worker::engine {
namespace {

struct Case {
  std::vector<std::int64_t> sizes, kernel, stride, padding;
  bool ceil_mode = false;
  friend void PrintTo(const Case& c, std::ostream* out) {
    *out << torch::IntArrayRef(c.sizes) << " kernel " << torch::IntArrayRef(c.kernel) << " stride "
         << torch::IntArrayRef(c.stride) << " padding " << torch::IntArrayRef(c.padding)
         << (c.ceil_mode ? " ceil" : "");
  }
};

bool pooled_by_us(const torch::Tensor& out) {
  return out.grad_fn() != nullptr &&
         out.grad_fn()->name().find("TrainingPool") != std::string::npos;
}

struct Both {
  torch::Tensor out, gradient;
};

Both pool_ours(torch::Tensor x, const Case& c) {
  x = x.clone().set_requires_grad(true);
  const torch::Tensor out = fast_max_pool2d(x, c.kernel, c.stride, c.padding, {1, 1}, c.ceil_mode);
  EXPECT_TRUE(pooled_by_us(out));
  out.backward(testing::images(out.sizes(), 2).to(x.scalar_type()));
  return {out, x.grad()};
}

Both pool_stock(torch::Tensor x, const Case& c) {
  x = x.clone().set_requires_grad(true);
  const torch::Tensor out =
      torch::max_pool2d(x, c.kernel, c.stride, c.padding, {1, 1}, c.ceil_mode);
  EXPECT_FALSE(pooled_by_us(out));
  out.backward(testing::images(out.sizes(), 2).to(x.scalar_type()));
  return {out, x.grad()};
}

class EngineMaxPool : public ::testing::TestWithParam<Case> {};

TEST_P(EngineMaxPool, IsBitEqualToStock) {
  // Rounded to quarters, many numbers are equal: the first of them has to win.
  for (const torch::Tensor& x :
       {testing::images(GetParam().sizes), (testing::images(GetParam().sizes) * 4).round() / 4}) {
    const Both ours = pool_ours(x, GetParam()), stock = pool_stock(x, GetParam());
    EXPECT_TRUE(torch::equal(ours.out, stock.out));
    EXPECT_TRUE(torch::equal(ours.gradient, stock.gradient));
    EXPECT_TRUE(ours.out.is_contiguous(at::MemoryFormat::ChannelsLast));
    const torch::NoGradGuard no_grad;
    EXPECT_TRUE(torch::equal(fast_max_pool2d(x, GetParam().kernel, GetParam().stride,
                                             GetParam().padding, {1, 1}, GetParam().ceil_mode),
                             stock.out));
  }
}

TEST_P(EngineMaxPool, OfBfloat16IsBitEqualInWhatItReturns) {
  const torch::Tensor x = testing::images(GetParam().sizes, 4, torch::kBFloat16);
  const Both ours = pool_ours(x, GetParam()), stock = pool_stock(x, GetParam());
  EXPECT_TRUE(torch::equal(ours.out, stock.out));
  // Where windows overlap, sums are rounded once here and several times there.
  EXPECT_LT(testing::difference(ours.gradient, stock.gradient), 1e-2);
}

INSTANTIATE_TEST_SUITE_P(Windows, EngineMaxPool,
                         ::testing::Values(Case{{2, 8, 28, 28}, {2}, {}, {0}},
                                           Case{{3, 16, 13, 12}, {2, 2}, {2, 2}, {0, 0}},
                                           Case{{2, 24, 7, 9}, {2, 2}, {2, 2}, {0, 0}},
                                           Case{{2, 8, 9, 9}, {2, 2}, {}, {0, 0}, true},
                                           Case{{2, 8, 9, 11}, {3, 3}, {2, 2}, {1, 1}},
                                           Case{{2, 24, 9, 10}, {3, 3}, {2, 2}, {0, 0}, true},
                                           Case{{1, 8, 7, 7}, {3, 2}, {1, 3}, {1, 0}, true},
                                           Case{{2, 40, 8, 8}, {8, 8}, {8, 8}, {0, 0}},
                                           Case{{2, 8, 10, 10}, {2, 2}, {3, 3}, {1, 1}},
                                           Case{{1, 8, 20, 20}, {15, 17}, {2, 1}, {7, 8}}));

TEST(EngineMaxPool, InfinitiesAndNaNAsStock) {
  torch::Tensor x = testing::images({2, 8, 6, 6});
  const float infinity = std::numeric_limits<float>::infinity();
  x[0].select(0, 1).fill_(-infinity);
  x[0].select(0, 2).fill_(infinity);
  x[1][3][2][2] = std::nanf("");
  x[1][3][4][5] = infinity;
  for (const Case& window : {Case{{}, {3, 3}, {2, 2}, {1, 1}}, Case{{}, {2, 2}, {2, 2}, {0, 0}}}) {
    const Both ours = pool_ours(x, window), stock = pool_stock(x, window);
    EXPECT_TRUE(torch::equal(ours.out.isnan(), stock.out.isnan()));
    EXPECT_TRUE(torch::equal(ours.out.nan_to_num(7), stock.out.nan_to_num(7)));
    EXPECT_TRUE(torch::equal(ours.gradient, stock.gradient));
  }
}

TEST(EngineMaxPool, GradientsOfGradientsAreStock) {
  const auto second = [](bool ours) {
    torch::Tensor x = testing::images({2, 8, 6, 6}).set_requires_grad(true);
    const torch::Tensor out =
        ours ? fast_max_pool2d(x, {2, 2}, {}, {0, 0}, {1, 1}, false) : torch::max_pool2d(x, {2, 2});
    const auto first = torch::autograd::grad({out.pow(3).sum()}, {x}, {}, true, true)[0];
    return torch::autograd::grad({first.pow(2).sum()}, {x})[0];
  };
  EXPECT_LT(testing::difference(second(true), second(false)), 1e-6);
}

TEST(EngineMaxPool, WhatItDoesNotKnowIsStock) {
  const auto ours = [](torch::Tensor x, at::IntArrayRef kernel, at::IntArrayRef dilation) {
    x.set_requires_grad(true);
    return pooled_by_us(fast_max_pool2d(x, kernel, {1, 1}, {0, 0}, dilation, false));
  };
  EXPECT_TRUE(ours(testing::images({2, 8, 20, 20}), {2, 2}, {1, 1}));
  EXPECT_FALSE(ours(testing::images({2, 8, 20, 20}), {2, 2}, {2, 2}));
  EXPECT_FALSE(ours(testing::images({2, 6, 20, 20}), {2, 2}, {1, 1}));
  EXPECT_FALSE(ours(testing::images({2, 8, 20, 20}).contiguous(), {2, 2}, {1, 1}));
  EXPECT_FALSE(ours(testing::images({2, 8, 20, 20}), {16, 16}, {1, 1}));
  EXPECT_FALSE(ours(testing::images({2, 8, 20, 20})[0], {2, 2}, {1, 1}));
  EXPECT_THROW(ours(testing::images({2, 8, 4, 4}), {5, 5}, {1, 1}), c10::Error);
  EXPECT_THROW(fast_max_pool2d(testing::images({2, 8, 4, 4}), {2, 2}, {}, {2, 2}, {1, 1}, false),
               c10::Error);
}

}  // namespace
}  // namespace gradus::worker::engine
