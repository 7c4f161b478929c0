#include "framework/core/cgroup_limits.hpp"

#include <gtest/gtest.h>

#include "framework/core/files.hpp"
#include "framework/core/machine.hpp"

namespace gradus {
namespace {

/// Made-up hierarchies in a folder of the test's own.
class CgroupFolders : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = make_temporary_folder(fs::temp_directory_path(), "gradus-cgroup-test");
    ASSERT_TRUE(made.ok());
    root_ = *made;
  }
  void TearDown() override { ASSERT_TRUE(remove_tree(root_).ok()); }

  void put(const std::string& file, const std::string& text) const {
    ASSERT_TRUE(make_folder((root_ / file).parent_path()).ok());
    ASSERT_TRUE(write_file(root_ / file, text + "\n").ok());
  }
  static std::string mib(int value) { return std::to_string(std::int64_t{value} << 20); }

  fs::path root_;
};

TEST_F(CgroupFolders, SecondVersionLeavesTheLeastOfOwnGroupAndThoseAbove) {
  put("pod/memory.max", mib(4096));
  put("pod/memory.current", mib(3000));
  put("pod/run/memory.max", "max");
  put("pod/run/memory.current", mib(2900));
  put("pod/cpu.max", "250000 100000");
  put("pod/run/cpu.max", "max 100000");
  CgroupLimits limits = cgroup_limits(root_, "0::/pod/run\n");
  ASSERT_TRUE(limits.memory_mib);
  EXPECT_DOUBLE_EQ(*limits.memory_mib, 1096);
  EXPECT_EQ(limits.cores, 3) << "two and a half";
  put("pod/run/memory.max", mib(3000));
  put("pod/run/cpu.max", "50000 100000");
  limits = cgroup_limits(root_, "0::/pod/run\n");
  EXPECT_DOUBLE_EQ(*limits.memory_mib, 100);
  EXPECT_EQ(limits.cores, 1) << "never none";
}

TEST_F(CgroupFolders, PagesOfFilesThatNobodyUsesAreNotTaken) {
  put("memory.max", mib(1000));
  put("memory.current", mib(900));
  put("memory.stat", "anon 1\ninactive_file " + mib(600) + "\nactive_file 7");
  EXPECT_DOUBLE_EQ(*cgroup_limits(root_, "0::/\n").memory_mib, 700);
  put("memory.stat", "inactive_file " + mib(1200));
  EXPECT_DOUBLE_EQ(*cgroup_limits(root_, "0::/\n").memory_mib, 1000) << "not more than the limit";
  put("memory.stat", "inactive_file 0");
  put("memory.current", mib(1100));
  EXPECT_DOUBLE_EQ(*cgroup_limits(root_, "0::/\n").memory_mib, 0);
}

TEST_F(CgroupFolders, FirstVersionHasAHierarchyForEachController) {
  put("memory/a/memory.limit_in_bytes", mib(2048));
  put("memory/a/memory.usage_in_bytes", mib(1024));
  put("memory/a/memory.stat", "inactive_file 5\ntotal_inactive_file " + mib(24));
  put("memory/memory.limit_in_bytes", "9223372036854771712");
  put("memory/memory.usage_in_bytes", mib(9000));
  put("cpu,cpuacct/a/cpu.cfs_quota_us", "200000");
  put("cpu,cpuacct/a/cpu.cfs_period_us", "100000");
  put("cpu,cpuacct/cpu.cfs_quota_us", "-1");
  put("cpu,cpuacct/cpu.cfs_period_us", "100000");
  put("unified/a/memory.max", mib(1));  // in a group that is not ours
  put("unified/a/memory.current", "0");
  const std::string groups = "9:cpuset:/b\n5:memory:/a\n3:cpu,cpuacct:/a\n0::/\n";
  const CgroupLimits limits = cgroup_limits(root_, groups);
  ASSERT_TRUE(limits.memory_mib);
  EXPECT_DOUBLE_EQ(*limits.memory_mib, 1048);
  EXPECT_EQ(limits.cores, 2);
  EXPECT_FALSE(cgroup_limits(root_, "5:memory:/\n3:cpu,cpuacct:/\n").memory_mib) << "no limit";
  EXPECT_FALSE(cgroup_limits(root_, "5:memory:/\n3:cpu,cpuacct:/\n").cores) << "no quota";
}

/// Its own group is mounted there, under the name that it has outside.
TEST_F(CgroupFolders, InAContainerTheMountIsAsked) {
  put("memory/memory.limit_in_bytes", mib(512));
  put("memory/memory.usage_in_bytes", mib(12));
  put("cpu/cpu.cfs_quota_us", "150000");
  put("cpu/cpu.cfs_period_us", "100000");
  const CgroupLimits limits =
      cgroup_limits(root_, "5:memory:/docker/4f2a\n3:cpu,cpuacct:/docker/4f2a\n");
  ASSERT_TRUE(limits.memory_mib);
  EXPECT_DOUBLE_EQ(*limits.memory_mib, 500);
  EXPECT_EQ(limits.cores, 2);
  put("memory.max", mib(300));
  put("memory.current", mib(100));
  EXPECT_DOUBLE_EQ(*cgroup_limits(root_, "0::/../other\n").memory_mib, 200);
}

TEST_F(CgroupFolders, WhereNothingIsReadableNothingIsKnown) {
  put("memory.max", "");
  put("cpu.max", "much");
  for (const char* groups : {"", "0::/\n", "0::/gone\n", "nonsense", "1:memory", "::\n"}) {
    const CgroupLimits limits = cgroup_limits(root_, groups);
    EXPECT_FALSE(limits.memory_mib) << groups;
    EXPECT_FALSE(limits.cores) << groups;
  }
  EXPECT_FALSE(cgroup_limits(root_ / "none", "0::/\n").memory_mib);
}

TEST(CgroupLimits, BoundTheCoresOfThisMachine) {
  EXPECT_LE(this_machine().cores, own_cgroup_limits().cores.value_or(this_machine().cores));
}

}  // namespace
}  // namespace gradus
