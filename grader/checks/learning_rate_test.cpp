#include <gmock/gmock.h>

#include "grader/testing.hpp"

namespace gradus::grader {
namespace {

using ::testing::HasSubstr;
using testing::Runs;
using Verdict = CheckResult::Verdict;

/// Four epochs of .1, to be halved every second one; 10 steps an epoch.
CheckResult ask(const std::vector<double>& logged, std::optional<std::int64_t> stopped = {}) {
  Evidence evidence = testing::trained(0.6);
  for (std::size_t i = 0; i < logged.size(); ++i)
    evidence.epochs.push_back({static_cast<std::int64_t>(i) + 1, 1, 0.5, logged[i], 1, 0.5});
  evidence.stopped_epoch = stopped;
  Runs runs;
  runs.add(evidence);
  RunPlan& plan = runs.plan();
  plan.data.split.train = 1000;
  plan.recipe.batch = 100;
  plan.recipe.epochs = 4;
  plan.recipe.optimizer.lr = 0.1;
  plan.recipe.schedule.name = "step";
  plan.recipe.schedule.every = 2;
  plan.recipe.schedule.factor = 0.5;
  return runs.ask("learning_rate", Json::object());
}

TEST(LearningRateCheck, WantsTheClosedFormInEveryEpoch) {
  EXPECT_EQ(ask({0.1, 0.1, 0.05, 0.05}).verdict, Verdict::pass);
  const CheckResult late = ask({0.1, 0.1, 0.1, 0.05});
  EXPECT_EQ(late.verdict, Verdict::fail);
  EXPECT_THAT(late.reason, HasSubstr("in epoch 3 it is 0.1, wanted 0.05"));
}

TEST(LearningRateCheck, MissesEpochsThatWereNotLogged) {
  EXPECT_THAT(ask({0.1, 0.1}).reason, HasSubstr("in epoch 3 none was logged, wanted 0.05"));
  EXPECT_EQ(ask({0.1, 0.1}, 2).verdict, Verdict::pass) << "stopped after the second";
}

}  // namespace
}  // namespace gradus::grader
