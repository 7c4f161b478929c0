// Device files that are handed in one by one. No GPU is needed: two nodes of the zero device stand
// in.
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "framework/sandbox/testing/fixture.hpp"

namespace gradus::sandbox {
namespace {

using testing::HasSubstr;

class Devices : public SandboxTest, public testing::WithParamInterface<Mode> {
 protected:
  void SetUp() override {
    SandboxTest::SetUp();
    for (const fs::path& node : {mine_ = home_ / "gpu0", other_ = home_ / "gpu1"}) {
      if (mknod(node.c_str(), S_IFCHR | 0666, makedev(1, 5)) != 0 ||
          chmod(node.c_str(), 0666) != 0 || !Fd(open(node.c_str(), O_RDWR)).valid())
        GTEST_SKIP() << "no device file can be made here (root only, and not on every file system)";
    }
  }
  std::string tried(const fs::path& node, bool handed) {
    Spec spec = actor("device", node);
    spec.mode = GetParam();
    spec.may_exec = false;
    if (handed) spec.devices = {mine_};
    return run_ok(spec).out;
  }
  fs::path mine_, other_;
};
INSTANTIATE_TEST_SUITE_P(Modes, Devices, testing::Values(Mode::full, Mode::reduced, Mode::off),
                         [](const auto& info) { return to_string(info.param); });

TEST_P(Devices, TheNamedOneIsThereAndNoOther) {
  EXPECT_EQ(tried(mine_, true), "open, read 1, ioctl 1\n");
  if (GetParam() == Mode::off) GTEST_SKIP() << "mode off holds no files back";
  const auto reports = probe_layers();
  const bool landlock = std::any_of(reports.begin(), reports.end(), [](const LayerReport& report) {
    return report.layer == "landlock" && report.available;
  });
  if (GetParam() == Mode::reduced && !landlock) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_EQ(tried(mine_, false), "closed\n");
  EXPECT_EQ(tried(other_, true), "closed\n");
}

TEST_P(Devices, OneThatVanishedIsToldBeforeAnythingStarts) {
  Spec spec = actor("device", mine_);
  spec.mode = GetParam();
  spec.devices = {home_ / "gpu9"};
  auto outcome = run(spec);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().fault, Fault::infrastructure);
  EXPECT_THAT(outcome.error().what, HasSubstr("gpu9 is not there"));
  spec.devices = {actor_};  // a plain file is no device
  EXPECT_FALSE(run(spec).ok());
}

TEST_P(Devices, OneThatIsClosedToOthersIsNamedWithTheCure) {
  if (!root()) GTEST_SKIP() << "only root gives sandboxes another uid";
  ASSERT_EQ(chmod(mine_.c_str(), 0660), 0);
  Spec spec = actor("device", mine_);
  spec.mode = GetParam();
  spec.devices = {mine_};
  const auto outcome = run(spec);
  ASSERT_FALSE(outcome.ok());
  EXPECT_THAT(outcome.error().cure, HasSubstr("chmod o+rw " + mine_.string()));
}

TEST_P(Devices, TheFilterLetsANameBeTakenAndNothingBeReached) {
  if (GetParam() == Mode::off) GTEST_SKIP() << "mode off has no filter";
  Spec spec = actor("sockets");
  spec.mode = GetParam();
  EXPECT_EQ(run_ok(spec).out, "named 0 other 0 reached 0 taken 0 absent 0\n");
  spec.devices = {mine_};
  EXPECT_EQ(run_ok(spec).out, "named 1 other 0 reached 0 taken 0 absent 1\n");
}

// Without them cuInit of drivers from 570 on answers 304.
TEST_P(Devices, TheFilterLetsMemoryFilesBeMadeWithinTheLimitOfFiles) {
  if (GetParam() == Mode::off) GTEST_SKIP() << "mode off has no filter";
  Spec spec = actor("memory_files");
  spec.mode = GetParam();
  spec.limits.file_mib = 4;
  EXPECT_EQ(run_ok(spec).out, "used 0 capped 0 huge 0\n");
  spec.devices = {mine_};
  EXPECT_EQ(run_ok(spec).out, "used 1 capped 1 huge 0\n");
}

// As above; and nothing of /proc that is not the program's own.
TEST_P(Devices, ThreadsMayBeNamedThroughProc) {
  Spec spec = actor("thread_names");
  spec.mode = GetParam();
  spec.devices = {mine_};
  const Outcome outcome = run_ok(spec);
  EXPECT_EQ(outcome.out, "named 1 other 0\n");
  const bool held = std::count(outcome.layers.begin(), outcome.layers.end(), "landlock") > 0;
  if (!held) GTEST_SKIP() << "only Landlock holds it back from who has no device";
  spec.devices.clear();
  EXPECT_EQ(run_ok(spec).out, "named 0 other 0\n");
}

}  // namespace
}  // namespace gradus::sandbox
