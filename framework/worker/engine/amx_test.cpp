#include "framework/worker/engine/amx.hpp"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/types.h>

#include <cmath>
#include <optional>
#include <tuple>
#include <vector>

#include "framework/worker/engine/convolution_testing.hpp"

namespace gradus::worker::engine {

extern const AmxKernels kEmulatedKernels;

namespace {

/// A leaf whose numbers bfloat16 can hold.
torch::Tensor half_leaf(const torch::Tensor& tensor, torch::ScalarType type) {
  return leaf(tensor.to(torch::kBFloat16), type);
}

Passes compute_on_unit(const Window& c, bool fast, torch::ScalarType type) {
  const torch::Tensor x = half_leaf(testing::images(c.sizes), type);
  const torch::Tensor w = half_leaf(weight_of(c), type);
  const torch::Tensor b = half_leaf(torch::linspace(-1, 1, c.out), type);
  const std::optional<torch::Tensor> bias = c.bias ? std::optional(b) : std::nullopt;
  const torch::Tensor out =
      fast ? call_fast(x, w, bias, c.pad, c.stride)
           : torch::conv2d(x, w, bias.value_or(torch::Tensor()), c.stride, c.pad);
  EXPECT_EQ(went_through(out, "AmxConvolution"), fast);
  out.backward(testing::images(out.sizes(), 3).to(torch::kBFloat16).to(type));
  return {out, x.grad(), w.grad(), b.grad()};
}

/// What computes: the loops that stand in for the unit, or the unit.
class EngineAmx : public ::testing::TestWithParam<std::tuple<bool, Window>> {
 protected:
  void SetUp() override {
    if (on_unit() && amx_kernels() == nullptr) GTEST_SKIP() << "this machine has no matrix unit";
    if (!on_unit()) emulated_.emplace(&kEmulatedKernels);
  }
  static bool on_unit() { return std::get<0>(GetParam()); }
  static const Window& window() { return std::get<1>(GetParam()); }

