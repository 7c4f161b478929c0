#include "framework/supervisor/idle_time.hpp"

#include <gtest/gtest.h>

namespace gradus::supervisor {
namespace {

/// A worker that we wait for, with that much CPU time.
Look look(double cpu_ms, bool at_work, std::uint64_t exchanges = 0) {
  return {true, exchanges, cpu_ms, [at_work] { return at_work; }};
}

TEST(IdleTime, GrowsWhileAWorkerSleeps) {
  IdleTime idle;
  EXPECT_DOUBLE_EQ(idle.take(100, look(0, false)), 100);
  EXPECT_DOUBLE_EQ(idle.take(300, look(0, false)), 400);
  EXPECT_DOUBLE_EQ(idle.take(100, look(1, false)), 500) << "a timer is not work";
}

TEST(IdleTime, BeginsAnewWithEveryWordAndWithCpuTime) {
  IdleTime idle;
  idle.take(100, look(0, false));
  EXPECT_DOUBLE_EQ(idle.take(100, look(0, false, 1)), 0);
  EXPECT_DOUBLE_EQ(idle.take(100, look(0, false, 1)), 100);
  EXPECT_DOUBLE_EQ(idle.take(100, look(50, false, 1)), 0);
  Look unawaited = look(50, false, 1);
  unawaited.awaited = false;
  EXPECT_DOUBLE_EQ(idle.take(100, look(50, false, 1)), 100);
  EXPECT_DOUBLE_EQ(idle.take(100, unawaited), 0);
}

// Regression: workers of low priority beside others that took all cores were ended as stalled.
TEST(IdleTime, StandsStillWhileAWorkerWantsACore) {
  IdleTime idle;
  idle.take(100, look(0, false));
  for (int i = 0; i < 1000; ++i) ASSERT_DOUBLE_EQ(idle.take(100, look(0, true)), 100);
  EXPECT_DOUBLE_EQ(idle.take(100, look(0, false)), 200) << "a timer's wake-up hides no sleep";
}

TEST(IdleTime, ThreadsAreLookedAtOnlyWhereTheRestSaysIdle) {
  IdleTime idle;
  int asked = 0;
  const auto count = [&] { return ++asked > 0; };
  idle.take(100, {true, 1, 0, count});
  idle.take(100, {false, 1, 0, count});
  idle.take(100, {true, 1, 90, count});
  EXPECT_EQ(asked, 0);
  idle.take(100, {true, 1, 90, count});
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace gradus::supervisor
