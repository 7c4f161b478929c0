#include "framework/cli/plan_cost.hpp"

#include <gtest/gtest.h>

namespace gradus::cli {
namespace {

PlannedRun run_of(std::uint64_t seed, std::int64_t stop_after = 0) {
  PlannedRun planned;
  planned.run.seed = seed;
  planned.run.recipe.epochs = 4;
  planned.run.stop_after = stop_after;
  return planned;
}

/// It said "2 distinct runs ...; evidence of 3 is there".
TEST(PlanCost, EvidenceIsCountedAsRunsAre) {
  const Plan plan{"lab", "quick", {run_of(0), run_of(1), run_of(0)}};
  EXPECT_EQ(cost_of(plan, {}).runs, 2U);
  EXPECT_EQ(evidence_text(plan, {true, true, true}, false), "; evidence of 2 is there");
  EXPECT_EQ(evidence_text(plan, {true, false, true}, false), "; evidence of 1 is there");
  EXPECT_EQ(evidence_text(plan, {false, false, false}, false), "");
}

TEST(PlanCost, FreshEvidenceIsMadeAnew) {
  const Plan plan{"lab", "quick", {run_of(0), run_of(1), run_of(0)}};
  EXPECT_EQ(evidence_text(plan, {true, true, true}, true), "; evidence of 2 is made anew");
  EXPECT_EQ(evidence_text(plan, {false, false, false}, true), "");
}

TEST(PlanCost, RunsOfOneTrainingAreThereTogether) {
  const Plan plan{"lab", "quick", {run_of(0, 2), run_of(0), run_of(1)}};
  EXPECT_EQ(cost_of(plan, {}).runs, 2U);
  EXPECT_EQ(evidence_text(plan, {true, true, false}, false), "; evidence of 1 is there");
  EXPECT_EQ(evidence_text(plan, {true, false, false}, false), "") << "only up to its rung";
}

/// A sweep of so many arms, six epochs and ten images each.
lab::Lab sweep_of(int arms, const lab::StopArms& stop) {
  lab::Task task;
  task.id = "sweep";
  task.kind = "train";
  task.recipe.epochs = 6;
  task.stop_arms = stop;
  task.varied = {"batch"};
  for (int batch = 1; batch <= arms; ++batch) task.arms.push_back({{"batch", batch}});
  lab::Lab lab;
  lab.data.split.train = 10;
  lab.threads = 1;
  lab.tasks = {task};
  return lab;
}

std::string cost_text(const lab::Lab& lab) { return cost_of(lab::expand(lab), lab).text(); }

/// "8 up to 24 epochs" was said of what takes 14 unless an arm diverges.
TEST(PlanCost, HalvingCostsWhatItsShareLetsGoOn) {
  // Four arms to epoch 2, two of them to 4, one of them to 6.
  lab::Lab lab = sweep_of(4, {"successive_halving", {2, 4}, 0.5});
  const std::string text =
      "4 distinct runs, about 14 epochs, at most 24; about 140 images, at most 240 (arms of a "
      "sweep may be stopped early)";
  EXPECT_EQ(cost_text(lab), text);
  lab.tasks[0].stop_arms.keep = 0.3;  // one of four, then one of one
  EXPECT_EQ(cost_of(lab::expand(lab), lab).epochs, 8 + 2 + 2);
  lab.tasks[0].trials = 2;
  EXPECT_EQ(cost_of(lab::expand(lab), lab).epochs, 2 * (8 + 2 + 2));
  lab.complete = true;
  EXPECT_EQ(cost_text(lab), "8 distinct runs, 48 epochs, 480 images");
}

TEST(PlanCost, OfTheMedianRuleHalfGoOn) {
  const lab::Lab lab = sweep_of(5, {"median", {2, 4}, 0});
  EXPECT_EQ(cost_of(lab::expand(lab), lab).epochs, 5 * 2 + 3 * 2 + 2 * 2);
}

}  // namespace
}  // namespace gradus::cli