 private:
  std::optional<WithAmxKernels> emulated_;
};

// Sums in single precision, rounded once to bfloat16: half a unit of the last place.
TEST_P(EngineAmx, AgreesWithDoublePrecision) {
  const Passes ours = compute_on_unit(window(), true, torch::kBFloat16);
  const Passes exact = compute_on_unit(window(), false, torch::kFloat64);
  const auto agree = [](const torch::Tensor& a, const torch::Tensor& b) {
    EXPECT_EQ(a.scalar_type(), torch::kBFloat16);
    EXPECT_EQ(a.sizes(), b.sizes());
    EXPECT_LT(testing::difference(a, b), 4e-3);
  };
  agree(ours.out, exact.out);
  agree(ours.dx, exact.dx);
  agree(ours.dw, exact.dw);
  if (window().bias) agree(ours.db, exact.db);
  EXPECT_TRUE(ours.out.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(ours.dx.is_contiguous(at::MemoryFormat::ChannelsLast));
}

TEST_P(EngineAmx, ImagesDoNotDependOnThreadsOrNeighbours) {
  const Window& c = window();
  const torch::Tensor x = testing::images(c.sizes, 1, torch::kBFloat16);
  const torch::Tensor w = weight_of(c).to(torch::kBFloat16);
  const torch::NoGradGuard no_grad;
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const torch::Tensor one = call_fast(x, w, std::nullopt, c.pad, c.stride);
  at::set_num_threads(3);
  EXPECT_TRUE(torch::equal(one, call_fast(x, w, std::nullopt, c.pad, c.stride)));
  at::set_num_threads(threads);
  const std::int64_t last = x.size(0) - 1;
  const torch::Tensor alone = x.narrow(0, last, 1).contiguous(at::MemoryFormat::ChannelsLast);
  EXPECT_TRUE(
      torch::equal(one.narrow(0, last, 1), call_fast(alone, w, std::nullopt, c.pad, c.stride)));
}

TEST_P(EngineAmx, APixelThatIsNoNumberSpoilsWhatSeesIt) {
  const Window& c = window();
  torch::Tensor x = testing::images(c.sizes, 1, torch::kBFloat16);
  x.select(0, 0).select(1, c.sizes[2] / 2).select(1, c.sizes[3] - 1).fill_(NAN);
  const torch::Tensor w = weight_of(c).to(torch::kBFloat16);
  const torch::NoGradGuard no_grad;
  const torch::Tensor ours = call_fast(x, w, std::nullopt, c.pad, c.stride);
  EXPECT_TRUE(torch::equal(ours.isnan(), torch::conv2d(x, w, {}, c.stride, c.pad).isnan()));
}

// Both set the unit's registers up: neither may rely on what it left there.
TEST_P(EngineAmx, TakesTurnsWithLibTorchs) {
  const Window& c = window();
  const torch::Tensor x = testing::images(c.sizes, 1, torch::kBFloat16);
  const torch::Tensor w = weight_of(c).to(torch::kBFloat16);
  const torch::NoGradGuard no_grad;
  const torch::Tensor stock = torch::conv2d(x, w, {}, c.stride, c.pad);
  const torch::Tensor ours = call_fast(x, w, std::nullopt, c.pad, c.stride);
  EXPECT_TRUE(torch::equal(stock, torch::conv2d(x, w, {}, c.stride, c.pad)));
  EXPECT_TRUE(torch::equal(ours, call_fast(x, w, std::nullopt, c.pad, c.stride)));
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, EngineAmx,
    ::testing::Combine(
        ::testing::Bool(),
        ::testing::Values(
            Window{{2, 16, 32, 32}, 16}, Window{{3, 32, 16, 16}, 32, 1, true},
            Window{{5, 64, 8, 8}, 64}, Window{{2, 16, 32, 32}, 32, 1, false, 3, 2},
            Window{{2, 32, 15, 13}, 16, 1, true, 3, 2}, Window{{1, 48, 9, 21}, 80, 0},
            Window{{2, 16, 8, 8}, 32, 0, false, 1, 2}, Window{{2, 16, 7, 9}, 16, 0, false, 1},
            Window{{2, 32, 11, 17}, 16, 2, false, 5}, Window{{1, 16, 12, 14}, 16, 0, false, 2, 2},
            Window{{1, 16, 12, 19}, 16, 2, false, 3, 3}, Window{{3, 16, 6, 5}, 48, 3, false, 4},
            Window{{1, 16, 17, 40}, 16, 3, true, 7, 4},
            Window{{1, 16, 23, 14}, 16, 1, false, 2, 3})));

class EngineAmxOnAnyMachine : public ::testing::Test {
 protected:
  static torch::Tensor halves(at::IntArrayRef sizes, std::int64_t seed = 1) {
    return testing::images(sizes, seed, torch::kBFloat16);
  }

 private:
  WithAmxKernels emulated_{&kEmulatedKernels};
};

TEST_F(EngineAmxOnAnyMachine, LeavesOtherCasesToOthers) {
  const torch::Tensor x = halves({2, 16, 8, 8}).set_requires_grad(true);
  const torch::Tensor w = halves({16, 16, 3, 3}, 2);
  const auto ours = [](const torch::Tensor& out) { return went_through(out, "AmxConvolution"); };
  EXPECT_TRUE(ours(call_fast(x, w, std::nullopt, 1)));
  EXPECT_FALSE(ours(call_fast(x, w, std::nullopt, 2, 1, 2))) << "dilation";
  EXPECT_FALSE(ours(call_fast(x, halves({16, 8, 3, 3}), std::nullopt, 1, 1, 1, 2))) << "groups";
  EXPECT_FALSE(ours(call_fast(x, halves({24, 16, 3, 3}), std::nullopt, 1))) << "outputs";
  EXPECT_FALSE(ours(call_fast(halves({2, 24, 8, 8}).set_requires_grad(true), halves({16, 24, 3, 3}),
                              std::nullopt, 1)))
      << "inputs";
  EXPECT_FALSE(ours(call_fast(x, w, std::nullopt, 1, 4))) << "two results in a row";
  EXPECT_FALSE(ours(call_fast(x.contiguous(), w, std::nullopt, 1))) << "contiguous";
  EXPECT_FALSE(ours(call_fast(testing::images({2, 16, 8, 8}).set_requires_grad(true),
                              testing::images({16, 16, 3, 3}, 2), std::nullopt, 1)))
      << "float32";
  const torch::Tensor many = halves({1, 512, 4, 4}).set_requires_grad(true);
  EXPECT_FALSE(ours(call_fast(many, halves({512, 512, 3, 3}), std::nullopt, 1))) << "many weights";
  const std::vector<c10::SymInt> strides = {1, 2}, ones = {1, 1};
  EXPECT_FALSE(ours(fast_conv2d(x, w, std::nullopt, strides, ones, ones, 1))) << "two strides";
  EXPECT_THROW(call_fast(x, w.to(torch::kFloat32), std::nullopt, 1), c10::Error) << "two formats";
  EXPECT_THROW(call_fast(x, halves({16, 32, 3, 3}), std::nullopt, 1), c10::Error);
  EXPECT_THROW(call_fast(halves({1, 16, 2, 8}), halves({16, 16, 5, 5}), std::nullopt, 1),
               c10::Error)
      << "a window that is larger than the image";
}

TEST_F(EngineAmxOnAnyMachine, WeightsOfAnyLayoutAndFrozenOnes) {
  const torch::Tensor x = halves({2, 16, 8, 8}), w = halves({32, 16, 3, 3}, 2);
  const torch::Tensor plain = leaf(w.contiguous(), torch::kBFloat16);
  const torch::Tensor images = leaf(w, torch::kBFloat16);
  const torch::Tensor out = call_fast(x, plain, std::nullopt, 1);
  out.sum().backward();
  call_fast(x, images, std::nullopt, 1).sum().backward();
  EXPECT_TRUE(torch::equal(out, call_fast(x, w, std::nullopt, 1)));
  EXPECT_EQ(plain.grad().strides(), plain.strides());
  EXPECT_TRUE(torch::equal(plain.grad(), images.grad()));
  const torch::Tensor input = leaf(x, torch::kBFloat16);
  call_fast(input, w, std::nullopt, 1).sum().backward();
  EXPECT_TRUE(input.grad().defined());
}

TEST_F(EngineAmxOnAnyMachine, CanBeDifferentiatedTwice) {
  const auto twice = [&](bool fast, torch::ScalarType type) {
    const torch::Tensor x = half_leaf(testing::images({1, 16, 6, 6}), type);
    const torch::Tensor w = half_leaf(testing::images({16, 16, 3, 3}, 2) / 8, type);
    const torch::Tensor y = fast ? call_fast(x, w, std::nullopt, 1) : torch::conv2d(x, w, {}, 1, 1);
    const auto first = torch::autograd::grad({y.pow(2).sum()}, {x}, {}, true, true);
    first[0].pow(2).sum().backward();
    return w.grad();
  };
  EXPECT_LT(testing::difference(twice(true, torch::kBFloat16), twice(false, torch::kFloat64)), .05);
}

}  // namespace
}  // namespace gradus::worker::engine
