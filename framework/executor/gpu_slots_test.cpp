#include "framework/executor/gpu_slots.hpp"

#include <gtest/gtest.h>

#include "framework/record/gpu_share.hpp"

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

// Two processes a run, each with a context that its share does not count.
constexpr std::int64_t kContexts = 2 * kGpuContextMib;

TEST(GpuSlots, NeverMoreMemoryThanItHasLessATwentieth) {
  GpuSlots slots({gpu(0, 20'000)}, 8);
  for (int i = 0; i < 9; ++i) {
    if (slots.free_for(share(2000))) slots.take(0, share(2000));
  }
  EXPECT_FALSE(slots.free_for(share(2000))) << "five of 3,200 MiB, not six";
  EXPECT_TRUE(slots.free_for(share(3000 - kContexts)));
  EXPECT_FALSE(slots.free_for(share(3001 - kContexts)));
  slots.give_back(0, share(2000));
  EXPECT_TRUE(slots.free_for(share(2000)));
  EXPECT_EQ(slots.room(share(2000)), 5);
}

TEST(GpuSlots, TrainerAndExaminerTogetherTakeTheShare) {
  for (const std::int64_t mib : {0, 512, 4096, 100'000}) {
    const RunLimits limits = share(mib).limits;
    EXPECT_EQ(trainer_gpu_mib(limits) + examiner_gpu_mib(limits), mib);
  }
  EXPECT_EQ(examiner_gpu_mib(share(512).limits), 128);
  EXPECT_EQ(examiner_gpu_mib(share(100'000).limits), 1024);
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
