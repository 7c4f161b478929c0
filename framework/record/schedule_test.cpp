#include "framework/record/schedule.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace gradus {
namespace {

Recipe recipe(const std::string& schedule, double lr, std::int64_t epochs) {
  Recipe made;
  made.epochs = epochs;
  made.optimizer.lr = lr;
  made.schedule.name = schedule;
  return made;
}

/// The rate in the middle of an epoch (counted from 0) of ten steps.
double at_epoch(const Recipe& r, std::int64_t epoch) {
  return learning_rate(r, epoch * 10 + 5, 10);
}

TEST(LearningRate, StepAndExponentialFollowTheirFormulas) {
  Recipe r = recipe("step", 0.01, 35);
  r.schedule.factor = 0.9;
  r.schedule.every = 5;
  for (std::int64_t e = 0; e < 35; ++e) {
    EXPECT_NEAR(at_epoch(r, e), 0.01 * std::pow(0.9, e / 5), 1e-15) << e;
  }
  r.schedule.name = "exponential";
  for (std::int64_t e = 0; e < 35; ++e) {
    EXPECT_NEAR(at_epoch(r, e), 0.01 * std::pow(0.9, static_cast<double>(e)), 1e-15) << e;
  }
}

TEST(LearningRate, AScaledStepDropsAsOftenOverTheRun) {
  Recipe r = recipe("step", 1, 3);  // 30 epochs and every 5, scaled to a tenth
  r.schedule.every = 0.3;
  r.schedule.factor = 0.5;
  EXPECT_DOUBLE_EQ(at_epoch(r, 0), 1);
  EXPECT_DOUBLE_EQ(at_epoch(r, 1), std::pow(0.5, 3));
  r.schedule.every = 0.1;
  r.schedule.per = "step";
  EXPECT_DOUBLE_EQ(learning_rate(r, 3, 10), std::pow(0.5, 3)) << "0.3 / 0.1 rounds below 3";
}

// The figures are those of the lecture: .1 over 200 epochs.
TEST(LearningRate, CosineHasItsFigures) {
  const Recipe r = recipe("cosine", 0.1, 200);
  EXPECT_NEAR(at_epoch(r, 0), 0.1, 1e-15);
  EXPECT_NEAR(at_epoch(r, 50), 0.0853553, 1e-7);
  EXPECT_NEAR(at_epoch(r, 100), 0.05, 1e-15);
  EXPECT_NEAR(at_epoch(r, 150), 0.0146447, 1e-7);
  Recipe half = r;
  half.schedule.period = 100;
  half.schedule.min_lr = 0.02;
  EXPECT_NEAR(at_epoch(half, 50), 0.06, 1e-15);
  EXPECT_NEAR(at_epoch(half, 100), 0.02, 1e-15);
  half.schedule.per = "step";
  EXPECT_NEAR(learning_rate(half, 255, 10), 0.02 + 0.04 * (1 + std::cos(std::numbers::pi * .255)),
              1e-15);
}

TEST(LearningRate, MultiStepDropsAtEachMilestone) {
  Recipe r = recipe("multi_step", 0.1, 150);
  r.schedule.milestones = {120, 140};
  r.schedule.factor = 0.1;
  EXPECT_DOUBLE_EQ(at_epoch(r, 119), 0.1);
  EXPECT_NEAR(at_epoch(r, 120), 0.01, 1e-15);
  EXPECT_NEAR(at_epoch(r, 149), 0.001, 1e-15);
}

TEST(LearningRate, LambdaGoesThroughItsPoints) {
  Recipe r = recipe("lambda", 2, 20);
  r.schedule.milestones = {0, 10, 15};
  r.schedule.factors = {1, 0.5, 0.1};
  EXPECT_DOUBLE_EQ(at_epoch(r, 0), 2);
  EXPECT_DOUBLE_EQ(at_epoch(r, 5), 1.5);
  EXPECT_DOUBLE_EQ(at_epoch(r, 10), 1);
  EXPECT_DOUBLE_EQ(at_epoch(r, 19), 0.2);
  r.schedule.interpolate = "step";
  EXPECT_DOUBLE_EQ(at_epoch(r, 9), 2);
  EXPECT_DOUBLE_EQ(at_epoch(r, 10), 1);
}

TEST(LearningRate, OneCycleRisesAndFallsToItsEnd) {
  Recipe r = recipe("one_cycle", 0.2, 10);
  r.schedule.rise = 0.2;
  r.schedule.start = 0;
  EXPECT_DOUBLE_EQ(learning_rate(r, 0, 10), 0);
  EXPECT_DOUBLE_EQ(learning_rate(r, 10, 10), 0.1);
  EXPECT_DOUBLE_EQ(learning_rate(r, 20, 10), 0.2);
  EXPECT_NEAR(learning_rate(r, 99, 10), 0, 1e-15);
  EXPECT_NEAR(learning_rate(r, 60, 10), 0.2 * (1 - 40.0 / 79), 1e-15);
  r.schedule.anneal = "cosine";
  EXPECT_DOUBLE_EQ(learning_rate(r, 10, 10), 0.1);
  EXPECT_NEAR(learning_rate(r, 5, 10), 0.2 * (1 - std::cos(std::numbers::pi / 4)) / 2, 1e-15);
}

TEST(LearningRate, WarmUpIsLinearInSteps) {
  Recipe r = recipe("constant", 0.1, 10);
  r.schedule.warmup = 2;
  r.schedule.warmup_from = 0.5;
  EXPECT_DOUBLE_EQ(learning_rate(r, 0, 10), 0.05);
  EXPECT_DOUBLE_EQ(learning_rate(r, 10, 10), 0.075);
  EXPECT_DOUBLE_EQ(learning_rate(r, 20, 10), 0.1);
}

TEST(EpochJudge, StopsAfterPatienceWithoutGain) {
  Recipe r = recipe("constant", 0.1, 10);
  r.early_stop.patience = 2;
  EpochJudge judge(r);
  const std::vector<double> accuracies = {0.5, 0.6, 0.6, 0.59};
  for (std::size_t i = 0; i < accuracies.size(); ++i) {
    EXPECT_FALSE(judge.stop()) << i;
    judge.take(1.0 / static_cast<double>(i + 1), accuracies[i]);
  }
  EXPECT_TRUE(judge.stop());
  r.early_stop.monitor = "val_loss";  // which falls all the time
  EpochJudge other(r);
  for (const double accuracy : accuracies) other.take(1 - accuracy, accuracy);
  EXPECT_TRUE(other.stop()) << "equal losses are no gain";
  r.early_stop.min_delta = 0.2;
  EpochJudge strict(r);
  for (const double accuracy : {0.5, 0.55, 0.6}) strict.take(1 - accuracy, accuracy);
  EXPECT_TRUE(strict.stop()) << "gains of less than min_delta count as none";
  r.early_stop.patience = 0;
  EpochJudge never(r);
  for (int i = 0; i < 100; ++i) never.take(1, 0.1);
  EXPECT_FALSE(never.stop());
}

TEST(EpochJudge, APlateauLowersTheRate) {
  Recipe r = recipe("plateau", 1, 20);
  r.schedule.patience = 1;
  r.schedule.factor = 0.5;
  r.schedule.min_lr = 0.2;
  EpochJudge judge(r);
  std::vector<double> rates;
  for (const double loss : {2.0, 1.0, 1.0, 1.0, 0.9, 0.95, 0.95, 0.95, 0.95, 0.95, 0.95}) {
    judge.take(loss, 0);
    rates.push_back(learning_rate(r, 0, 10, judge.plateau_factor()));
  }
  EXPECT_EQ(rates, (std::vector<double>{1, 1, 1, .5, .5, .5, .25, .25, .2, .2, .2}));
}

}  // namespace
}  // namespace gradus
