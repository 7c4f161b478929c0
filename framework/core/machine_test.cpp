#include "framework/core/machine.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

namespace gradus {
namespace {

TEST(Machine, HasTheCoresThatThisProcessMayUse) {
  EXPECT_GE(this_machine().cores, 1);
  EXPECT_LE(this_machine().cores, std::max(1U, std::thread::hardware_concurrency()));
}

#if defined(__x86_64__) && defined(__clang__)
TEST(Machine, FindsWhatTheCompilersOwnQuestionFinds) {
  if (__builtin_cpu_supports("avx512bf16")) {
    EXPECT_TRUE(this_machine().bfloat16);
  }
  if (!__builtin_cpu_supports("avx512f")) {
    EXPECT_FALSE(this_machine().bfloat16) << "neither extension exists without AVX-512";
  }
  EXPECT_EQ(this_machine().vectors,
            __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
}
#endif

TEST(Machine, CountsWhomTheKernelEnded) {
  const auto kills = kernel_kills();
  if (!kills) GTEST_SKIP() << "this kernel does not say";
  EXPECT_GE(*kills, 0);
  EXPECT_GE(*kernel_kills(), *kills);
}

}  // namespace
}  // namespace gradus
