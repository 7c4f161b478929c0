#include "framework/worker/device/warnings.hpp"

#include <gtest/gtest.h>

namespace gradus::worker {
namespace {

TEST(DeviceWarnings, AreSaidOnceEach) {
  testing::internal::CaptureStderr();
  {
    const WarnOnceEach once;
    for (int i = 0; i < 3; ++i) TORCH_WARN("one_op has no deterministic implementation");
    TORCH_WARN("another_op has none either");
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "LibTorch: warning: one_op has no deterministic implementation\n"
            "LibTorch: warning: another_op has none either\n");
}

}  // namespace
}  // namespace gradus::worker
