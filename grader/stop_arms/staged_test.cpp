#include "grader/stop_arms/staged.hpp"

#include <gmock/gmock.h>

#include <deque>

#include "framework/executor/cache.hpp"
#include "grader/stop_arms/testing.hpp"

namespace gradus::grader {
namespace {

using ::testing::ElementsAre;
using testing::ended_itself;
using testing::evidence_of;
using ::testing::HasSubstr;
using testing::kHalving;
using testing::stopping_lab;

/// An executor that makes evidence at once, a run after the other, each only once.
class StagedRuns : public ::testing::Test {
 protected:
  void drive(const lab::Lab& lab, const std::string& broken = "") {
    paths_.home = folder_.path();
    prepared_.lab = lab;
    prepared_.plan = lab::expand(lab);
    hooks_.progress = [this](const Prepared& of, const executor::RunProgress& progress) {
      if (progress.state == "running") return;
      said_.push_back(of.plan.runs[progress.index].id + " " + progress.state +
                      (progress.text.empty() ? "" : " " + progress.text));
    };
    Staged staged(paths_, prepared_, hooks_);
    std::deque<executor::FollowUp> todo;
    for (std::size_t i = 0; i < prepared_.plan.runs.size(); ++i)
      todo.push_back({i, prepared_.plan.runs[i].run, 0});
    std::set<std::string> known;
    for (; !todo.empty(); todo.pop_front()) {
      const executor::FollowUp next = todo.front();
      if (!known.insert(next.run.hash()).second) continue;
      made_.push_back(prepared_.plan.runs[next.index].id);
      executor::Entry entry{next.run.hash(), {}, std::nullopt};
      if (prepared_.plan.runs[next.index].id != broken) {
        const auto place = folder_.path() / "evidence" / entry.run_hash;
        ASSERT_TRUE(make_folder(place).ok());
        ASSERT_TRUE(make_folder(checkpoint(next.run)).ok());
        ASSERT_TRUE(write_evidence(place, evidence(next.run), Observed{}).ok());
        entry.evidence = place;
      }
      executor::RunProgress progress;
      progress.index = next.index;
      progress.state = "done";
      staged.progress(progress);
      for (auto& more : staged.then(entry)) todo.push_back(std::move(more));
    }
    entries_ = staged.entries();
  }
  Evidence evidence(const RunPlan& plan) const {
    const Evidence made = evidence_of(plan, 0.1 + 0.001 * static_cast<double>(plan.recipe.batch));
    return plan.recipe.batch == 4 && ends_itself_ > 0 ? ended_itself(made, ends_itself_) : made;
  }
  std::filesystem::path checkpoint(const RunPlan& run) const {
    return executor::checkpoint_folder(paths_, run.trajectory_hash());
  }
  std::vector<std::int64_t> ends() const {
    std::vector<std::int64_t> ends;
    for (const PlannedRun& planned : prepared_.plan.runs) ends.push_back(planned.run.stop_after);
    return ends;
  }

  testing::Folder folder_;
  Paths paths_;
  Prepared prepared_;
  Hooks hooks_;
  std::int64_t ends_itself_ = 0;  ///< epoch at which the best arm's recipe ends it; 0: never
  std::vector<std::string> said_, made_;
  std::vector<executor::Entry> entries_;
};

TEST_F(StagedRuns, SaysOfAnArmThatItStoppedOnceThatIsDecided) {
  drive(stopping_lab(kHalving));
  EXPECT_THAT(ends(), ElementsAre(2, 2, 5, 0));
  EXPECT_THAT(said_, ElementsAre("sweep/batch=1 stopped halving: 4th of 4, best two go on",
                                 "sweep/batch=2 stopped halving: 3rd of 4, best two go on",
                                 "sweep/batch=3 stopped halving: 2nd of 2, best one goes on",
                                 "sweep/batch=4 done"));
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    EXPECT_EQ(entries_[i].run_hash, prepared_.plan.runs[i].run.hash());
    EXPECT_EQ(entries_[i].evidence.filename(), entries_[i].run_hash);
  }
  EXPECT_FALSE(std::filesystem::exists(checkpoint(prepared_.plan.runs[0].run)));
}

TEST_F(StagedRuns, AnArmThatItsRecipeEndedIsMadeAndToldOnce) {
  ends_itself_ = 1;
  drive(stopping_lab(R"(rule = "successive_halving", rungs = [2, 5, 7], keep = 0.99)"));
  EXPECT_EQ(std::count(made_.begin(), made_.end(), "sweep/batch=4"), 1);
  EXPECT_EQ(std::count(said_.begin(), said_.end(), "sweep/batch=4 done"), 1);
  EXPECT_EQ(prepared_.plan.runs[3].run.stop_after, 2);
  EXPECT_EQ(entries_[3].evidence.filename(), prepared_.plan.runs[3].run.hash());
  EXPECT_FALSE(std::filesystem::exists(checkpoint(prepared_.plan.runs[3].run)));
}

// A follow-up that another sweep had made already comes through no second time.
TEST_F(StagedRuns, ARunThatAnotherSweepHasMadeIsTakenAtOnce) {
  lab::Lab lab = stopping_lab(kHalving);
  lab.tasks.push_back(lab.tasks[0]);
  lab.tasks[1].id = "other";
  lab.tasks[1].stop_arms = {"median", {5}, 0};
  drive(lab);
  EXPECT_THAT(ends(), ElementsAre(2, 2, 5, 0, 5, 5, 0, 0));
  for (const executor::Entry& entry : entries_) EXPECT_FALSE(entry.evidence.empty());
  EXPECT_TRUE(std::filesystem::exists(checkpoint(prepared_.plan.runs[2].run)))
      << "stopped in one sweep, it goes on in the other";
}

TEST_F(StagedRuns, AnUndecidedSweepIsNotGraded) {
  drive(stopping_lab(kHalving), "sweep/batch=2");
  EXPECT_THAT(ends(), ElementsAre(2, 2, 2, 2));
  for (const std::size_t i : {0U, 2U, 3U}) {
    EXPECT_TRUE(entries_[i].evidence.empty());
    ASSERT_TRUE(entries_[i].not_graded);
    EXPECT_EQ(entries_[i].not_graded->fault, Fault::infrastructure);
    EXPECT_THAT(entries_[i].not_graded->what, HasSubstr("the run sweep/batch=2 has no evidence"));
  }
  EXPECT_TRUE(std::filesystem::exists(checkpoint(prepared_.plan.runs[0].run)))
      << "another call goes on from there";
}

}  // namespace
}  // namespace gradus::grader
