// Runs that go on from a checkpoint, and trainers that lie about their state.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include "framework/core/files.hpp"
#include "framework/core/text.hpp"
#include "framework/supervisor/testing/fixture.hpp"

namespace gradus::supervisor {
namespace {

using testing::HasSubstr;

class ResumedRun : public ::testing::Test {
 protected:
  fs::path checkpoint() const { return installation_.paths().home / "kept" / "checkpoint"; }
  RunRecord record(const RunPlan& plan, const fs::path& file) const {
    auto made = fake::run(installation_, plan, 60'000, file);
    EXPECT_TRUE(made.ok()) << made.error().text();
    return made.ok() ? *made : RunRecord{};
  }
  void allow(std::size_t epochs) const { installation_.allow(epochs); }
  std::int64_t kept_epoch(const RunPlan& plan) const {
    const auto found = read_checkpoint(checkpoint(), plan.hash());
    return found.ok() && *found ? (*found)->epoch : 0;
  }
  /// Trains in a process of its own until the checkpoint holds `epoch`, then kills it.
  void interrupt_behind(const RunPlan& plan, std::int64_t epoch) const {
    allow(static_cast<std::size_t>(epoch));
    const pid_t child = ::fork();
    if (child == 0) {
      static_cast<void>(fake::run(installation_, plan, 60'000, checkpoint()).ok());
      ::_exit(0);
    }
    for (int i = 0; i < 3000 && kept_epoch(plan) < epoch; ++i) ::usleep(5000);
    ASSERT_EQ(kept_epoch(plan), epoch);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  static void expect_equal(const RunRecord& a, const RunRecord& b) {
    EXPECT_EQ(to_json(a.evidence).dump(), to_json(b.evidence).dump());
    EXPECT_EQ(a.events, b.events);
    ASSERT_EQ(a.arrays.size(), b.arrays.size());
    for (const auto& [name, array] : a.arrays) {
      EXPECT_EQ(array.bytes, b.arrays.at(name).bytes) << name;
    }
  }

  fake::FakeInstallation installation_;
};

struct Case {
  const char* name;
  void (*change)(Recipe& recipe);
};
void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class ResumedRecipe : public ResumedRun, public ::testing::WithParamInterface<Case> {};

TEST_P(ResumedRecipe, EqualsAnUndisturbedOne) {
  RunPlan plan = installation_.plan("stepwise");
  plan.recipe.epochs = 7;
  GetParam().change(plan.recipe);
  allow(9);
  const RunRecord whole = record(plan, {});
  EXPECT_EQ(whole.evidence.status, "done");
  for (const std::int64_t epoch : {1, 3, 4}) {
    fs::remove_all(checkpoint().parent_path());
    installation_.forget_trained();
    interrupt_behind(plan, epoch);
    const std::string before = installation_.trained();
    allow(9);
    expect_equal(record(plan, checkpoint()), whole);
    EXPECT_EQ(installation_.trained().substr(before.size(), 1), std::to_string(epoch + 1))
        << "it begins behind the epoch that it had";
  }
}

INSTANTIATE_TEST_SUITE_P(All, ResumedRecipe,
                         ::testing::Values(Case{"Plain", [](Recipe&) {}},
                                           Case{"EarlyStop",
                                                [](Recipe& r) {
                                                  r.early_stop.patience = 2;
                                                  r.early_stop.min_delta = 0.05;
                                                }},
                                           Case{"Plateau",
                                                [](Recipe& r) {
                                                  r.schedule.name = "plateau";
                                                  r.schedule.patience = 0;
                                                  r.schedule.min_delta = 0.3;
                                                }},
                                           Case{"KeepLast", [](Recipe& r) { r.keep = "last"; }}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(ResumedRecipe, GoesOnFromRungToRungAsIfThereWereNone) {
  RunPlan plan = installation_.plan("stepwise");
  plan.recipe.epochs = 7;
  GetParam().change(plan.recipe);
  allow(9);
  const RunRecord whole = record(plan, {});
  installation_.forget_trained();
  std::string trained;
  for (const std::int64_t rung : {1, 3, 5}) {
    RunPlan cut = plan;
    cut.stop_after = rung;
    const RunRecord at_rung = record(cut, checkpoint());
    EXPECT_EQ(at_rung.evidence.status, "done");
    EXPECT_EQ(at_rung.evidence.run_hash, cut.hash());
    EXPECT_EQ(at_rung.evidence.plan, cut.hashed());
    EXPECT_EQ(at_rung.evidence.epochs.back().epoch, rung);
    EXPECT_TRUE(at_rung.evidence.scores.contains("test")) << "its evidence is whole";
    EXPECT_EQ(kept_epoch(plan), rung);
    // Its evidence is that of a run which knew no earlier rung.
    fs::rename(checkpoint(), checkpoint().string() + ".aside");
    const std::string before = installation_.trained();
    expect_equal(record(cut, {}), at_rung);
    installation_.forget_trained();
    trained += before;
    fs::rename(checkpoint().string() + ".aside", checkpoint());
  }
  expect_equal(record(plan, checkpoint()), whole);
  trained += installation_.trained();
  EXPECT_TRUE(std::string("1 2 3 4 5 6 7 ").starts_with(trained)) << trained;
}

TEST_F(ResumedRun, AtItsRungAlreadyItTrainsNothingMore) {
  RunPlan plan = installation_.plan("stepwise");
  plan.recipe.epochs = 5;
  plan.stop_after = 2;
  allow(9);
  const RunRecord first = record(plan, checkpoint());
  installation_.forget_trained();
  expect_equal(record(plan, checkpoint()), first);
  EXPECT_EQ(installation_.trained(), "");
}

TEST_F(ResumedRun, BeyondItsRungItBeginsAnew) {
  RunPlan plan = installation_.plan("stepwise");
  plan.recipe.epochs = 6;
  interrupt_behind(plan, 4);
  allow(9);
  RunPlan cut = plan;
  cut.stop_after = 2;
  const RunRecord alone = record(cut, {});
  expect_equal(record(cut, checkpoint()), alone);
}

TEST_F(ResumedRun, TwoInterruptionsAreAsGoodAsOne) {
  RunPlan plan = installation_.plan("stepwise");
  plan.recipe.epochs = 6;
  allow(9);
  const RunRecord whole = record(plan, {});
  interrupt_behind(plan, 2);
  interrupt_behind(plan, 4);
  allow(9);
  expect_equal(record(plan, checkpoint()), whole);
}

TEST_F(ResumedRun, ADamagedCheckpointCostsOnlyTheWayBack) {
  RunPlan plan = installation_.plan("stepwise");
  plan.recipe.epochs = 4;
  allow(9);
  const RunRecord whole = record(plan, {});
  interrupt_behind(plan, 2);
  fs::resize_file(checkpoint(), 100);
  allow(9);
  expect_equal(record(plan, checkpoint()), whole);
}

TEST_F(ResumedRun, WhatWasSpentBeforeCountsAgainstTheLimits) {
  RunPlan plan = installation_.plan("stepwise");
  plan.recipe.epochs = 4;
  interrupt_behind(plan, 2);
  auto kept = read_checkpoint(checkpoint(), plan.hash());
  ASSERT_TRUE(kept.ok() && *kept);
  (*kept)->trainer.wall_ms = 1e9;  // of 30 s: a second is left, and no epoch is allowed
  ASSERT_TRUE(write_checkpoint(checkpoint(), **kept).ok());
  const Evidence evidence = record(plan, checkpoint()).evidence;
  ASSERT_TRUE(evidence.failure);
  EXPECT_EQ(evidence.failure->code, "TIMEOUT") << evidence.failure->what;
}

class LyingState : public ResumedRun,
                   public ::testing::WithParamInterface<std::pair<std::string, std::string>> {};

TEST_P(LyingState, IsTampering) {
  const RunPlan plan = installation_.plan(GetParam().first);
  const Evidence evidence = record(plan, checkpoint()).evidence;
  EXPECT_EQ(evidence.status, "failed");
  ASSERT_TRUE(evidence.failure);
  EXPECT_EQ(evidence.failure->code, "TAMPERED") << evidence.failure->what;
  EXPECT_THAT(evidence.failure->what, HasSubstr(GetParam().second));
  EXPECT_EQ(kept_epoch(plan), 0);
}

INSTANTIATE_TEST_SUITE_P(
    All, LyingState,
    ::testing::Values(std::pair{"trainer_no_state", "in place of its state after epoch 1"},
                      std::pair{"trainer_misnamed_state", "in place of its state"},
                      std::pair{"trainer_state_of_another_epoch", "in place of its state"},
                      std::pair{"trainer_parameter_in_state", "unknown kind 'parameter'"},
                      std::pair{"trainer_giant_state", "larger than"}),
    [](const auto& info) { return std::string(info.param.first); });

}  // namespace
}  // namespace gradus::supervisor
