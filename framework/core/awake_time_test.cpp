#include "framework/core/awake_time.hpp"

#include <gtest/gtest.h>

namespace gradus {
namespace {

using std::chrono::milliseconds;

TEST(AwakeTime, AddsUpWhatPassesBetweenLooks) {
  const auto begin = AwakeTime::Clock::now();
  AwakeTime time(milliseconds(300), begin);
  EXPECT_DOUBLE_EQ(time.step(begin + milliseconds(100)), 100);
  EXPECT_DOUBLE_EQ(time.step(begin + milliseconds(350)), 250);
  EXPECT_DOUBLE_EQ(time.total_ms(), 350);
}

TEST(AwakeTime, APauseOfOurOwnCountsForOneStep) {
  const auto begin = AwakeTime::Clock::now();
  AwakeTime time(milliseconds(300), begin);
  EXPECT_DOUBLE_EQ(time.step(begin + std::chrono::hours(9)), 300);
  EXPECT_DOUBLE_EQ(time.step(begin + std::chrono::hours(9) + milliseconds(50)), 50);
  EXPECT_DOUBLE_EQ(time.total_ms(), 350);
}

TEST(AwakeTime, NeverGoesBack) {
  const auto begin = AwakeTime::Clock::now();
  AwakeTime time(milliseconds(300), begin);
  EXPECT_DOUBLE_EQ(time.step(begin - milliseconds(100)), 0);
  EXPECT_DOUBLE_EQ(time.total_ms(), 0);
}

}  // namespace
}  // namespace gradus
