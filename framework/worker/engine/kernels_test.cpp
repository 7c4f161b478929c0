#include "framework/worker/engine/kernels.hpp"

#include <gtest/gtest.h>
#include <torch/nn/functional/pooling.h>
#include <torch/types.h>

#include <cstring>
#include <limits>
#include <vector>

#include "framework/worker/engine/engine.hpp"
#include "framework/worker/engine/testing.hpp"

namespace gradus::worker::engine {
namespace {

std::vector<const KernelTable*> tables() {
  std::vector<const KernelTable*> found = {&kBaselineKernels};
  if (&kernels() != found[0]) found.push_back(&kernels());
  return found;
}

TEST(Kernels, RoundToBfloat16AsLibTorchDoes) {
  // Every upper half with a few lower halves: ties, neighbours of ties, infinities, NaN.
  std::vector<float> numbers;
  for (std::uint32_t upper = 0; upper < 65536; ++upper) {
    for (const std::uint32_t lower : {0U, 1U, 0x7fffU, 0x8000U, 0x8001U, 0xffffU}) {
      const std::uint32_t bits = upper << 16 | lower;
      float number = 0;
      std::memcpy(&number, &bits, sizeof number);
      numbers.push_back(number);
    }
  }
  const auto count = static_cast<std::int64_t>(numbers.size());
  const torch::Tensor wanted =
      torch::from_blob(numbers.data(), {count}).to(torch::kBFloat16).to(torch::kFloat32);
  const std::vector<float> one(8, 1.0F), none(8, 0.0F);
  for (const KernelTable* table : tables()) {
    // Pooling with windows of one pixel is a copy; affine goes through single precision.
    torch::Tensor in = torch::from_blob(numbers.data(), {count}).to(torch::kBFloat16);
    torch::Tensor out = torch::empty_like(in);
    table->bfloat16.affine(static_cast<const std::uint16_t*>(in.const_data_ptr()), count / 8, 8,
                           one.data(), none.data(),
                           static_cast<std::uint16_t*>(out.mutable_data_ptr()));
    const torch::Tensor found = out.to(torch::kFloat32);
    EXPECT_TRUE(torch::equal(found.isnan(), wanted.isnan())) << table->name;
    EXPECT_TRUE(torch::equal(found.nan_to_num(), wanted.nan_to_num())) << table->name;
  }
}

TEST(Kernels, RoundSumsToNearestEven) {
  // 1 + n / 256 lies halfway between two bfloat16 numbers where n is odd.
  const std::vector<float> scale(8, 1.0F);
  for (const KernelTable* table : tables()) {
    for (int n = 0; n < 64; ++n) {
      const std::vector<float> shift(8, static_cast<float>(n) / 256);
      const std::vector<std::uint16_t> in(8, 0x3f80);  // 1
      std::vector<std::uint16_t> out(8);
      table->bfloat16.affine(in.data(), 1, 8, scale.data(), shift.data(), out.data());
      const float wanted = static_cast<float>(c10::BFloat16(1 + static_cast<float>(n) / 256));
      EXPECT_EQ(static_cast<float>(c10::BFloat16(out[3], c10::BFloat16::from_bits())), wanted)
          << table->name << " " << n;
    }
  }
}

TEST(Kernels, BothTablesSumAlike) {
  const torch::Tensor x = testing::images({5, 24, 11, 13});
  const std::vector<float> around(24, .5F);
  std::vector<std::vector<double>> sums;
  for (const KernelTable* table : tables()) {
    std::vector<double> sum(24), square(24);
    table->single.moments(x.const_data_ptr<float>(), 5 * 11 * 13, 24, around.data(), sum.data(),
                          square.data());
    const torch::Tensor wide = x.to(torch::kFloat64).sub(.5);
    for (std::int64_t c = 0; c < 24; ++c) {
      const auto i = static_cast<std::size_t>(c);
      EXPECT_NEAR(sum[i], wide.select(1, c).sum().item<double>(), 1e-3) << table->name;
      EXPECT_NEAR(square[i], wide.select(1, c).square().sum().item<double>(), 1e-3) << table->name;
    }
  }
}

// Last in the program's order: what is put into the dispatcher stays there.
TEST(KernelsInstalled, AnswerForModulesOfAPlugin) {
  // A program of its own: a fork of this one would lack LibTorch's threads, which it waits for.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const torch::Tensor x = testing::images({2, 8, 6, 6}).set_requires_grad(true);
  const auto pooled = [&] {
    return torch::nn::functional::max_pool2d(x, torch::nn::functional::MaxPool2dFuncOptions(2))
        .grad_fn()
        ->name();
  };
  const auto normalised = [&] {
    return torch::batch_norm(x, {}, {}, {}, {}, true, .1, 1e-5, false).grad_fn()->name();
  };
  EXPECT_EQ(pooled().find("TrainingPool"), std::string::npos);
  EXPECT_EQ(normalised().find("TrainingNorm"), std::string::npos);
  ASSERT_EXIT(
      {
        install_kernels();
        install_kernels();  // twice does no harm
        const bool ours = pooled().find("TrainingPool") != std::string::npos &&
                          normalised().find("TrainingNorm") != std::string::npos;
        std::_Exit(ours ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace gradus::worker::engine
