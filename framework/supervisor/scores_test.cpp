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

TEST(MeanOf, IsTheMeanOfTheProbabilities) {
  const Logits a{1, 2, {std::log(0.9F), std::log(0.1F)}}, b{1, 2, {std::log(0.2F), std::log(0.8F)}};
  const Logits mean = mean_of(a, b);
  EXPECT_NEAR(std::exp(mean.values[0]), 0.55, 1e-6);
  EXPECT_NEAR(std::exp(mean.values[1]), 0.45, 1e-6);
  EXPECT_EQ(predicted_class(mean.row(0)), 0) << "0.55 of the first";
  // Adding a constant to a row changes no probability.
  const Logits moved{1, 2, {a.values[0] + 50, a.values[1] + 50}};
  EXPECT_NEAR(mean_of(moved, b).values[0], mean.values[0], 1e-5);
}

TEST(MeanOf, EqualAnswersStayWhatTheyAre) {
  const Logits logits{2, 3, {1, -2, 0.5F, 30, 0, -30}};
  const Labels labels = {0, 2};
  EXPECT_NEAR(mean_loss(mean_of(logits, logits), labels), mean_loss(logits, labels), 1e-5);
  EXPECT_EQ(accuracy(mean_of(logits, logits), labels), accuracy(logits, labels));
}

// By the inequality of arithmetic and geometric means, whatever the answers.
TEST(MeanOf, ItsLossIsNeverAboveTheMeanOfTheLosses) {
  std::vector<float> one, other;
  Labels labels;
  std::uint32_t state = 1;
  const auto draw = [&] {
    state = state * 1664525U + 1013904223U;
    return static_cast<float>(state >> 8U) / 16777216.0F * 12 - 6;
  };
  for (int i = 0; i < 200; ++i) {
    for (int k = 0; k < 4; ++k) {
      one.push_back(draw());
      other.push_back(draw());
    }
    labels.push_back(static_cast<std::uint8_t>(i % 4));
  }
  const Logits a{200, 4, one}, b{200, 4, other};
  EXPECT_LT(mean_loss(mean_of(a, b), labels), (mean_loss(a, labels) + mean_loss(b, labels)) / 2);
}

TEST(MeanOf, StaysFinite) {
  const Logits a{1, 2, {1e38F, -1e38F}}, b{1, 2, {1e38F, -1e38F}};
  EXPECT_TRUE(mean_of(a, b).finite());
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
