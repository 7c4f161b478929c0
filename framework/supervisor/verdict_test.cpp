// What the supervisor decides between epochs: early stopping, plateaus, which weights are graded.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/supervisor/testing/fixture.hpp"

namespace gradus::supervisor {
namespace {

using testing::HasSubstr;

class Verdicts : public ::testing::Test {
 protected:
  RunRecord record(const RunPlan& plan) {
    auto made = fake::run(installation_, plan, 2000);
    EXPECT_TRUE(made.ok()) << made.error().text();
    return made.ok() ? *made : RunRecord{};
  }
  /// Best in epoch 2, worse and constant from then on.
  RunPlan overtraining(std::int64_t epochs) {
    RunPlan plan = installation_.plan("overtrains");
    plan.recipe.epochs = epochs;
    return plan;
  }

  fake::FakeInstallation installation_;
};

TEST_F(Verdicts, EarlyStoppingEndsTrainingAndKeepsTheBest) {
  RunPlan plan = overtraining(9);
  plan.recipe.early_stop.patience = 2;
  const Evidence evidence = record(plan).evidence;
  EXPECT_EQ(evidence.status, "done") << (evidence.failure ? evidence.failure->what : "");
  EXPECT_EQ(evidence.stopped_epoch, 4);
  EXPECT_EQ(evidence.epochs.back().epoch, 4);
  EXPECT_EQ(evidence.best_epoch, 2);
  double highest = 0;
  for (const EpochRecord& epoch : evidence.epochs) {
    highest = std::max(highest, epoch.val_accuracy.value_or(0));
  }
  EXPECT_DOUBLE_EQ(evidence.scores.at("best_val").accuracy, highest);
  EXPECT_TRUE(evidence_from_json(to_json(evidence)).ok());
}

TEST_F(Verdicts, PatienceThatIsNeverSpentChangesNothing) {
  RunPlan plan = overtraining(3);
  plan.recipe.early_stop.patience = 5;
  const Evidence evidence = record(plan).evidence;
  EXPECT_FALSE(evidence.stopped_epoch);
  EXPECT_EQ(evidence.epochs.back().epoch, 3);
  plan = overtraining(4);
  plan.recipe.early_stop.patience = 2;  // spent in the last epoch: there is nothing to stop
  EXPECT_FALSE(record(plan).evidence.stopped_epoch);
}

TEST_F(Verdicts, ATrainerThatGoesOnAfterItsStopIsTampering) {
  for (const char* behaviour : {"trainer_disobedient", "trainer_impatient"}) {
    RunPlan plan = installation_.plan(behaviour);
    plan.recipe.epochs = 9;
    plan.recipe.early_stop.patience = 1;
    plan.recipe.early_stop.min_delta = 0.9;  // no epoch gains that
    const Evidence evidence = record(plan).evidence;
    EXPECT_EQ(evidence.status, "failed") << behaviour;
    EXPECT_EQ(evidence.failure->code, "TAMPERED") << behaviour;
  }
}

TEST_F(Verdicts, APlateauLowersTheRateOfTheEpochsThatFollow) {
  RunPlan plan = overtraining(8);
  plan.recipe.schedule.name = "plateau";
  plan.recipe.schedule.monitor = "val_accuracy";
  plan.recipe.schedule.patience = 1;
  plan.recipe.schedule.factor = 0.5;
  const Evidence evidence = record(plan).evidence;
  std::vector<double> rates;
  for (const EpochRecord& epoch : evidence.epochs) {
    if (epoch.lr) rates.push_back(*epoch.lr / 0.01);
  }
  // Epochs 3 and 4 gain nothing; then 5 and 6; then 7 and 8.
  EXPECT_EQ(rates, (std::vector<double>{1, 1, 1, 1, .5, .5, .25, .25}));
}

TEST_F(Verdicts, TheTestImagesSeeTheWeightsThatTheLabKeeps) {
  RunPlan plan = overtraining(5);
  const RunRecord best = record(plan);
  plan.recipe.keep = "last";
  const RunRecord last = record(plan);
  EXPECT_NE(best.arrays.at("test_logits.npy").bytes, last.arrays.at("test_logits.npy").bytes);
  for (const char* same : {"best_val_logits.npy", "final_val_logits.npy", "train_logits.npy"}) {
    EXPECT_EQ(best.arrays.at(same).bytes, last.arrays.at(same).bytes) << same;
  }
  plan.recipe.epochs = 2;  // the best is the last
  const RunRecord both = record(plan);
  EXPECT_EQ(both.arrays.at("test_logits.npy").bytes, best.arrays.at("test_logits.npy").bytes);
  RunPlan diverging = installation_.plan("examiner_nan_later");
  EXPECT_TRUE(record(diverging).evidence.scores.contains("test"));
  diverging.recipe.keep = "last";
  EXPECT_FALSE(record(diverging).evidence.scores.contains("test"));
}

// The trainer waits for as long as an examination takes, and is idle meanwhile.
TEST_F(Verdicts, WaitingForUsIsNoStall) {
  RunPlan plan = installation_.plan("examiner_slow");
  plan.recipe.early_stop.patience = 5;
  auto made = fake::run(installation_, plan, 250);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->evidence.status, "done")
      << (made->evidence.failure ? made->evidence.failure->what : "");
}

}  // namespace
}  // namespace gradus::supervisor
