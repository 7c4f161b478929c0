// Commands that are killed while they train, and called again.

#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "framework/executor/testing.hpp"
#include "framework/supervisor/checkpoint.hpp"

namespace gradus::executor {
namespace {

class KilledAfterEpoch : public Executor, public testing::WithParamInterface<std::size_t> {
 protected:
  void allow(std::size_t epochs) const { installation_.allow(epochs); }
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
  allow(5);
  execute(plan);
  const auto undisturbed = files(hash);
  EXPECT_EQ(installation_.trained(), "1 2 3 4 5 ");
  EXPECT_FALSE(fs::exists(checkpoint.parent_path())) << "a run that is done needs none";
  fs::remove_all(evidence_folder(paths(), hash));
  installation_.forget_trained();

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
  EXPECT_EQ(installation_.trained(), "1 2 3 4 5 ") << "no epoch is trained twice";
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

/// Runs of one training that end at rungs.
class Rungs : public Executor {
 protected:
  Rungs() {
    run_ = planned("stepwise");
    run_.run.recipe.epochs = 5;
    run_.run.stop_after = 2;
    installation_.allow(9);
    checkpoint_ = checkpoint_folder(paths(), run_.run.trajectory_hash());
  }
  PlannedRun run_;
  fs::path checkpoint_;
};

TEST_F(Rungs, WhatFollowsGoesOnFromTheCheckpoint) {
  Options how = options();
  std::vector<std::string> over;
  how.then = [&](const Entry& entry) -> std::vector<FollowUp> {
    over.push_back(entry.run_hash);
    EXPECT_FALSE(entry.evidence.empty());
    if (entry.run_hash != run_.run.hash()) return {};
    EXPECT_TRUE(fs::exists(checkpoint_ / "checkpoint")) << "it waits at its rung";
    RunPlan whole = run_.run;
    whole.stop_after = 0;
    return {{0, whole, 2}};
  };
  execute({"lab", "quick", {run_}}, how);
  EXPECT_EQ(installation_.trained(), "1 2 3 4 5 ") << "no epoch is trained twice";
  EXPECT_THAT(over, testing::ElementsAre(run_.run.hash(), run_.run.trajectory_hash()));
  EXPECT_FALSE(fs::exists(checkpoint_)) << "the training is over";
}

TEST_F(Rungs, OfTwoRunsOfOneTrainingTheShorterGoesFirst) {
  PlannedRun whole = run_;
  whole.id = "whole";
  whole.run.stop_after = 0;
  execute({"lab", "quick", {whole, run_}});
  EXPECT_EQ(states_[0], "done");
  EXPECT_EQ(states_[1], "done");
  EXPECT_EQ(installation_.trained(), "1 2 3 4 5 ");
  execute({"lab", "quick", {whole, run_}});
  EXPECT_EQ(states_[0], "cached");
  EXPECT_EQ(states_[1], "cached");
}

TEST_F(Rungs, WhatFollowsIsAskedForWhereAllEvidenceIsThere) {
  Options how = options();
  std::vector<std::string> over;
  how.then = [&](const Entry& entry) -> std::vector<FollowUp> {
    over.push_back(entry.run_hash);
    if (entry.run_hash != run_.run.hash()) return {};
    RunPlan whole = run_.run;
    whole.stop_after = 0;
    return {{0, whole, 2}};
  };
  execute({"lab", "quick", {run_}}, how);
  const std::vector<std::string> first = over;
  over.clear();
  execute({"lab", "quick", {run_}}, how);
  EXPECT_EQ(over, first);
  EXPECT_EQ(over.size(), 2U);
  EXPECT_EQ(states_[0], "cached");
  EXPECT_EQ(installation_.trained(), "1 2 3 4 5 ");
}

TEST_F(Rungs, FreshnessDoesNotThrowAwayWhatThisCallHasTrained) {
  Options how = options();
  how.fresh = true;
  how.then = [&](const Entry& entry) -> std::vector<FollowUp> {
    if (entry.run_hash != run_.run.hash()) return {};
    RunPlan next = run_.run;
    next.stop_after = 4;
    return {{0, next, 2}};
  };
  execute({"lab", "quick", {run_}}, how);
  EXPECT_EQ(installation_.trained(), "1 2 3 4 ");
  EXPECT_TRUE(fs::exists(checkpoint_));
}

TEST_F(Rungs, ARunThatFailsLeavesNoWayOn) {
  run_ = planned("trainer_epoch_segfault");
  run_.run.stop_after = 2;
  execute({"lab", "quick", {run_}});
  EXPECT_EQ(states_[0], "failed");
  EXPECT_FALSE(fs::exists(checkpoint_folder(paths(), run_.run.trajectory_hash())));
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

TEST_F(Executor, ForgetsWhatNobodyWentOnWith) {
  const fs::path old = checkpoint_folder(paths(), std::string(64, 'a'));
  const fs::path young = checkpoint_folder(paths(), std::string(64, 'b'));
  for (const fs::path& folder : {old, young}) fs::create_directories(folder);
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(24 * 31));
  execute({"lab", "quick", {}});
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(young));
}

}  // namespace
}  // namespace gradus::executor
