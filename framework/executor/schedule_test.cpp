#include "framework/executor/schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "framework/core/cgroup_limits.hpp"

namespace gradus::executor {
namespace {

RunPlan plan(std::int64_t epochs, std::int64_t images) {
  RunPlan plan;
  plan.recipe.epochs = epochs;
  plan.data.split = {images, 100, 0};
  return plan;
}

TEST(Cost, GrowsWithEpochsAndImages) {
  EXPECT_GT(cost(plan(95, 1000)), cost(plan(30, 1000)));
  EXPECT_GT(cost(plan(30, 2000)), cost(plan(30, 1000)));
  RunPlan cut = plan(30, 2000);
  cut.train_images = 100;
  EXPECT_LT(cost(cut), cost(plan(30, 1000)));
}

TEST(Cost, OfProbesIsTheirTraining) {
  RunPlan probe = plan(30, 45000);
  probe.kind = "probe";
  probe.probes = {{"shape", {}}};
  const double cheap = cost(probe);
  probe.probes.push_back({"overfits_one_batch", {{"steps", 100}}});
  EXPECT_DOUBLE_EQ(cost(probe) - cheap, 12800);
}

TEST(Slots, NeverMoreThreadsThanCores) {
  Slots slots{8, 4, 1, 3};
  EXPECT_TRUE(slots.fits(1));
  EXPECT_FALSE(slots.fits(2));
}

TEST(Slots, NeverMoreRunsThanJobs) {
  const Slots slots{2, 16, 2, 2};
  EXPECT_FALSE(slots.fits(1));
}

TEST(Slots, ALargeRunMayGoAlone) {
  EXPECT_TRUE((Slots{2, 2, 0, 0}.fits(8)));
  EXPECT_FALSE((Slots{2, 2, 1, 1}.fits(8)));
}

TEST(Slots, NeverMoreMemoryThanThereIs) {
  Slots slots{8, 8, 1, 1};
  slots.memory_mib = 4000;
  slots.used_mib = 3000;
  EXPECT_TRUE(slots.fits(1, 1000));
  EXPECT_FALSE(slots.fits(1, 1001));
  slots.memory_mib = 0;
  EXPECT_TRUE(slots.fits(1, 1e9)) << "not known: not bounded";
  slots = Slots{8, 8, 0, 0};
  slots.memory_mib = 4000;
  EXPECT_TRUE(slots.fits(1, 8000)) << "alone";
}

TEST(Slots, WhatOthersHaveTakenMeanwhileIsNotThere) {
  Slots slots{8, 8, 1, 1};
  slots.memory_mib = 4000;
  slots.used_mib = 1000;
  slots.free_mib = 500;
  EXPECT_TRUE(slots.fits(1, 500));
  EXPECT_FALSE(slots.fits(1, 501));
  slots.running = 0;
  EXPECT_TRUE(slots.fits(1, 501)) << "alone, or nothing would ever run";
}

TEST(Memory, IsKnownAndNotMoreThanAnyMachineHas) {
  EXPECT_GT(available_memory_mib(), 16);
  EXPECT_LT(available_memory_mib(), 1e9);
}

TEST(Memory, IsNotMoreThanTheContainerLeaves) {
  constexpr double kOthers = 256;  // come and go between two looks
  const auto left = own_cgroup_limits().memory_mib;
  if (!left) GTEST_SKIP() << "no control group here has a limit";
  EXPECT_LE(available_memory_mib(), std::max(1.0, *left) + kOthers);
}

TEST(CostUntil, IsAPartOfTheWholeAndGrows) {
  const RunPlan run = plan(10, 1000);
  EXPECT_DOUBLE_EQ(cost_until(run, 0, 0, 0), 0);
  EXPECT_DOUBLE_EQ(cost_until(run, 1, 4, 8), 500);
  EXPECT_DOUBLE_EQ(cost_until(run, 3, 0, 8), cost(run) / 5);
  EXPECT_DOUBLE_EQ(cost_until(run, 11, 0, 8), cost(run));
  EXPECT_DOUBLE_EQ(cost_until(run, 99, 9, 8), cost(run));
}

TEST(Makespan, OfRunsSideBySide) {
  EXPECT_DOUBLE_EQ(makespan({}, 2, 2), 0);
  EXPECT_DOUBLE_EQ(makespan({{10}, {6}, {5}}, 2, 2), 11);
  EXPECT_DOUBLE_EQ(makespan({{10}, {6}, {5}}, 1, 2), 21);
  EXPECT_DOUBLE_EQ(makespan({{10}, {6}, {5}}, 8, 8), 10);
  // What is at work goes on, wherever it stands in the order.
  EXPECT_DOUBLE_EQ(makespan({{10}, {6, 1, true}, {5, 1, true}}, 2, 2), 15);
}

TEST(Makespan, RespectsThreadsAndLetsSmallRunsGoFirst) {
  // The one with two threads cannot start beside the running one; the small one can.
  EXPECT_DOUBLE_EQ(makespan({{4, 1, true}, {10, 2}, {3, 1}}, 2, 2), 14);
  EXPECT_DOUBLE_EQ(makespan({{10, 8}, {3, 1}}, 2, 2), 13) << "more threads than cores: alone";
}

}  // namespace
}  // namespace gradus::executor
