#include "grader/batch/row.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grader/testing.hpp"

namespace gradus::grader {
namespace {

using ::testing::HasSubstr;

class Row : public ::testing::Test {
 protected:
  Row() {
    result_.submission = "ada";
    result_.state = "graded";
    result_.score = 5;
    result_.max_score = 6;
    result_.rubric = {item("shape", 1, 1, false, "pass"), item("accuracy", 2, 5, false, "partial"),
                      item("early", 2, 2, true, "pass")};
    result_.runs = {{"baseline", "baseline", {}, 0, "h", "done", {}}};
  }
  static RubricOutcome item(const std::string& id, double points, double most, bool bonus,
                            const std::string& verdict) {
    RubricOutcome outcome;
    outcome.id = id;
    outcome.points = points;
    outcome.max_points = most;
    outcome.bonus = bonus;
    outcome.verdict = verdict;
    return outcome;
  }
  std::vector<executor::Entry> run(const std::string& code) {
    Evidence evidence = testing::trained(0.6);
    if (!code.empty()) {
      evidence = testing::failed(Fault::submission);
      evidence.failure->code = code;
    }
    EXPECT_TRUE(write_evidence(folder_.path(), evidence, Observed{}).ok());
    return {{"h", folder_.path(), std::nullopt}};
  }

  testing::Folder folder_;
  LabResult result_;
};

TEST_F(Row, SumsUpAGradedResult) {
  const GradedSubmission row = row_of(result_, run(""));
  EXPECT_EQ(row.state, GradeState::graded);
  EXPECT_EQ(row.score, 5);
  EXPECT_EQ(row.maximum, 6);
  EXPECT_EQ(row.bonus, 2);
  EXPECT_EQ(row.points.at("accuracy"), 2);
  EXPECT_THAT(row.message, HasSubstr("accuracy"));
}

TEST_F(Row, TellsALimitFromACrash) {
  for (const char* code : {"TIMEOUT", "OOM", "LIMIT", "DISK"}) {
    const GradedSubmission row = row_of(result_, run(code));
    EXPECT_EQ(row.state, GradeState::limit) << code;
    EXPECT_EQ(row.score, 5) << "what was graded counts";
    EXPECT_THAT(row.message, HasSubstr(std::string(code) + " in baseline"));
  }
  const GradedSubmission crashed = row_of(result_, run("CRASHED"));
  EXPECT_EQ(crashed.state, GradeState::graded);
  EXPECT_THAT(crashed.message, HasSubstr("CRASHED in baseline")) << "the cause, not the items";
}

TEST_F(Row, NamesWhatNeverRan) {
  result_.score = 0;
  for (const auto& [state, code, wanted] :
       std::vector<std::tuple<std::string, std::string, GradeState>>{
           {"build_failed", "BUILD_FAILED", GradeState::build_failed},
           {"build_failed", "TIMEOUT", GradeState::limit},
           {"rejected", "REJECTED", GradeState::rejected},
           {"rejected", "LOAD_FAILED", GradeState::rejected}}) {
    result_.state = state;
    result_.failure =
        Failure{Fault::submission, code, "build", "first line:\nsecond\nthird", "cure"};
    const GradedSubmission row = row_of(result_, {});
    EXPECT_EQ(row.state, wanted) << code;
    EXPECT_EQ(row.message, code + ": first line: second");
    EXPECT_EQ(row.score, 0);
  }
}

TEST_F(Row, GivesNoScoreWhereAVerdictIsMissing) {
  result_.state = "not_graded";
  result_.rubric[1] = item("accuracy", 0, 5, false, "not_graded");
  executor::Entry entry{
      "h", {}, Failure{Fault::infrastructure, "ERROR", "supervise", "no disk", ""}};
  const GradedSubmission row = row_of(result_, {entry});
  EXPECT_EQ(row.state, GradeState::not_graded);
  EXPECT_FALSE(row.score.has_value());
  EXPECT_FALSE(row.points.contains("accuracy"));
  EXPECT_EQ(row.maximum, 6);
  EXPECT_EQ(row.message, "no disk");
}

}  // namespace
}  // namespace gradus::grader
