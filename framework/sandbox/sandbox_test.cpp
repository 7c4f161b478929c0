// What a confined program sees, and how its end is reported.
#include "framework/sandbox/sandbox.hpp"

#include <signal.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "framework/sandbox/testing/fixture.hpp"

namespace gradus::sandbox {
namespace {

using testing::HasSubstr;

class EveryMode : public SandboxTest, public testing::WithParamInterface<Mode> {
 protected:
  Spec with_mode(Spec spec) {
    spec.mode = GetParam();
    return spec;
  }
};
INSTANTIATE_TEST_SUITE_P(Modes, EveryMode, testing::Values(Mode::full, Mode::reduced, Mode::off),
                         [](const auto& info) { return to_string(info.param); });

TEST(SandboxMode, ReadsItsNamesAndRefusesOthers) {
  for (const Mode mode : {Mode::full, Mode::reduced, Mode::off})
    EXPECT_EQ(*mode_from_string(to_string(mode)), mode);
  const auto wrong = mode_from_string("none");
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().fault, Fault::user);
}

TEST_P(EveryMode, ReportsExitCodeAndOutput) {
  const Outcome hello = run_ok(with_mode(actor("hello", "text")));
  EXPECT_TRUE(hello.ok());
  EXPECT_EQ(hello.out, "text\n");
  EXPECT_EQ(hello.err, "to error");
  const Outcome seven = run_ok(with_mode(actor("exit", "7")));
  EXPECT_FALSE(seven.ok());
  EXPECT_EQ(seven.exit_code, 7);
  EXPECT_EQ(seven.signal, 0);
  EXPECT_TRUE(nobody_left());
}

TEST_P(EveryMode, ReportsTheSignal) {
  for (const int signal : {SIGSEGV, SIGABRT, SIGTERM}) {
    const Outcome outcome = run_ok(with_mode(actor("signal", std::to_string(signal))));
    EXPECT_EQ(outcome.signal, signal);
    EXPECT_EQ(outcome.limit, "");
    EXPECT_FALSE(outcome.ok());
  }
}

TEST_P(EveryMode, PassesOnlyTheDeclaredDescriptors) {
  const Fd stray(dup(pipe_.read.get()));  // not close-on-exec
  ASSERT_TRUE(stray.valid());
  EXPECT_EQ(run_ok(with_mode(actor("descriptors"))).out, "0 1 2 9 ");
}

TEST_P(EveryMode, PassesOnlyTheDeclaredEnvironment) {
  ASSERT_EQ(setenv("GRADUS_TEST_SECRET", "42", 1), 0);
  Spec spec = with_mode(actor("environment"));
  spec.env = {{"A", "1"}};
  const std::string out = run_ok(spec).out;
  EXPECT_THAT(out, HasSubstr("A=1\n"));
  EXPECT_THAT(out, Not(HasSubstr("SECRET")));
  EXPECT_THAT(out, Not(HasSubstr("PATH=")));
}

/// Without them its heap stays on small pages, whatever GLIBC_TUNABLES says.
TEST_P(EveryMode, ShowsGlibcWhetherTheKernelHasLargePages) {
  const std::string folder = "/sys/kernel/mm/transparent_hugepage/";
  for (const char* name : {"enabled", "hpage_pmd_size"}) {
    std::ifstream file(folder + name);
    if (!file) GTEST_SKIP() << "this kernel has no large pages";
    std::ostringstream text;
    text << file.rdbuf();
    EXPECT_EQ(run_ok(with_mode(actor("show", folder + name))).out, text.str());
  }
}

TEST_P(EveryMode, TakesLargeInput) {
  Spec spec = with_mode(actor("count_input"));
  spec.input.assign(5'000'000, '\1');
  EXPECT_EQ(run_ok(spec).out, "5000000 5000000\n");
  spec.input.clear();
  EXPECT_EQ(run_ok(spec).out, "0 0\n");
}

TEST_P(EveryMode, KillEndsTheWholeTree) {
  auto process = Process::start(with_mode(actor("daemon")));
  ASSERT_TRUE(process.ok()) << process.error().text();
  process->kill();
  process->wait();
  EXPECT_FALSE(process->running());
  EXPECT_TRUE(nobody_left());
  if (root()) {
    EXPECT_TRUE(processes_of_user(process->uid()).empty());
  }
}

TEST_P(EveryMode, KillIsReported) {
  auto process = Process::start(with_mode(actor("sleep")));
  ASSERT_TRUE(process.ok()) << process.error().text();
  EXPECT_TRUE(process->running());
  process->kill();
  const Outcome outcome = process->wait();
  EXPECT_EQ(outcome.limit, "killed");
  EXPECT_FALSE(outcome.ok());
}

TEST_P(EveryMode, ACancelledRunEndsWithItsTree) {
  Spec sleeping = with_mode(actor("sleep"));
  sleeping.cancelled = [] { return true; };
  const auto outcome = run(sleeping);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().fault, Fault::infrastructure);
  EXPECT_EQ(outcome.error().what, "interrupted");
  EXPECT_TRUE(nobody_left());
}

