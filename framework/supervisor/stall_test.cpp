// Who is ended as stalled: those who sleep or stop themselves, and nobody whom the machine keeps
// from computing.

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "framework/sandbox/tree.hpp"
#include "framework/supervisor/testing/fixture.hpp"

namespace gradus::supervisor {
namespace {

constexpr double kStallMs = 1500;

/// Waits up to 20 s.
template <class F>
bool becomes_true(F&& condition) {
  for (int i = 0; i < 4000; ++i) {
    if (condition()) return true;
    ::poll(nullptr, 0, 5);
  }
  return false;
}

/// A control group (version 1) whose members get 1 ms of CPU time a second.
class Starvation {
 public:
  Starvation() : folder_("/sys/fs/cgroup/cpu/gradus-test-" + std::to_string(::getpid())) {
    made_ = ::mkdir(folder_.c_str(), 0755) == 0 && put("cpu.cfs_period_us", "1000000") &&
            put("cpu.cfs_quota_us", "1000");
  }
  ~Starvation() { ::rmdir(folder_.c_str()); }
  Starvation(const Starvation&) = delete;
  Starvation& operator=(const Starvation&) = delete;
  bool made() const { return made_; }
  bool take(pid_t process) const { return put("cgroup.procs", std::to_string(process)); }
  bool end() const { return put("cpu.cfs_quota_us", "-1"); }

 private:
  bool put(const char* file, const std::string& text) const {
    std::ofstream out(folder_ / file);
    out << text;
    return static_cast<bool>(out.flush());
  }
  fs::path folder_;
  bool made_ = false;
};

class Stall : public ::testing::Test {
 protected:
  std::string code_of(const std::string& behaviour) {
    auto made = fake::run(installation_, installation_.plan(behaviour), kStallMs);
    EXPECT_TRUE(made.ok()) << made.error().text();
    return made.ok() && made->evidence.failure ? made->evidence.failure->code : "";
  }
  /// A supervisor of its own, so that it can be stopped; exits with 0 where the run ends well.
  /// Returns when its trainer is in its first epoch and waits for leave to begin the second.
  pid_t start(const std::string& behaviour) {
    installation_.allow(1);
    const pid_t supervisor = ::fork();
    if (supervisor == 0) {
      const auto made = fake::run(installation_, installation_.plan(behaviour), kStallMs);
      if (made.ok() && made->evidence.failure)
        std::fprintf(stderr, "%s\n", made->evidence.failure->what.c_str());
      ::_exit(made.ok() && made->evidence.status == "done" ? 0 : 1);
    }
    EXPECT_TRUE(becomes_true([this] { return installation_.trained() == "1 "; }));
    // Some looks must find that nothing is said any more, or the next one begins anew in any case.
    ::poll(nullptr, 0, 500);
    return supervisor;
  }
  static bool ends_well(pid_t supervisor) {
    int status = 0;
    return ::waitpid(supervisor, &status, 0) == supervisor && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
  }
  /// Longer than patience lasts; what is tested is that it passes without harm.
  static void let_patience_pass() { ::poll(nullptr, 0, static_cast<int>(1.6 * kStallMs)); }
  void let_it_train() const { installation_.allow(9); }

  fake::FakeInstallation installation_;
};

TEST_F(Stall, ASleeperIsEnded) { EXPECT_EQ(code_of("trainer_epoch_silent"), "TIMEOUT"); }

TEST_F(Stall, OneThatStopsItselfIsEnded) {
  EXPECT_EQ(code_of("trainer_epoch_stop"), "TIMEOUT");
  EXPECT_EQ(code_of("examiner_exam_stop"), "TIMEOUT");
}

// Spinning must not win it more patience than sleeping does.
TEST_F(Stall, OneThatClosesItsDescriptorsAndComputesOnIsEnded) {
  EXPECT_EQ(code_of("trainer_epoch_closed_spin"), "TAMPERED");
}

// Regression: the first look after a pause of the whole run took all of it for idleness.
TEST_F(Stall, ARunThatIsStoppedAndContinuedEndsWell) {
  const pid_t supervisor = start("stepwise");
  const std::vector<pid_t> all = sandbox::processes_below(supervisor);
  EXPECT_GE(all.size(), 3U);
  for (const pid_t one : all) EXPECT_EQ(::kill(one, SIGSTOP), 0);
  let_patience_pass();
  let_it_train();
  for (const pid_t one : all) EXPECT_EQ(::kill(one, SIGCONT), 0);
  EXPECT_TRUE(ends_well(supervisor));
}

// Regression: workers that others kept from computing were ended as stalled.
TEST_F(Stall, AStarvedWorkerIsLeftAlone) {
  const Starvation starvation;
  if (!starvation.made()) GTEST_SKIP() << "no control group of CPU time can be made here";
  const pid_t supervisor = start("spinning_stepwise");
  int starved = 0;
  for (const pid_t one : sandbox::processes_below(supervisor)) {
    const auto name = read_file("/proc/" + std::to_string(one) + "/comm");
    if (name.ok() && name->starts_with("gradus-worker")) starved += starvation.take(one);
  }
  EXPECT_EQ(starved, 2);
  let_patience_pass();
  EXPECT_EQ(::waitpid(supervisor, nullptr, WNOHANG), 0) << "it was ended";
  let_it_train();
  EXPECT_TRUE(starvation.end());
  EXPECT_TRUE(ends_well(supervisor));
}

}  // namespace
}  // namespace gradus::supervisor
