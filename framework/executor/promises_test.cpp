#include "framework/executor/promises.hpp"

#include <gtest/gtest.h>

namespace gradus::executor {
namespace {

RunPlan promised_run(const std::string& library, std::uint64_t seed = 0) {
  RunPlan plan;
  plan.model.library_hash = library;
  plan.limits.memory_mib = 4096;
  plan.seed = seed;
  return plan;
}

TEST(Promises, AreBothWorkersLimitsUntilOneLikeItRan) {
  CostModel costs;
  Promises promises(costs);
  EXPECT_DOUBLE_EQ(promises.mib(promised_run("a")), 8192) << "trainer and examiner";
  promises.learn(promised_run("a"), 800);
  EXPECT_DOUBLE_EQ(promises.mib(promised_run("a", 7)), 1000) << "another run of the same network";
  EXPECT_DOUBLE_EQ(promises.mib(promised_run("b")), 8192);
  promises.learn(promised_run("a"), 400);
  EXPECT_DOUBLE_EQ(promises.mib(promised_run("a")), 1000) << "the largest counts";
  promises.learn(promised_run("b"), 0);
  EXPECT_DOUBLE_EQ(promises.mib(promised_run("b")), 8192) << "nothing was seen";
}

TEST(Promises, TheLargerOfThisPlanAndEarlierOnesCounts) {
  CostModel costs;
  costs.learn(promised_run("a"), 1000, 1, 1600);
  Promises promises(costs);
  EXPECT_DOUBLE_EQ(promises.mib(promised_run("a")), 2000);
  promises.learn(promised_run("a"), 800);
  EXPECT_DOUBLE_EQ(promises.mib(promised_run("a")), 2000);
  promises.learn(promised_run("a"), 2400);
  EXPECT_DOUBLE_EQ(promises.mib(promised_run("a")), 3000);
}

}  // namespace
}  // namespace gradus::executor