TEST_P(EveryMode, ARunThatNobodyCancelsEndsAsItDoes) {
  Spec spec = with_mode(actor("exit", "3"));
  spec.cancelled = [] { return false; };
  EXPECT_EQ(run_ok(spec).exit_code, 3);
}

TEST_P(EveryMode, DestructionKills) {
  {
    auto process = Process::start(with_mode(actor("sleep")));
    ASSERT_TRUE(process.ok()) << process.error().text();
  }
  EXPECT_TRUE(nobody_left());
}

TEST_P(EveryMode, KillsADaemonWhenTheProgramEnds) {
  const Outcome outcome = run_ok(with_mode(actor("daemon")));
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_TRUE(nobody_left());
}

TEST_P(EveryMode, WritableFolderTakesFiles) {
  const fs::path folder = home_ / "out";
  ASSERT_TRUE(make_folder(folder, 0700).ok());
  // Not below /tmp inside, where more is allowed.
  const fs::path inside = GetParam() == Mode::full ? fs::path("/out") : folder;
  Spec spec = with_mode(actor("write", inside));
  spec.mounts.push_back({folder, inside, true});
  const std::string out = run_ok(spec).out;
  EXPECT_THAT(out, HasSubstr("file 1"));
  if (GetParam() != Mode::off) {
    EXPECT_EQ(out, "file 1 link 0 pipe 0\n");
  }
  struct stat info {};
  ASSERT_EQ(lstat((folder / "file").c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, getuid());  // given back
  ASSERT_EQ(lstat(folder.c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, getuid());
}

TEST_P(EveryMode, StaysOnItsCores) {
  Spec spec = with_mode(actor("cores"));
  spec.cpus = {0};
  const std::string out = run_ok(spec).out;
  if (GetParam() == Mode::off) {
    EXPECT_NE(out, "");
  } else {
    EXPECT_EQ(out, "1\n");
  }
}

TEST_P(EveryMode, NamesTheLayersInForce) {
  const auto layers = run_ok(with_mode(actor("exit", "0"))).layers;
  EXPECT_THAT(layers, testing::IsSupersetOf({"rlimits", "watchdog"}));
  const bool namespaces = std::find(layers.begin(), layers.end(), "namespaces") != layers.end();
  EXPECT_EQ(namespaces, GetParam() == Mode::full);
}

TEST_F(SandboxTest, RefusesExecOfAnythingButTheProgram) {
  for (const Mode mode : {Mode::full, Mode::reduced}) {
    Spec spec = actor("exec");
    spec.mode = mode;
    EXPECT_EQ(run_ok(spec).exit_code, 0);  // allowed
    spec.may_exec = false;
    const Outcome outcome = run_ok(spec);
    EXPECT_EQ(outcome.exit_code, 5);
    EXPECT_THAT(outcome.err, HasSubstr("exec: "));
  }
}

TEST_F(SandboxTest, ReportsWhatItMeasured) {
  Spec spec = actor("hog_children", "2");
  spec.limits.wall_s = 2;  // time enough to touch its memory, on a busy machine too
  const Outcome outcome = run_ok(spec);
  EXPECT_EQ(outcome.limit, "wall");
  EXPECT_GE(outcome.wall_ms, 2000);
  EXPECT_LT(outcome.wall_ms, 10'000);
  EXPECT_GT(outcome.rss_kib, 75 * 1024);
  EXPECT_GT(outcome.cpu_ms, 0);
}

TEST_F(SandboxTest, CountsCpuTimeWhileItRuns) {
  auto process = Process::start(actor("spin"));
  ASSERT_TRUE(process.ok()) << process.error().text();
  while (process->running() && process->cpu_ms() < 50) {
  }
  EXPECT_GE(process->cpu_ms(), 50);
  process->kill();
  EXPECT_GE(process->wait().cpu_ms, 50);
}

TEST_F(SandboxTest, NamesTheFolderThatIsClosed) {
  if (!root()) GTEST_SKIP() << "only root gives sandboxes another uid";
  const fs::path closed = home_ / "closed", inner = closed / "inner";
  ASSERT_TRUE(make_folder(inner).ok());
  ASSERT_EQ(chmod(closed.c_str(), 0700), 0);
  Spec spec = actor("exit", "0");
  spec.mounts.push_back({inner, "", false});
  const auto outcome = run(spec);
  ASSERT_FALSE(outcome.ok());
  EXPECT_THAT(outcome.error().cure, HasSubstr("chmod o+x " + closed.string()));
  ASSERT_EQ(chmod(closed.c_str(), 0711), 0);
  EXPECT_TRUE(run_ok(spec).ok());
  ASSERT_EQ(chmod(inner.c_str(), 0700), 0);
  EXPECT_FALSE(run(spec).ok());
}

TEST_F(SandboxTest, RefusesWhatItCannotDo) {
  Spec relative = actor("exit");
  relative.argv[0] = "actor";
  EXPECT_FALSE(run(relative).ok());
  Spec twice = actor("exit");
  twice.fds.push_back(twice.fds.front());
  EXPECT_FALSE(run(twice).ok());
  Spec missing = actor("exit");
  missing.argv[0] = "/usr/bin/no-such-program";
  const auto outcome = run(missing);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().fault, Fault::infrastructure);
  EXPECT_THAT(outcome.error().what, HasSubstr("no-such-program"));
  Spec moved = actor("exit");
  moved.mode = Mode::reduced;
  moved.mounts.front().inside = "/elsewhere";
  EXPECT_FALSE(run(moved).ok());
  EXPECT_TRUE(nobody_left());
}

TEST_F(SandboxTest, SaysThatItsOwnProgramIsMissing) {
  ASSERT_EQ(setenv("GRADUS_PREFIX", home_.c_str(), 1), 0);
  const auto outcome = run(actor("exit"));
  ASSERT_FALSE(outcome.ok());
  EXPECT_THAT(outcome.error().where, HasSubstr("gradus-confine"));
}

TEST_F(SandboxTest, SaysThatBubblewrapIsMissing) {
  const std::string path = getenv("PATH");
  ASSERT_EQ(setenv("PATH", home_.c_str(), 1), 0);
  const auto full = run(actor("exit", "0"));
  Spec spec = actor("exit", "0");
  spec.mode = Mode::reduced;
  const auto reduced = run(spec);
  ASSERT_EQ(setenv("PATH", path.c_str(), 1), 0);
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.error().where, "sandbox: namespaces");
  EXPECT_THAT(full.error().cure, HasSubstr("--sandbox reduced"));
  EXPECT_TRUE(reduced.ok() && reduced->ok());
}

TEST_F(SandboxTest, ProbesEveryLayer) {
  std::vector<std::string> names;
  for (const LayerReport& report : probe_layers()) {
    names.push_back(report.layer);
    EXPECT_TRUE(report.available || !report.cure.empty()) << report.layer;
    EXPECT_NE(report.detail, "");
  }
  EXPECT_THAT(names, testing::ElementsAre("user", "namespaces", "landlock", "seccomp", "rlimits",
                                          "cgroup"));
}

}  // namespace
}  // namespace gradus::sandbox
