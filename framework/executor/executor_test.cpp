// The pool with real supervisor processes and the supervisor's fake worker, killed at bad moments.

#include "framework/executor/executor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "framework/core/files.hpp"
#include "framework/executor/cache.hpp"
#include "framework/executor/testing.hpp"

namespace gradus::executor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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

TEST_F(Executor, TellsHowFarItIs) {
  const Plan plan{"lab", "quick", {planned("good"), planned("good", 1)}};
  std::vector<Estimate> told;
  Options how = options();
  how.on_estimate = [&](const Estimate& estimate) { told.push_back(estimate); };
  execute(plan, how);
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.front().runs, 2U);
  EXPECT_LT(told.front().done, 2U);
  EXPECT_FALSE(told.front().seconds_left) << "no network's speed is known yet";
}

/// They stood behind what was at work, and the time that they would take was foretold.
TEST_F(Executor, RunsWhoseEvidenceIsThereAreDoneBeforeAnythingStarts) {
  execute({"lab", "quick", {planned("good"), planned("good", 1)}});
  PlannedRun longest = planned("gated");
  longest.run.recipe.epochs = 9;  // it goes first
  const Plan plan{"lab", "quick", {longest, planned("good"), planned("good", 1)}};
  std::vector<Estimate> told;
  Options how = options();
  how.jobs = 1;
  how.on_estimate = [&](const Estimate& estimate) {
    told.push_back(estimate);
    open_gate();
  };
  execute(plan, how);
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.front().runs, 3U);
  EXPECT_EQ(told.front().done, 2U);
  EXPECT_EQ(states_,
            (std::map<std::size_t, std::string>{{0, "done"}, {1, "cached"}, {2, "cached"}}));
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

/// Or a submission could choose to stay ungraded, and a class would never be done.
TEST_F(Executor, WhoKillsItselfInEveryAttemptHasCrashed) {
  const Plan plan{"lab", "quick", {planned("trainer_epoch_sigkill")}};
  const auto entries = execute(plan);
  ASSERT_FALSE(entries[0].not_graded) << entries[0].not_graded->what;
  EXPECT_EQ(states_[0], "failed");
  EXPECT_THAT(texts_,
              AllOf(HasSubstr("tried again"), HasSubstr("CRASHED"), HasSubstr("in every attempt")));
  EXPECT_EQ(look_up(paths(), entries[0].run_hash).kind, CacheState::Kind::whole);
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
