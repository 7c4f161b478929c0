// Results of sweeps whose arms were stopped: what they say, and marking them again.

#include "grader/regrade.hpp"

#include <gmock/gmock.h>

#include "grader/stop_arms/rounds.hpp"
#include "grader/stop_arms/testing.hpp"

namespace gradus::grader {
namespace {

using ::testing::AllOf;
using testing::ended_itself;
using testing::evidence_of;
using ::testing::HasSubstr;
using testing::kHalving;
using ::testing::Not;
using testing::stopping_lab;

class StoppedSweep : public ::testing::Test {
 protected:
  /// A result as `gradus run` would have written it: every run of every rung has evidence.
  void write_result_of(const lab::Lab& lab) {
    Prepared prepared;
    prepared.lab = lab;
    prepared.plan = lab::expand(lab);
    std::map<std::string, Evidence> made;
    Rounds rounds(prepared.lab, prepared.plan);
    rounds.advance([&](std::size_t run) -> const Evidence* {
      const RunPlan& plan = prepared.plan.runs[run].run;
      return &made.try_emplace(plan.hash(), evidence(plan)).first->second;
    });
    std::vector<executor::Entry> entries;
    for (const PlannedRun& planned : prepared.plan.runs) {
      const auto place = folder_.path() / "cache" / planned.run.hash();
      ASSERT_TRUE(make_folder(place).ok());
      ASSERT_TRUE(write_evidence(place, evidence(planned.run), Observed{}).ok());
      entries.push_back({planned.run.hash(), place, std::nullopt});
    }
    ASSERT_TRUE(write_result(grade(prepared, entries), entries, result()).ok());
  }
  /// Arms of batch 1, 2, 3, 4: the larger, the better; the last may end itself.
  Evidence evidence(const RunPlan& plan) const {
    const Evidence made = evidence_of(plan, 0.1 + 0.001 * static_cast<double>(plan.recipe.batch));
    return plan.recipe.batch == 4 && ends_itself_ > 0 ? ended_itself(made, ends_itself_) : made;
  }
  std::filesystem::path result() const { return folder_.path() / "result"; }
  static std::string why(const Result<Remarked>& remarked) {
    return remarked.ok() ? "" : remarked.error().what;
  }
  testing::Folder folder_;
  std::int64_t ends_itself_ = 0;
};

TEST_F(StoppedSweep, SaysWhichArmsWereStoppedAndWhen) {
  write_result_of(stopping_lab(kHalving));
  const LabResult made = *read_result(result());
  ASSERT_EQ(made.runs.size(), 4U);
  EXPECT_EQ(made.runs[0].stopped_after, 2);
  EXPECT_EQ(made.runs[1].stopped_after, 2);
  EXPECT_EQ(made.runs[2].stopped_after, 5);
  EXPECT_EQ(made.runs[3].stopped_after, std::nullopt);
  EXPECT_EQ(made.tasks[0].stop_arms, Json::parse(R"({"rule": "successive_halving",
      "rungs": [2, 5], "keep": 0.5})"));
  EXPECT_TRUE(std::filesystem::exists(result() / "runs" / made.runs[0].run_hash));
  EXPECT_FALSE(made.environment.contains(kWholeArms));
}

TEST_F(StoppedSweep, ItemsCountWithWhatWasReachedAndSaySo) {
  write_result_of(stopping_lab(kHalving));
  const LabResult made = *read_result(result());
  EXPECT_EQ(made.rubric[0].verdict, "pass") << "the best arm went to its end";
  EXPECT_EQ(made.rubric[1].verdict, "fail") << "the lowest arm had 10.3 % when it was stopped";
  EXPECT_THAT(
      made.rubric[1].feedback,
      HasSubstr("Not complete: 3 of 4 arms were stopped early (after 2 of 10 epochs, after 5 "
                "of 10 epochs) and count with what they had reached by then."));
  write_result_of(stopping_lab(""));
  const LabResult whole = *read_result(result());
  EXPECT_EQ(whole.rubric[1].verdict, "pass");
  EXPECT_THAT(whole.rubric[1].feedback, Not(HasSubstr("Not complete")));
  EXPECT_EQ(whole.runs[0].stopped_after, std::nullopt);
  EXPECT_TRUE(whole.tasks[0].stop_arms.is_null());
}

TEST_F(StoppedSweep, IsMarkedAgainFromItsEvidence) {
  const lab::Lab lab = stopping_lab(kHalving);
  write_result_of(lab);
  const auto remarked = remark(result(), lab, {});
  ASSERT_TRUE(remarked.ok()) << remarked.error().what;
  EXPECT_EQ(to_json(remarked->result), to_json(*read_result(result())));
  const lab::Lab changed = stopping_lab(kHalving, "", {{"rubric.floor.all_at_least", "0.1"}});
  EXPECT_EQ(remark(result(), changed, {})->result.rubric[1].verdict, "pass");
}

/// Whole, although its run's plan ends at a rung; found again at the same rung.
TEST_F(StoppedSweep, AnArmThatItsRecipeEndedIsWholeAndMarkedAgain) {
  const lab::Lab lab = stopping_lab(kHalving);
  for (const std::int64_t epoch : {1, 2, 4}) {
    ends_itself_ = epoch;
    write_result_of(lab);
    const LabResult made = *read_result(result());
    EXPECT_EQ(made.runs[3].stopped_after, std::nullopt) << epoch;
    EXPECT_THAT(made.rubric[0].feedback, HasSubstr("2 of 4 arms were stopped early (after 2"));
    const auto plan = read_evidence(result() / "runs" / made.runs[3].run_hash)->evidence.plan;
    EXPECT_EQ(plan.value("stop_after", 0), epoch <= 2 ? 2 : 5);
    const auto remarked = remark(result(), lab, {});
    ASSERT_TRUE(remarked.ok()) << remarked.error().what;
    EXPECT_EQ(to_json(remarked->result), to_json(*read_result(result())));
  }
}

TEST_F(StoppedSweep, AnotherRuleWantsOtherRuns) {
  write_result_of(stopping_lab(kHalving));
  EXPECT_THAT(why(remark(result(), stopping_lab(""), {})),
              AllOf(HasSubstr("sweep/batch=1 is missing: under the lab's stop_arms its arm ends at "
                              "its own end, then it ended after epoch 2"),
                    Not(HasSubstr("sweep/batch=4"))));
  EXPECT_THAT(why(remark(result(), stopping_lab(R"(rule = "median", rungs = [4])"), {})),
              HasSubstr("sweep/batch=1 is missing: under the lab's stop_arms its arm ends after "
                        "epoch 4, then it ended after epoch 2"));
}

TEST_F(StoppedSweep, ACompleteResultIsMarkedAgainAsOne) {
  const lab::Lab complete = stopping_lab(kHalving, "", {{"run.complete", "true"}});
  write_result_of(complete);
  EXPECT_TRUE(remark(result(), complete, {}).ok());
  EXPECT_TRUE(read_result(result())->environment.contains(kWholeArms)) << "regrade asks for it";
  EXPECT_THAT(why(remark(result(), stopping_lab(kHalving), {})),
              HasSubstr("its arm ends after epoch 2, then it ended at its own end"));
}

}  // namespace
}  // namespace gradus::grader
