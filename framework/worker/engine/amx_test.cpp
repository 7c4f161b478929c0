#include "framework/worker/engine/amx.hpp"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/types.h>

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

}  // namespace
}  // namespace gradus::worker::engine
