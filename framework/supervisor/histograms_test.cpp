#include "framework/supervisor/histograms.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numeric>

namespace gradus::supervisor {
namespace {

Tensor tensor(const std::string& name, std::vector<std::int64_t> shape,
              const std::vector<float>& values, const std::string& kind = "parameter") {
  Tensor made{name, kind, "float32", std::move(shape), {}};
  made.bytes.resize(values.size() * sizeof(float));
  std::memcpy(made.bytes.data(), values.data(), made.bytes.size());
  return made;
}

TEST(WeightHistograms, CountEveryWeightOnceBetweenTheLargest) {
  Weights weights;
  weights.tensors = {tensor("fc.weight", {2, 3}, {-2, -1.99F, 0, 0.0005F, 1, 2})};
  const Json one = weight_histograms(weights)["tensors"].at(0);
  EXPECT_EQ(one["name"], "fc.weight");
  EXPECT_EQ(one["low"], -2.0);
  EXPECT_EQ(one["high"], 2.0);
  const auto counts = one["counts"].get<std::vector<std::int64_t>>();
  EXPECT_EQ(counts.size(), 64U);
  EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}), 6);
  EXPECT_EQ(counts.front(), 2) << "-2 and -1.99";
  EXPECT_EQ(counts[32], 2) << "0 and 0.0005";
  EXPECT_EQ(counts.back(), 1) << "2 itself";
  EXPECT_DOUBLE_EQ(one["near_zero"].get<double>(), 2.0 / 6);
}

TEST(WeightHistograms, LeaveOutWhatIsNoWeightAndWhatIsNotFinite) {
  Weights weights;
  weights.tensors = {tensor("fc.bias", {2}, {1, 2}), tensor("mean", {1, 2}, {1, 2}, "buffer"),
                     tensor("burst.weight", {1, 2}, {1, std::nanf("")}),
                     tensor("zero.weight", {1, 2}, {0, 0})};
  const Json tensors = weight_histograms(weights)["tensors"];
  ASSERT_EQ(tensors.size(), 1U);
  EXPECT_EQ(tensors[0]["name"], "zero.weight");
  EXPECT_EQ(tensors[0]["near_zero"], 1.0);
}

}  // namespace
}  // namespace gradus::supervisor
