// The pool with real supervisor processes and the supervisor's fake worker, killed at bad moments.

#include "framework/executor/executor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <set>

#include "framework/core/files.hpp"
#include "framework/executor/cache.hpp"
#include "framework/supervisor/checkpoint.hpp"
#include "framework/supervisor/testing/fixture.hpp"

namespace gradus::executor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Executor : public testing::Test {
 protected:
  PlannedRun planned(const std::string& behaviour, std::uint64_t seed = 0) const {
    PlannedRun run;
    run.id = behaviour + std::to_string(seed);
    run.run = installation_.plan(behaviour);
    run.run.seed = seed;
    return run;
  }

  /// Last state and all texts of each run, by index.
  Options options() {
    Options made;
    made.jobs = 2;
    made.on_progress = [this](const RunProgress& progress) {
      states_[progress.index] = progress.state;
      texts_ += progress.text + "\n";
    };
    return made;
  }

  std::vector<Entry> execute(const Plan& plan, const Options& how) {
    auto entries = executor::execute(paths(), plan, how);
    EXPECT_TRUE(entries.ok()) << entries.error().text();
    return entries.ok() ? *entries : std::vector<Entry>{};
  }
  std::vector<Entry> execute(const Plan& plan) { return execute(plan, options()); }

  const Paths& paths() const { return installation_.paths(); }
  std::string observed(const std::string& hash) const {
    return read_file(evidence_folder(paths(), hash) / "observed.json").value();
  }
  void open_gate() const { EXPECT_TRUE(write_file(paths().home / "gate", "").ok()); }

  /// Processes that belong to this home (their command line names it), zombies left out.
  std::set<pid_t> processes(const std::string& program = "") const {
    std::set<pid_t> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      const pid_t pid = std::atoi(entry.path().filename().c_str());
      if (pid <= 0 || pid == ::getpid()) continue;
      std::ifstream file(entry.path() / "cmdline");
      const std::string line{std::istreambuf_iterator<char>(file), {}};
      if (line.find(paths().home) != std::string::npos && line.find(program) != std::string::npos) {
        found.insert(pid);
      }
    }
    return found;
  }
  template <class Condition>
  bool eventually(Condition condition) const {
    for (int i = 0; i < 3000; ++i) {
      if (condition()) return true;
      ::poll(nullptr, 0, 10);
    }
    return false;
  }
  std::size_t leftovers() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(paths().scratch())) {
      count += entry.path().filename().string().starts_with("executor-") ? 1 : 0;
    }
    return count;
  }

  supervisor::fake::FakeInstallation installation_;
  std::map<std::size_t, std::string> states_;
  std::string texts_;
};

TEST_F(Executor, RunsEachDistinctRunOnceAndCachesIt) {
  const Plan plan{"lab", "quick", {planned("good"), planned("good", 1), planned("good")}};
  EXPECT_THAT(cached(paths(), plan), ElementsAre(false, false, false));
  const auto entries = execute(plan);
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].run_hash, entries[2].run_hash);
  EXPECT_NE(entries[0].run_hash, entries[1].run_hash);
  EXPECT_EQ(states_, (std::map<std::size_t, std::string>{{0, "done"}, {1, "done"}}));
  EXPECT_EQ(read_evidence(entries[1].evidence)->evidence.status, "done");
  EXPECT_THAT(cached(paths(), plan), ElementsAre(true, true, true));
  EXPECT_EQ(leftovers(), 0U);

  const std::string before = observed(entries[0].run_hash);
  execute(plan);
  EXPECT_EQ(states_[0], "cached");
  EXPECT_EQ(observed(entries[0].run_hash), before);  // not run again
}

TEST_F(Executor, AFailedSubmissionIsEvidenceToo) {
  const Plan plan{"lab", "quick", {planned("trainer_epoch_segfault")}};
  const auto entries = execute(plan);
  EXPECT_FALSE(entries[0].not_graded);
  EXPECT_EQ(states_[0], "failed");
  EXPECT_THAT(texts_, HasSubstr("SIGSEGV"));
  EXPECT_EQ(read_evidence(entries[0].evidence)->evidence.failure->code, "CRASHED");
  execute(plan);
  EXPECT_EQ(states_[0], "cached");
}

