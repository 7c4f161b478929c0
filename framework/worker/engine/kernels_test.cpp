#include "framework/worker/engine/kernels.hpp"

#include <gtest/gtest.h>
#include <torch/nn/functional/pooling.h>
#include <torch/types.h>

#include <cstring>
#include <string>
#include <vector>

#include "framework/worker/engine/amx.hpp"
#include "framework/worker/engine/engine.hpp"
#include "framework/worker/engine/testing.hpp"

namespace gradus::worker::engine {

extern const AmxKernels kEmulatedKernels;

namespace {

/// All that this machine can run, from the plainest to the widest.
std::vector<const KernelTable*> tables() {
  std::vector<const KernelTable*> found = {&kBaselineKernels};
  for (const std::int64_t channels : {8, 16}) {
    if (&kernels(channels) != found.back()) found.push_back(&kernels(channels));
  }
  return found;
}

/// One number for each channel of the narrowest images that a table takes.
template <class Number>
std::vector<Number> each(const KernelTable& table, Number number) {
  return std::vector<Number>(static_cast<std::size_t>(table.lanes), number);
}

TEST(Kernels, TheWidestThatFits) {
  EXPECT_EQ(&kernels(16) == &kernels(8), !has_avx512());
  EXPECT_EQ(&kernels(24), &kernels(8));
  EXPECT_EQ(&kernels(48), &kernels(16));
  for (const KernelTable* table : tables()) {
    EXPECT_EQ(table->lanes, std::string(table->name) == "avx512" ? 16 : 8) << table->name;
  }
  const WithAmxKernels none(nullptr);
  const std::string single = multiplies_bfloat16() ? "" : ", bfloat16 computed in float32";
  EXPECT_EQ(kernel_name(), tables().back()->name + single);
}

TEST(Kernels, NamesTheMatrixUnit) {
  const WithAmxKernels some(&kEmulatedKernels);
  EXPECT_EQ(kernel_name(), std::string(tables().back()->name) + ", amx in bfloat16");
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
  for (const KernelTable* table : tables()) {
    // affine goes through single precision.
    torch::Tensor in = torch::from_blob(numbers.data(), {count}).to(torch::kBFloat16);
    torch::Tensor out = torch::empty_like(in);
    table->bfloat16.affine(static_cast<const std::uint16_t*>(in.const_data_ptr()),
                           count / table->lanes, table->lanes, each(*table, 1.0F).data(),
                           each(*table, 0.0F).data(),
                           static_cast<std::uint16_t*>(out.mutable_data_ptr()));
    const torch::Tensor found = out.to(torch::kFloat32);
    EXPECT_TRUE(torch::equal(found.isnan(), wanted.isnan())) << table->name;
    EXPECT_TRUE(torch::equal(found.nan_to_num(), wanted.nan_to_num())) << table->name;
  }
}

TEST(Kernels, RoundSumsToNearestEven) {
  // 1 + n / 256 lies halfway between two bfloat16 numbers where n is odd.
  for (const KernelTable* table : tables()) {
    for (int n = 0; n < 64; ++n) {
      const auto in = each<std::uint16_t>(*table, 0x3f80);  // 1
      auto out = each<std::uint16_t>(*table, 0);
      table->bfloat16.affine(in.data(), 1, table->lanes, each(*table, 1.0F).data(),
                             each(*table, static_cast<float>(n) / 256).data(), out.data());
      const float wanted = static_cast<float>(c10::BFloat16(1 + static_cast<float>(n) / 256));
      EXPECT_EQ(static_cast<float>(c10::BFloat16(out[3], c10::BFloat16::from_bits())), wanted)
          << table->name << " " << n;
    }
  }
}

TEST(Kernels, AllTablesSumAlike) {
  constexpr std::int64_t kChannels = 48;
  const torch::Tensor x = testing::images({5, kChannels, 11, 13});
  const std::vector<float> around(kChannels, .5F);
  for (const KernelTable* table : tables()) {
    std::vector<double> sum(kChannels), square(kChannels);
    table->single.moments(x.const_data_ptr<float>(), 5 * 11 * 13, kChannels, around.data(),
                          sum.data(), square.data());
    const torch::Tensor wide = x.to(torch::kFloat64).sub(.5);
    for (std::int64_t c = 0; c < kChannels; ++c) {
      const auto i = static_cast<std::size_t>(c);
      EXPECT_NEAR(sum[i], wide.select(1, c).sum().item<double>(), 1e-3) << table->name;
      EXPECT_NEAR(square[i], wide.select(1, c).square().sum().item<double>(), 1e-3) << table->name;
    }
  }
}

/// Fewer numbers than a vector, whole vectors, and some more; the number behind them stays.
TEST(Kernels, WorkOnNumbersToTheLastAndNoFurther) {
  for (const KernelTable* table : tables()) {
    for (std::size_t count = 0; count < 40; ++count) {
      std::vector<float> a(count + 1), b(count + 1), sum(count + 1, 7), positive(count + 1, 7),
          passed(count + 1, 7);
      for (std::size_t i = 0; i < count; ++i) {
        a[i] = static_cast<float>(i) - 9;
        b[i] = 100 + static_cast<float>(i);
      }
      const auto n = static_cast<std::int64_t>(count);
      table->single.add(a.data(), b.data(), n, sum.data());
      table->single.rectify(a.data(), n, positive.data());
      table->single.rectify_gradient(b.data(), a.data(), n, passed.data());
      for (std::size_t i = 0; i < count; ++i) {
        EXPECT_EQ(sum[i], a[i] + b[i]) << table->name << " " << count;
        EXPECT_EQ(positive[i], a[i] > 0 ? a[i] : 0) << table->name << " " << count;
        EXPECT_EQ(passed[i], a[i] > 0 ? b[i] : 0) << table->name << " " << count;
      }
      EXPECT_EQ(sum[count] + positive[count] + passed[count], 21) << table->name << " " << count;
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
  // Replaced, below autograd: names and gradients stay LibTorch's.
  const auto rectified = [&] {
    const torch::Tensor image = testing::images({2, 8, 32, 32}).set_requires_grad(true);
    const torch::Tensor y = torch::relu(image);
    (y + y).sum().backward();
    return y.grad_fn()->name() == "ReluBackward0" &&
           torch::equal(image.grad(), 2 * (image.detach() > 0).to(torch::kFloat32));
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
        const bool ours = rectified() && pooled().find("TrainingPool") != std::string::npos &&
                          normalised().find("TrainingNorm") != std::string::npos;
        std::_Exit(ours ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace gradus::worker::engine
