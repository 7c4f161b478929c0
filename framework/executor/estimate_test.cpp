#include "framework/executor/estimate.hpp"

#include <gtest/gtest.h>

namespace gradus::executor {
namespace {

/// Costs 100,000 images an epoch: 97,000 to train on and 9,000 to examine, which cost a third. What
/// is examined at the end, 15,000 images, takes half a second where an epoch takes ten.
RunPlan training(std::int64_t epochs, const std::string& library = "a") {
  RunPlan plan;
  plan.recipe.epochs = epochs;
  plan.data.split = {97'000, 9'000, 0};
  plan.model.library_hash = plan.model.name = library;
  return plan;
}

/// A run that was first heard of in epoch `from`, five seconds after its start, and last in epoch
/// `to`, at ten seconds an epoch.
void at_work(Estimator& estimator, const std::string& run, std::int64_t from, std::int64_t to) {
  estimator.started(run);
  estimator.heard(run, from, 0, 100, 5);
  estimator.heard(run, to, 0, 100, 5 + 10 * static_cast<double>(to - from));
}

TEST(Estimator, KnowsNothingBeforeAnythingRan) {
  const RunPlan a = training(10);
  const CostModel model;
  Estimator estimator(model, 2, 2);
  estimator.add("a", a);
  EXPECT_FALSE(estimator.now().seconds_left);
  EXPECT_EQ(estimator.now().runs, 1U);
  EXPECT_EQ(estimator.now().done, 0U);
  estimator.finished("cached");
  EXPECT_EQ(estimator.now().runs, 2U);
  EXPECT_EQ(estimator.now().done, 1U) << "one whose evidence was there was never added";
}

TEST(Estimator, TakesTheSpeedOfWhatIsAtWork) {
  const RunPlan a = training(10), b = training(20), c = training(5);
  const CostModel model;
  Estimator estimator(model, 2, 2);
  estimator.add("b", b);
  estimator.add("a", a);
  estimator.add("c", c);
  for (const char* run : {"a", "b"}) at_work(estimator, run, 1, 3);
  // b goes on for 18 epochs; a for 8, and then c for 5 of the same network.
  ASSERT_TRUE(estimator.now().seconds_left);
  EXPECT_NEAR(*estimator.now().seconds_left, 180, 10);
  estimator.finished("b");
  EXPECT_NEAR(*estimator.now().seconds_left, 80, 10) << "c beside a";
  EXPECT_EQ(estimator.now().done, 1U);
}

TEST(Estimator, ARunThatGoesOnFromARungHasLessToDo) {
  const RunPlan a = training(10);
  RunPlan rung = a;
  rung.stop_after = 4;
  const CostModel model;
  Estimator estimator(model, 1, 1);
  estimator.add("rung", rung);
  at_work(estimator, "rung", 1, 3);
  EXPECT_NEAR(*estimator.now().seconds_left, 20, 10) << "four epochs, not ten";
  estimator.finished("rung");
  estimator.add("whole", a, 4);
  EXPECT_NEAR(*estimator.now().seconds_left, 60, 10) << "before it has been heard of";
  at_work(estimator, "whole", 5, 6);
  EXPECT_NEAR(*estimator.now().seconds_left, 50, 10);
  estimator.stopped("whole");
  EXPECT_NEAR(*estimator.now().seconds_left, 60, 10);
}

TEST(Estimator, OtherNetworksHaveTheirOwnSpeed) {
  const RunPlan a = training(10, "a"), b = training(10, "b");
  CostModel model;
  model.learn(b, 100'000, 100, 0);
  Estimator estimator(model, 1, 1);
  estimator.add("a", a);
  estimator.add("b", b);
  at_work(estimator, "a", 1, 2);
  EXPECT_NEAR(*estimator.now().seconds_left, 90 + 1000, 10) << "b's is remembered";
  const CostModel nothing;
  Estimator guessing(nothing, 1, 1);
  guessing.add("a", a);
  guessing.add("b", b);
  at_work(guessing, "a", 1, 2);
  EXPECT_NEAR(*guessing.now().seconds_left, 90 + 100, 10) << "b's is not: as a's";
}

TEST(Estimator, WhatIsRememberedGoesAtTodaysPace) {
  const RunPlan a = training(10, "a"), b = training(10, "b");
  CostModel model;
  model.learn(a, 100'000, 5, 0);  // half of what it takes now
  model.learn(b, 100'000, 100, 0);
  Estimator estimator(model, 1, 1);
  estimator.add("a", a);
  estimator.add("b", b);
  EXPECT_NEAR(*estimator.now().seconds_left, 50 + 1000, 10) << "nothing was seen today";
  at_work(estimator, "a", 1, 2);
  EXPECT_NEAR(*estimator.now().seconds_left, 90 + 2000, 25);
  CostModel absurd;
  absurd.learn(a, 100'000, 1e-3, 0);
  absurd.learn(b, 100'000, 100, 0);
  Estimator bounded(absurd, 1, 1);
  bounded.add("a", a);
  bounded.add("b", b);
  at_work(bounded, "a", 1, 2);
  EXPECT_NEAR(*bounded.now().seconds_left, 90 + 4000, 25);
}

TEST(StartingOrder, ProbesFirstThenTheLongest) {
  const RunPlan small = training(20, "small"), large = training(10, "large");
  RunPlan probe = training(0, "small");
  probe.kind = "probe";
  const std::vector<const RunPlan*> plans = {&large, &small, &probe, &small};
  using Order = std::vector<std::size_t>;
  CostModel model;
  model.learn(large, 100'000, 10, 0);
  EXPECT_EQ(starting_order(plans, model), (Order{2, 1, 3, 0}))
      << "by images, while one network is not known";
  model.learn(small, 100'000, 1, 0);
  EXPECT_EQ(starting_order(plans, model), (Order{2, 0, 1, 3}))
      << "fewer epochs, but of a larger network";
  EXPECT_EQ(starting_order({}, model), Order{});
}

TEST(Estimator, ARunThatGoesOnFromItsCheckpointIsNotThoughtFast) {
  const RunPlan a = training(100);
  const CostModel model;
  Estimator estimator(model, 1, 1);
  estimator.add("a", a);
  at_work(estimator, "a", 91, 92);
  EXPECT_NEAR(*estimator.now().seconds_left, 90, 5);
}

TEST(Estimator, ARunThatIsTriedAgainBeginsAnew) {
  const RunPlan a = training(10);
  CostModel model;
  model.learn(a, 100'000, 10, 0);
  Estimator estimator(model, 1, 1);
  estimator.add("a", a);
  estimator.started("a");
  estimator.heard("a", 9, 0, 100, 80);
  EXPECT_NEAR(*estimator.now().seconds_left, 20, 5);
  estimator.stopped("a");
  EXPECT_NEAR(*estimator.now().seconds_left, 100, 5);
}

TEST(Estimator, TheEndIsExaminedToo) {
  RunPlan plan = training(1);
  CostModel model;
  model.learn(plan, 1000, 3, 0);
  const auto left = [&] {
    Estimator estimator(model, 1, 1);
    estimator.add("a", plan);
    return *estimator.now().seconds_left;
  };
  const double plain = left();
  plan.exam_train_images += 30'000;
  EXPECT_NEAR(left(), plain + 30, 1);
  plan.exam_mirror = true;
  EXPECT_NEAR(left(), plain + 40, 1) << "the test images once more";
}

TEST(Estimator, SaysWhatItSawOfARun) {
  const RunPlan a = training(10);
  const CostModel model;
  Estimator estimator(model, 1, 1);
  estimator.add("a", a);
  estimator.started("a");
  estimator.heard("a", 1, 0, 100, 5);
  estimator.heard("a", 1, 10, 100, 6);
  EXPECT_FALSE(estimator.seen("a")) << "a second says little";
  estimator.heard("a", 3, 0, 100, 25);
  ASSERT_TRUE(estimator.seen("a"));
  EXPECT_DOUBLE_EQ(estimator.seen("a")->first, 200'000);
  EXPECT_DOUBLE_EQ(estimator.seen("a")->second, 20);
}

}  // namespace
}  // namespace gradus::executor
