// Every limit, by a program that goes over it. Nobody may be left afterwards.
#include <signal.h>
#include <sys/wait.h>

#include "framework/sandbox/cgroup.hpp"
#include "framework/sandbox/testing/fixture.hpp"
#include "framework/sandbox/users.hpp"

namespace gradus::sandbox {
namespace {

class Limited : public SandboxTest, public testing::WithParamInterface<Mode> {
 protected:
  Outcome go(Spec spec) {
    spec.mode = GetParam();
    auto process = Process::start(spec);
    EXPECT_TRUE(process.ok()) << process.error().text();
    if (!process.ok()) return {};
    const Outcome outcome = process->wait();
    EXPECT_TRUE(nobody_left()) << "processes are left";
    if (root()) {
      EXPECT_TRUE(processes_of_user(process->uid()).empty());
    }
    return outcome;
  }
};
INSTANTIATE_TEST_SUITE_P(Modes, Limited, testing::Values(Mode::full, Mode::reduced, Mode::off),
                         [](const auto& info) { return to_string(info.param); });

TEST_P(Limited, WallTimeStopsASleeper) {
  Spec spec = actor("sleep");
  spec.limits.wall_s = .2;
  EXPECT_EQ(go(spec).limit, "wall");
}

TEST_P(Limited, WallTimeStopsAStoppedProgram) {
  Spec spec = actor("stop");
  spec.limits.wall_s = .2;
  EXPECT_EQ(go(spec).limit, "wall");
}

TEST_P(Limited, CpuTimeStopsASpinner) {
  Spec spec = actor("spin");
  spec.limits.cpu_s = .2;
  const Outcome outcome = go(spec);
  EXPECT_EQ(outcome.limit, "cpu");
  EXPECT_GE(outcome.cpu_ms, 200);
}

TEST_P(Limited, CpuTimeOfAllChildrenCounts) {
  Spec spec = actor("spin_in_children", "4");
  spec.limits.cpu_s = .3;
  EXPECT_EQ(go(spec).limit, "cpu");
}

TEST_P(Limited, IgnoredSignalsDoNotHelp) {
  Spec spec = actor("ignore");
  spec.limits.cpu_s = .2;
  const Outcome outcome = go(spec);
  EXPECT_EQ(outcome.limit, "cpu");
  EXPECT_EQ(outcome.signal, SIGKILL);
}

TEST_P(Limited, MemoryStopsAHog) { EXPECT_EQ(go(actor("hog")).limit, "memory"); }

TEST_P(Limited, MemoryOfAllChildrenCounts) {
  EXPECT_EQ(go(actor("hog_children", "6")).limit, "memory");
}

TEST_P(Limited, ForkBombIsCapped) {
  Spec spec = actor("fork_bomb");
  spec.limits.processes = 24;
  EXPECT_EQ(go(spec).limit, "processes");
}

TEST_P(Limited, ThreadsAreCapped) {
  Spec spec = actor("threads", "1024");
  spec.limits.processes = 24;
  const Outcome outcome = go(spec);
  // The kernel alone refuses without a trace where there is no control group and it was quick.
  if (outcome.limit != "processes") {
    EXPECT_EQ(outcome.exit_code, 11) << outcome.out << outcome.err;
    EXPECT_THAT(outcome.layers, testing::Not(testing::Contains("cgroup"))) << outcome.out;
  }
}

TEST_P(Limited, OutputIsCutAndThenStopped) {
  Spec spec = actor("flood");
  spec.limits.output_bytes = 1000;
  spec.limits.output_total_mib = 1;
  const Outcome outcome = go(spec);
  EXPECT_EQ(outcome.limit, "output");
  EXPECT_TRUE(outcome.out_cut);
  EXPECT_EQ(outcome.out.size(), 1000U);
  EXPECT_EQ(outcome.out.substr(0, 6), std::string("\0\x1b[31m", 6));
  EXPECT_FALSE(outcome.err_cut);
}

TEST_P(Limited, LargeFilesAreStopped) {
  Spec spec = actor("file", "big");
  spec.limits.file_mib = 16;
  spec.limits.scratch_mib = 64;
  EXPECT_EQ(go(spec).limit, "disk");
}

class Scratch : public SandboxTest {};

TEST_F(Scratch, TmpHasItsSize) {
  Spec spec = actor("fill", "/tmp/file");
  spec.limits.scratch_mib = 8;
  spec.limits.wall_s = .6;
  const Outcome outcome = run_ok(spec);
  EXPECT_EQ(outcome.out, "8388608\n");
  EXPECT_TRUE(outcome.scratch_full);
}

TEST_F(Scratch, SharedMemoryHasItsSize) {
  Spec spec = actor("fill", "/dev/shm/file");
  spec.limits.scratch_mib = 8;
  spec.limits.wall_s = .6;
  const Outcome outcome = run_ok(spec);
  EXPECT_EQ(outcome.out, "8388608\n");
  EXPECT_TRUE(outcome.scratch_full);
}

TEST_F(Scratch, NothingElseCanBeFilled) {
  for (const char* place : {"/file", "/dev/file", "/usr/file", "/proc/file", "/dev/pts/file"}) {
    Spec spec = actor("fill", place);
    spec.limits.wall_s = .3;
    EXPECT_EQ(run_ok(spec).out, "0\n") << place;
  }
}

TEST_F(Scratch, FilesAreCounted) {
  Spec spec = actor("inodes", "/tmp");
  spec.limits.wall_s = 20;
  EXPECT_EQ(run_ok(spec).limit, "disk");
  EXPECT_TRUE(nobody_left());
}

TEST_F(Scratch, OneWithoutNamespacesIsWatchedAndRemoved) {
  Spec spec = actor("fill", "file");
  spec.mode = Mode::reduced;
  spec.limits.scratch_mib = 8;
  spec.limits.file_mib = 64;
  EXPECT_EQ(run_ok(spec).limit, "disk");
  EXPECT_TRUE(fs::is_empty(home_ / "scratch"));
}

class Leftovers : public SandboxTest {
 protected:
  /// Starts the helper program that starts a sandbox and waits; kills it; waits for the tree's end.
  void kill_the_host(const std::string& mode, const std::string& verb) {
    auto said = make_pipe();
    ASSERT_TRUE(said.ok());
    const pid_t host = fork();
    if (host == 0) {
      dup2(said->write.get(), 1);
      dup2(pipe_.write.get(), 3);
      execl(GRADUS_TEST_HOST, GRADUS_TEST_HOST, actor_.c_str(), mode.c_str(), verb.c_str(),
            nullptr);
      _exit(127);
    }
    said->write.reset();
    char text[512] = {};
    ASSERT_GT(read(said->read.get(), text, sizeof text - 1), 0);
    unsigned uid = 0;
    ASSERT_EQ(sscanf(text, "started %u", &uid), 1) << text;
    ASSERT_EQ(kill(host, SIGKILL), 0);
    ASSERT_EQ(waitpid(host, nullptr, 0), host);
    EXPECT_TRUE(nobody_left(10'000));
    if (root()) {
      EXPECT_TRUE(FileLock::try_acquire(home_ / "locks" / ("uid-" + std::to_string(uid))).ok());
    }
  }
};

TEST_F(Leftovers, NoneWhenTheHostIsKilled) { kill_the_host("full", "sleep"); }
TEST_F(Leftovers, NoneWhenTheHostIsKilledAboveABomb) { kill_the_host("full", "spin_in_children"); }
TEST_F(Leftovers, NoneInReducedWhenTheHostIsKilled) { kill_the_host("reduced", "sleep"); }
TEST_F(Leftovers, NoneInOffWhenTheHostIsKilled) { kill_the_host("off", "sleep"); }

TEST_F(Leftovers, GroupsAndLocksAreGivenBack) {
  std::vector<fs::path> folders;
  {
    const auto group = Cgroup::make(1 << 28, 32);
    if (group) folders = group->folders();
    for (const auto& folder : folders) EXPECT_TRUE(fs::exists(folder));
  }
  for (const auto& folder : folders) EXPECT_FALSE(fs::exists(folder));
  // The groups of a sandbox that ran stand beside those, and must be gone too.
  run_ok(actor("exit", "0"));
  const std::string prefix = "gradus-" + std::to_string(getpid()) + "-";
  for (const auto& folder : folders)
    for (const auto& entry : fs::directory_iterator(folder.parent_path()))
      EXPECT_FALSE(entry.path().filename().string().starts_with(prefix)) << entry.path();
  if (!root()) return;
  auto first = LeasedUid::acquire(home_ / "locks");
  ASSERT_TRUE(first.ok());
  auto second = LeasedUid::acquire(home_ / "locks");
  ASSERT_TRUE(second.ok());
  EXPECT_NE(first->uid(), second->uid());
  EXPECT_GE(first->uid(), kFirstUid);
  // Uids are the machine's: two homes must not lease the same one.
  EXPECT_EQ(uid_locks(home_ / "locks"), uid_locks(home_ / "elsewhere" / "locks"));
}

TEST_F(Leftovers, ManyAtOnceDoNotMeet) {
  std::vector<Process> processes;
  std::vector<unsigned> uids;
  for (int i = 0; i < 6; ++i) {
    auto process = Process::start(actor("sleep"));
    ASSERT_TRUE(process.ok()) << process.error().text();
    uids.push_back(process->uid());
    processes.push_back(std::move(*process));
  }
  if (root()) {
    std::sort(uids.begin(), uids.end());
    EXPECT_EQ(std::unique(uids.begin(), uids.end()), uids.end());
  }
  processes.front().kill();
  EXPECT_EQ(processes.front().wait().limit, "killed");
  for (std::size_t i = 1; i < processes.size(); ++i) EXPECT_TRUE(processes[i].running());
  processes.clear();
  EXPECT_TRUE(nobody_left());
}

}  // namespace
}  // namespace gradus::sandbox
