#include "framework/executor/gpu_slots.hpp"

#include <gtest/gtest.h>

namespace gradus::executor {
namespace {

Gpu gpu(std::int64_t index, std::int64_t memory_mib, const std::string& name = "H200") {
  return {index, name, "GPU-" + std::to_string(index), memory_mib, "", "", {}};
}
RunPlan share(std::int64_t mib, const std::string& name = "H200") {
  RunPlan plan;
  plan.device = "cuda";
  plan.device_name = name;
  plan.limits.gpu_memory_mib = mib;
  return plan;
}

TEST(GpuSlots, NeverMoreMemoryThanItHasLessATwentieth) {
  GpuSlots slots({gpu(0, 10'000)}, 8);
  for (int i = 0; i < 9; ++i) {
    if (slots.free_for(share(2000))) slots.take(0, share(2000));
  }
  EXPECT_FALSE(slots.free_for(share(2000))) << "four, not five";
  EXPECT_TRUE(slots.free_for(share(1500)));
  EXPECT_FALSE(slots.free_for(share(1501)));
  slots.give_back(0, share(2000));
  EXPECT_TRUE(slots.free_for(share(2000)));
  EXPECT_EQ(slots.room(share(2000)), 4);
}

TEST(GpuSlots, NeverMoreRunsThanAllowed) {
  GpuSlots slots({gpu(0, 100'000)}, 2);
  for (int i = 0; i < 2; ++i) slots.take(*slots.free_for(share(10)), share(10));
  EXPECT_FALSE(slots.free_for(share(10)));
  EXPECT_EQ(slots.room(share(10)), 2);
}

TEST(GpuSlots, TheLeastLoadedOneIsGiven) {
  GpuSlots slots({gpu(0, 100'000), gpu(1, 100'000)}, 8);
  std::vector<std::size_t> given;
  for (int i = 0; i < 4; ++i) {
    given.push_back(*slots.free_for(share(10)));
    slots.take(given.back(), share(10));
  }
  EXPECT_EQ(given, (std::vector<std::size_t>{0, 1, 0, 1}));
}

TEST(GpuSlots, OneRunMayAlwaysGoAlone) {
  GpuSlots slots({gpu(0, 1000)}, 8);
  ASSERT_TRUE(slots.free_for(share(5000)));
  slots.take(0, share(5000));
  EXPECT_FALSE(slots.free_for(share(1)));
  GpuSlots unknown({gpu(0, 0)}, 8);
  unknown.take(*unknown.free_for(share(10)), share(10));
  EXPECT_FALSE(unknown.free_for(share(10))) << "its memory is not known";
  EXPECT_EQ(unknown.room(share(10)), 1);
}

TEST(GpuSlots, OnlyThePlansClassIsTaken) {
  GpuSlots slots({gpu(0, 100'000, "A100"), gpu(1, 100'000)}, 8);
  EXPECT_EQ(slots.free_for(share(10)), 1U);
  EXPECT_FALSE(slots.exists(share(10, "H100")));
  EXPECT_FALSE(slots.free_for(share(10, "H100")));
  EXPECT_EQ(slots.free_for(share(10, "A100")), 0U);
}

TEST(GpuSlots, OneThatIsLostAgainAndAgainRestsWhileAnotherWorks) {
  GpuSlots slots({gpu(0, 100'000), gpu(1, 100'000)}, 1);
  slots.was_lost(0);
  EXPECT_EQ(slots.free_for(share(10)), 1U) << "the sound one first";
  slots.was_lost(0);
  slots.take(1, share(10));
  EXPECT_FALSE(slots.free_for(share(10))) << "waits for the sound one";
  slots.was_lost(1);
  slots.was_lost(1);
  EXPECT_EQ(slots.free_for(share(10)), 0U) << "none is sound: all are tried";
  slots.ended_well(0);
  EXPECT_EQ(slots.free_for(share(10)), 0U);
}

}  // namespace
}  // namespace gradus::executor