TEST_F(Executor, FreshEvidenceReplacesTheOld) {
  const Plan plan{"lab", "quick", {planned("good")}};
  const auto entries = execute(plan);
  const fs::path marker = entries[0].evidence / "marker";
  ASSERT_TRUE(write_file(marker, "old").ok());
  Options how = options();
  how.fresh = true;
  execute(plan, how);
  EXPECT_EQ(states_[0], "done");
  EXPECT_FALSE(fs::exists(marker));
  EXPECT_EQ(leftovers(), 0U);
}

class DamagedEvidence : public Executor, public testing::WithParamInterface<std::string> {};

TEST_P(DamagedEvidence, IsSetAsideAndMadeAgain) {
  const Plan plan{"lab", "quick", {planned("good")}};
  const auto entries = execute(plan);
  const fs::path file = entries[0].evidence / GetParam();
  if (GetParam() == "run.json") {
    std::string text = read_file(file).value();
    ASSERT_TRUE(write_file(file, text.substr(0, text.size() / 2)).ok());
  } else {
    fs::resize_file(file, 200);
  }
  EXPECT_THAT(cached(paths(), plan), ElementsAre(false));
  execute(plan);
  EXPECT_EQ(states_[0], "done");
  EXPECT_THAT(texts_, HasSubstr("damaged"));
  EXPECT_EQ(look_up(paths(), entries[0].run_hash).kind, CacheState::Kind::whole);
  EXPECT_FALSE(fs::is_empty(paths().home / "set-aside"));
}
INSTANTIATE_TEST_SUITE_P(Files, DamagedEvidence,
                         testing::Values("run.json", "observed.json", "test_logits.npy"),
                         [](const auto& info) {
                           return info.param.substr(0, info.param.find('.'));
                         });

TEST_F(Executor, EvidenceOfAnotherRunIsNotTaken) {
  const Plan plan{"lab", "quick", {planned("good"), planned("good", 1)}};
  const auto entries = execute(plan);
  fs::remove_all(entries[0].evidence);
  fs::copy(entries[1].evidence, entries[0].evidence);
  EXPECT_THAT(look_up(paths(), entries[0].run_hash).reason, HasSubstr("belongs to"));
  execute(plan);
  EXPECT_EQ(states_[0], "done");
  EXPECT_EQ(states_[1], "cached");
}

TEST_F(Executor, OurOwnFaultsAreTriedAgainThenNotGraded) {
  const Plan plan{"lab", "quick", {planned("good")}};
  fs::remove(paths().program("gradus-worker"));
  const auto entries = execute(plan);
  ASSERT_TRUE(entries[0].not_graded);
  EXPECT_EQ(entries[0].not_graded->fault, Fault::infrastructure);
  EXPECT_THAT(entries[0].not_graded->what, HasSubstr("worker program is missing"));
  EXPECT_EQ(states_[0], "not_graded");
  EXPECT_TRUE(entries[0].evidence.empty());
  EXPECT_TRUE(fs::is_empty(paths().evidence()));
  EXPECT_EQ(leftovers(), 0U);
}

class KilledProcess : public Executor, public testing::WithParamInterface<std::string> {};

TEST_P(KilledProcess, IsTriedAgain) {
  const Plan plan{"lab", "quick", {planned("gated")}};
  Options how = options();
  bool killed = false;
  const auto note = how.on_progress;
  how.on_progress = [&](const RunProgress& progress) {
    note(progress);
    if (killed || progress.epoch < 1) return;
    for (const pid_t pid : processes(GetParam())) ::kill(pid, SIGKILL);
    killed = true;
    open_gate();
  };
  const auto entries = execute(plan, how);
  EXPECT_TRUE(killed);
  EXPECT_THAT(texts_, HasSubstr("tried again"));
  EXPECT_EQ(states_[0], "done");
  EXPECT_EQ(look_up(paths(), entries[0].run_hash).kind, CacheState::Kind::whole);
  EXPECT_TRUE(eventually([&] { return processes().empty(); }));
}

INSTANTIATE_TEST_SUITE_P(Programs, KilledProcess,
                         testing::Values("gradus-supervisor", "gradus-worker"),
                         [](const auto& info) { return info.param.substr(7); });

