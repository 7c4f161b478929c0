#include "framework/executor/schedule.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace gradus::executor
