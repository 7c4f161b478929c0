#include "framework/worker/device/trial.hpp"

#include <gtest/gtest.h>

namespace gradus::worker {
namespace {

TEST(DeviceTrial, TakesItsStepsWhereTheyCanBeTaken) {
  const Status tried = try_device("emulated");
  EXPECT_TRUE(tried.ok()) << tried.error().text();
}

}  // namespace
}  // namespace gradus::worker