TEST_F(Executor, CallingAgainAfterAKillDoesOnlyWhatIsMissing) {
  PlannedRun first = planned("good"), second = planned("gated");
  first.run.recipe.epochs = 9;  // the longer one goes first
  const Plan plan{"lab", "quick", {first, second}};
  const std::string done = first.run.hash(), undone = second.run.hash();
  const pid_t command = ::fork();
  if (command == 0) {
    Options how;
    how.jobs = 1;
    static_cast<void>(executor::execute(paths(), plan, how));
    ::_exit(0);
  }
  ASSERT_TRUE(eventually([&] {
    return fs::exists(evidence_folder(paths(), done)) && !processes("gradus-worker").empty() &&
           leftovers() == 1;
  }));
  const std::string before = observed(done);
  ::kill(command, SIGKILL);
  ::waitpid(command, nullptr, 0);
  EXPECT_TRUE(eventually([&] { return processes().empty(); }));  // supervisor and workers, too
  EXPECT_FALSE(fs::exists(evidence_folder(paths(), undone)));
  EXPECT_EQ(leftovers(), 1U);

  open_gate();
  execute(plan);
  EXPECT_EQ(states_[0], "cached");
  EXPECT_EQ(states_[1], "done");
  EXPECT_EQ(observed(done), before);
  EXPECT_EQ(leftovers(), 0U);
}

class KilledAfterEpoch : public Executor, public testing::WithParamInterface<std::size_t> {
 protected:
  void allow(std::size_t epochs) const {
    EXPECT_TRUE(write_file_atomically(paths().home / "allowed", std::string(epochs, '.')).ok());
  }
  std::map<std::string, std::string> files(const std::string& hash) const {
    std::map<std::string, std::string> found;
    for (const auto& file : fs::directory_iterator(evidence_folder(paths(), hash))) {
      if (file.path().filename() == "observed.json") continue;
      found[file.path().filename()] = read_file(file.path()).value();
    }
    return found;
  }
};

TEST_P(KilledAfterEpoch, GoesOnBehindItWithEqualEvidence) {
  PlannedRun run = planned("stepwise");
  run.run.recipe.epochs = 5;
  run.run.recipe.early_stop = {4, "val_accuracy", 0};
  const Plan plan{"lab", "quick", {run}};
  const std::string hash = run.run.hash();
  const fs::path checkpoint = checkpoint_folder(paths(), hash) / "checkpoint";
  const fs::path trained = paths().home / "trained";
  allow(5);
  execute(plan);
  const auto undisturbed = files(hash);
  EXPECT_EQ(read_file(trained).value(), "1 2 3 4 5 ");
  EXPECT_FALSE(fs::exists(checkpoint.parent_path())) << "a run that is done needs none";
  fs::remove_all(evidence_folder(paths(), hash));
  fs::remove(trained);

  allow(GetParam());
  const pid_t command = ::fork();
  if (command == 0) {
    static_cast<void>(executor::execute(paths(), plan, {}));
    ::_exit(0);
  }
  // The next epoch waits for leave, so this is the last thing that is written.
  const auto kept = [&] {
    const auto found = supervisor::read_checkpoint(checkpoint, hash);
    return found.ok() && *found ? (*found)->epoch : 0;
  };
  ASSERT_TRUE(eventually([&] { return kept() == static_cast<std::int64_t>(GetParam()); }));
  ::kill(command, SIGKILL);
  ::waitpid(command, nullptr, 0);
  EXPECT_TRUE(eventually([&] { return processes().empty(); }));
  EXPECT_FALSE(fs::exists(evidence_folder(paths(), hash)));

  allow(5);
  execute(plan);
  EXPECT_EQ(states_[0], "done");
  EXPECT_EQ(read_file(trained).value(), "1 2 3 4 5 ") << "no epoch is trained twice";
  EXPECT_EQ(files(hash), undisturbed);
  EXPECT_GE(undisturbed.size(), 8U);
  EXPECT_FALSE(fs::exists(checkpoint.parent_path()));
}

INSTANTIATE_TEST_SUITE_P(Epochs, KilledAfterEpoch, testing::Values(1, 2, 4));

