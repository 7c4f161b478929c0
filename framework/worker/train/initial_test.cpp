#include "framework/worker/train/initial.hpp"

#include <gtest/gtest.h>
#include <torch/nn/init.h>
#include <torch/types.h>

#include <cmath>

namespace gradus::worker {
namespace {

struct Case {
  const char* name;
  double variance;  ///< for the weight below
  bool uniform;
};
void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

// n_in = 16·5·5 = 400, n_out = 32·5·5 = 800.
torch::Tensor weight() { return torch::zeros({32, 16, 5, 5}); }

class Initialiser : public testing::TestWithParam<Case> {};

TEST_P(Initialiser, HasItsVarianceAndForm) {
  torch::Tensor w = weight();
  draw_weight(w, GetParam().name, 5, 0);
  const auto n = static_cast<double>(w.numel());
  const double wanted = GetParam().variance;
  EXPECT_NEAR(w.mean().item<double>(), 0, 5 * std::sqrt(wanted / n));
  // The deviation of a sample's variance is at most σ²√(2/N), that of a normal one.
  EXPECT_NEAR(w.pow(2).mean().item<double>(), wanted, 5 * wanted * std::sqrt(2 / n));
  const double largest = w.abs().max().item<double>();
  if (GetParam().uniform) {
    EXPECT_LE(largest, std::sqrt(3 * wanted) * (1 + 1e-6));
    EXPECT_GT(largest, std::sqrt(3 * wanted) * 0.99);
  } else {
    EXPECT_GT(largest, std::sqrt(wanted) * 3);
    // A normal sample has 31.7 % beyond one deviation.
    const double beyond = w.abs().gt(std::sqrt(wanted)).to(torch::kFloat64).mean().item<double>();
    EXPECT_NEAR(beyond, 0.3173, 5 * std::sqrt(0.3173 * 0.6827 / n));
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, Initialiser,
    testing::Values(Case{"lecun_normal", 1.0 / 400, false}, Case{"lecun_uniform", 1.0 / 400, true},
                    Case{"xavier_normal", 2.0 / 1200, false},
                    Case{"xavier_uniform", 2.0 / 1200, true}, Case{"he_normal", 2.0 / 400, false},
                    Case{"he_uniform", 2.0 / 400, true}, Case{"he_out_normal", 2.0 / 800, false},
                    Case{"he_out_uniform", 2.0 / 800, true}, Case{"pytorch", 1.0 / 1200, true}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Initialisers, EachNameHasACase) { EXPECT_EQ(initialiser_names().size(), 9U + 1); }

TEST(Initialisers, CountInputsAsTorchDoes) {
  for (const torch::Tensor& w : {weight(), torch::zeros({10, 84})}) {
    const auto [in, out] = torch::nn::init::_calculate_fan_in_and_fan_out(w);
    EXPECT_EQ(fan_of(w).in, static_cast<double>(in));
    EXPECT_EQ(fan_of(w).out, static_cast<double>(out));
  }
}

TEST(Initialisers, DependOnSeedAndPlaceAndNotOnTheMemoryFormat) {
  torch::Tensor a = weight(), b = weight().contiguous(at::MemoryFormat::ChannelsLast);
  draw_weight(a, "he_normal", 5, 0);
  draw_weight(b, "he_normal", 5, 0);
  EXPECT_TRUE(a.equal(b));
  draw_weight(b, "he_normal", 6, 0);
  EXPECT_FALSE(a.equal(b));
  draw_weight(b, "he_normal", 5, 2);
  EXPECT_FALSE(a.equal(b));
}

}  // namespace
}  // namespace gradus::worker
