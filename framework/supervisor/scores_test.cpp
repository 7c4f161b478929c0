#include "framework/supervisor/scores.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace gradus::supervisor {
namespace {

using Labels = std::vector<std::uint8_t>;

TEST(Scores, CrossEntropyOfEqualOutputsIsLogK) {
  const std::vector<float> row(10, 3.5F);
  EXPECT_NEAR(cross_entropy(row, 4), std::log(10.0), 1e-12);
}

TEST(Scores, CrossEntropyDoesNotOverflow) {
  const std::vector<float> row = {1e38F, -1e38F};
  EXPECT_NEAR(cross_entropy(row, 0), 0, 1e-12);
  EXPECT_NEAR(cross_entropy(row, 1) / 2e38, 1, 1e-6);
}

TEST(Scores, CountsAccuracyConfusionAndCalibration) {
  const Logits logits{3, 2, {5, 0, 0, 5, 5, 0}};  // predictions 0, 1, 0
  const SplitScore result = score(logits, Labels{0, 1, 1});
  EXPECT_DOUBLE_EQ(result.accuracy, 2.0 / 3);
  EXPECT_THAT(result.confusion[0], testing::ElementsAre(1, 0));
  EXPECT_THAT(result.confusion[1], testing::ElementsAre(1, 1));
  ASSERT_EQ(result.calibration.size(), 10U);
  EXPECT_EQ(result.calibration[9].count, 3);  // all are 99 % sure
  EXPECT_NEAR(result.calibration[9].accuracy, 2.0 / 3, 1e-12);
  EXPECT_NEAR(result.calibration[9].confidence, 1 / (1 + std::exp(-5.0)), 1e-9);
  EXPECT_EQ(result.calibration[0].count, 0);
  // Two right answers cost log(1 + e^-5), the wrong one 5 more.
  EXPECT_NEAR(result.loss, std::log1p(std::exp(-5.0)) + 5.0 / 3, 1e-9);
}

TEST(Scores, TiesGoToTheFirstClass) { EXPECT_EQ(predicted_class(std::vector<float>{1, 2, 2}), 1); }

TEST(Scores, SeesNonFiniteOutputs) {
  Logits logits{1, 2, {0, std::numeric_limits<float>::infinity()}};
  EXPECT_FALSE(logits.finite());
  logits.values[1] = std::nanf("");
  EXPECT_FALSE(logits.finite());
  logits.values[1] = 1;
  EXPECT_TRUE(logits.finite());
}

TEST(Scores, MistakesComeMostConfidentFirstAndAreCapped) {
  const Logits logits{4, 2, {1, 0, 0, 3, 2, 0, 0, 9}};  // predictions 0, 1, 0, 1
  const auto wrong = mistakes(logits, Labels{1, 0, 1, 1}, 2);
  ASSERT_EQ(wrong.size(), 2U);
  EXPECT_EQ(wrong[0].index, 1U);
  EXPECT_EQ(wrong[0].label, 0);
  EXPECT_EQ(wrong[0].prediction, 1);
  EXPECT_EQ(wrong[1].index, 2U);
}

}  // namespace
}  // namespace gradus::supervisor