TEST_F(Executor, AnInstantIsNeverABadOne) {
  PlannedRun run = planned("good");
  run.run.recipe.epochs = 30;
  const Plan plan{"lab", "quick", {run}};
  execute(plan);
  const fs::path made = evidence_folder(paths(), run.run.hash());
  const std::string undisturbed = read_file(made / "run.json").value();
  const std::string events = read_file(made / "events.jsonl").value();
  for (int delay_ms = 60; delay_ms < 700; delay_ms += 90) {
    fs::remove_all(made);
    const pid_t command = ::fork();
    if (command == 0) {
      static_cast<void>(executor::execute(paths(), plan, {}));
      ::_exit(0);
    }
    ::poll(nullptr, 0, delay_ms);  // whatever it is doing then
    ::kill(command, SIGKILL);
    ::waitpid(command, nullptr, 0);
    ASSERT_TRUE(eventually([&] { return processes().empty(); }));
    if (delay_ms % 4 == 0) continue;  // killed twice
    execute(plan);
    EXPECT_EQ(read_file(made / "run.json").value(), undisturbed) << delay_ms;
    EXPECT_EQ(read_file(made / "events.jsonl").value(), events) << delay_ms;
  }
}

TEST_F(Executor, AFreshRunBeginsAtItsBeginning) {
  const Plan plan{"lab", "quick", {planned("good")}};
  const fs::path kept = checkpoint_folder(paths(), plan.runs[0].run.hash());
  fs::create_directories(kept);
  ASSERT_TRUE(write_file(kept / "old", "").ok());
  Options how = options();
  how.fresh = true;
  execute(plan, how);
  EXPECT_EQ(states_[0], "done");
  EXPECT_FALSE(fs::exists(kept));
}

TEST_F(Executor, TwoCommandsDoOneRunOnce) {
  const Plan plan{"lab", "quick", {planned("gated")}};
  const pid_t other = ::fork();
  if (other == 0) {
    static_cast<void>(executor::execute(paths(), plan, {}));
    ::_exit(0);
  }
  ASSERT_TRUE(eventually([&] { return !processes("gradus-worker").empty(); }));
  Options how = options();
  const auto note = how.on_progress;
  how.on_progress = [&](const RunProgress& progress) {
    note(progress);
    if (progress.text.find("another command") != std::string::npos) open_gate();
  };
  const auto entries = execute(plan, how);
  EXPECT_EQ(states_[0], "cached");
  EXPECT_EQ(look_up(paths(), entries[0].run_hash).kind, CacheState::Kind::whole);
  int status = 0;
  ::waitpid(other, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
}

TEST_F(Executor, ACancelledPlanLeavesNothingBehind) {
  const Plan plan{"lab", "quick", {planned("gated"), planned("gated", 1)}};
  Options how = options();
  bool training = false;
  how.on_progress = [&](const RunProgress& progress) {
    training = training || progress.epoch >= 1;
  };
  how.cancelled = [&] { return training; };
  const auto entries = executor::execute(paths(), plan, how);
  ASSERT_FALSE(entries.ok());
  EXPECT_EQ(entries.error().fault, Fault::user);
  EXPECT_THAT(entries.error().what, HasSubstr("interrupted"));
  EXPECT_TRUE(eventually([&] { return processes().empty(); }));
  EXPECT_TRUE(fs::is_empty(paths().evidence()));
  EXPECT_EQ(leftovers(), 0U);
}

TEST_F(Executor, EqualPlansGiveEqualBytes) {
  const Plan plan{"lab", "quick", {planned("good")}};
  const auto entries = execute(plan);
  std::map<std::string, std::string> before;
  for (const auto& file : fs::directory_iterator(entries[0].evidence)) {
    before[file.path().filename()] = read_file(file.path()).value();
  }
  Options how = options();
  how.fresh = true;
  execute(plan, how);
  EXPECT_GE(before.size(), 9U);
  for (const auto& [name, bytes] : before) {
    if (name == "observed.json") continue;
    EXPECT_EQ(read_file(entries[0].evidence / name).value(), bytes) << name;
  }
}

}  // namespace
}  // namespace gradus::executor
