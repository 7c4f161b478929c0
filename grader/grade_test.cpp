#include <gmock/gmock.h>

#include "grader/grader.hpp"
#include "grader/lab_fault.hpp"
#include "grader/testing.hpp"

namespace gradus::grader {
namespace {

using ::testing::HasSubstr;
using testing::probe;
using testing::trained;

lab::RubricItem item(const std::string& id, const std::string& task, double points,
                     const std::string& check, Json options) {
  lab::RubricItem item;
  item.id = item.title = id;
  item.task = task;
  item.points = points;
  item.check = check;
  item.options = std::move(options);
  return item;
}

/// A lab of one probe and one training, with evidence on disk.
class Grade : public ::testing::Test {
 protected:
  Grade() {
    prepared_.lab.id = "demo";
    prepared_.submission = "ada";
    prepared_.submission_hash = "h";
    for (const std::string id : {"sanity", "baseline"}) {
      lab::Task task;
      task.id = task.title = id;
      task.kind = id == "sanity" ? "probe" : "train";
      task.arms = {{}};
      prepared_.lab.tasks.push_back(task);
      PlannedRun planned;
      planned.id = planned.task = id;
      planned.run.kind = task.kind;
      planned.run.data.classes = 10;
      prepared_.plan.runs.push_back(planned);
    }
    prepared_.lab.rubric = {
        item("count", "sanity", 2, "parameters", {{"expect", {{"total", 82'030}}}}),
        item("accuracy", "baseline", 3, "accuracy", {{"at_least", 0.63}})};
    prepared_.lab.rubric[1].partial = {{{{"at_least", 0.60}}, 2}, {{{"at_least", 0.50}}, 1}};
    prepared_.lab.rubric[1].feedback = "See the lecture on overfitting.";
  }

  executor::Entry entry(const std::string& name, Evidence evidence) {
    const auto folder = folder_.path() / name;
    EXPECT_TRUE(make_folder(folder).ok());
    EXPECT_TRUE(write_evidence(folder, evidence, Observed{}).ok());
    return {name, folder, std::nullopt};
  }
  LabResult grade_with(Evidence sanity, Evidence baseline) {
    return grade(prepared_, {entry("a", std::move(sanity)), entry("b", std::move(baseline))});
  }

  testing::Folder folder_;
  Prepared prepared_;
};

// A lab's wrong option cost the submission its points.
TEST_F(Grade, AReferencePluginThatRefusesTheLabsOptionsIsTheLabsFault) {
  Evidence refused = testing::failed(Fault::submission);
  refused.failure->phase = "construct";
  refused.failure->what = "the constructor of model 'resnet' threw: found depth 21";
  RunPlan& run = prepared_.plan.runs[1].run;
  run.model = {"model", "reference", "resnet", "", "", {{"depth", 21}}};
  const auto check = [&](const Evidence& evidence) {
    return check_references(prepared_.lab, prepared_.plan,
                            {entry("a", trained(0.1)), entry("b", evidence)});
  };
  const Status found = check(refused);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().fault, Fault::user);
  EXPECT_THAT(found.error().what,
              HasSubstr("task.baseline: found model = reference:resnet with depth = 21, wanted"));
  EXPECT_THAT(found.error().what, HasSubstr("found depth 21"));

  EXPECT_TRUE(check(trained(0.6)).ok());
  EXPECT_TRUE(check(testing::failed(Fault::submission)).ok()) << "trained by a submission's recipe";
  EXPECT_TRUE(check(testing::failed(Fault::infrastructure)).ok());
  run.activation = PluginUse{"activation", "submission", "mine", "", "", {}};
  EXPECT_TRUE(check(refused).ok()) << "the submission's code is in the process, and may lie";
  run.activation.reset();
  run.model.role = "submission";
  EXPECT_TRUE(check(refused).ok());
}

TEST_F(Grade, AddsUpPoints) {
  const LabResult result = grade_with(trained(0.1), trained(0.65));
  EXPECT_EQ(result.state, "graded");
  EXPECT_EQ(result.score, 5);
  EXPECT_EQ(result.max_score, 5);
  ASSERT_EQ(result.rubric.size(), 2U);
  EXPECT_EQ(result.rubric[1].verdict, "pass");
  EXPECT_EQ(result.rubric[1].found, "65.00 %");
  EXPECT_EQ(result.rubric[1].wanted, "at least 63 %");
  ASSERT_EQ(result.runs.size(), 2U);
  EXPECT_EQ(result.runs[1].status, "done");
  EXPECT_EQ(result.tasks.size(), 2U);
}

TEST_F(Grade, PartialCreditTakesTheFirstThatHolds) {
  EXPECT_EQ(grade_with(trained(0.1), trained(0.61)).rubric[1].points, 2);
  const LabResult result = grade_with(trained(0.1), trained(0.55));
  EXPECT_EQ(result.rubric[1].verdict, "partial");
  EXPECT_EQ(result.rubric[1].points, 1);
  EXPECT_EQ(result.score, 3);
  EXPECT_EQ(result.max_score, 5);
  EXPECT_THAT(result.rubric[1].feedback, HasSubstr("wanted at least 63 %"));
  EXPECT_THAT(result.rubric[1].feedback, HasSubstr("1 of 3 points, for at least 50 %."));
  EXPECT_THAT(result.rubric[1].feedback, HasSubstr("See the lecture"));
  EXPECT_EQ(grade_with(trained(0.1), trained(0.2)).rubric[1].verdict, "fail");
}

TEST_F(Grade, BonusCountsInTheScoreAlone) {
  prepared_.lab.rubric[1].bonus = true;
  const LabResult result = grade_with(trained(0.1), trained(0.65));
  EXPECT_EQ(result.score, 5);
  EXPECT_EQ(result.max_score, 2);
}

TEST_F(Grade, TheCapBoundsScoreAndMaximum) {
  prepared_.lab.cap = 4;
  const LabResult result = grade_with(trained(0.1), trained(0.65));
  EXPECT_EQ(result.score, 4);
  EXPECT_EQ(result.max_score, 4);
  EXPECT_EQ(result.cap, 4);
  EXPECT_EQ(grade_with(trained(0.1), trained(0.2)).score, 2) << "below it nothing changes";
}

TEST_F(Grade, VisibilityOfItemsTasksAndFiguresIsKept) {
  prepared_.lab.rubric[0].visibility = "after_due_date";
  prepared_.lab.rubric[1].details_private = true;
  prepared_.lab.tasks[1].visibility = "hidden";
  prepared_.lab.due = "2026-12-01T22:59:00Z";
  const LabResult result = grade_with(trained(0.1), trained(0.65));
  EXPECT_EQ(result.rubric[0].visibility, "after_due_date");
  EXPECT_TRUE(result.rubric[1].details_private);
  EXPECT_EQ(result.tasks[1].visibility, "hidden");
  EXPECT_EQ(result.due, "2026-12-01T22:59:00Z");
}

TEST_F(Grade, InfrastructureNeverCostsPoints) {
  executor::Entry lost{"b", {}, Failure{Fault::infrastructure, "ERROR", "train", "no memory", ""}};
  const LabResult result = grade(prepared_, {entry("a", trained(0.1)), lost});
  EXPECT_EQ(result.state, "not_graded");
  EXPECT_EQ(result.rubric[1].verdict, "not_graded");
  EXPECT_THAT(result.rubric[1].feedback, HasSubstr("no memory"));
  EXPECT_EQ(result.score, 2);
  EXPECT_EQ(result.max_score, 2) << "only what has a verdict";
  EXPECT_EQ(result.runs[1].status, "missing");
}

TEST_F(Grade, DamagedEvidenceIsNotGraded) {
  executor::Entry entry_b = entry("b", trained(0.65));
  ASSERT_TRUE(write_file(entry_b.evidence / "run.json", "{\"schema\": 1}").ok());
  const LabResult result = grade(prepared_, {entry("a", trained(0.1)), entry_b});
  EXPECT_EQ(result.rubric[1].verdict, "not_graded");
  EXPECT_THAT(result.rubric[1].feedback, HasSubstr("the evidence cannot be read"));
}

TEST_F(Grade, MissingEntriesAreNotGraded) {
  const LabResult result = grade(prepared_, {});
  EXPECT_EQ(result.state, "not_graded");
  EXPECT_EQ(result.max_score, 0);
}

TEST_F(Grade, SubmissionFailureCostsThePointsOfItsTask) {
  const LabResult result = grade_with(trained(0.1), testing::failed(Fault::submission));
  EXPECT_EQ(result.state, "graded");
  EXPECT_EQ(result.score, 2);
  EXPECT_EQ(result.max_score, 5);
  EXPECT_THAT(result.rubric[1].feedback, HasSubstr("signal 11"));
}

TEST_F(Grade, ASubmissionThatDoesNotBuildGetsAResult) {
  prepared_.failure = Failure{Fault::submission, "BUILD_FAILED", "build",
                              "net.cpp:3:1: error: expected ';'\nmore", ""};
  prepared_.plan.runs.clear();
  const LabResult result = grade(prepared_, {});
  EXPECT_EQ(result.state, "build_failed");
  EXPECT_EQ(result.score, 0);
  EXPECT_EQ(result.max_score, 5);
  for (const RubricOutcome& outcome : result.rubric) {
    EXPECT_EQ(outcome.verdict, "fail");
    EXPECT_THAT(outcome.feedback, HasSubstr("net.cpp:3:1: error: expected ';'"));
  }
  prepared_.failure->phase = "resolve";
  EXPECT_EQ(grade(prepared_, {}).state, "rejected");
}

TEST_F(Grade, PointsDoNotRestOnClaimsUnlessTheLabSaysSo) {
  prepared_.lab.rubric = {
      item("moves", "sanity", 1, "probe", {{"probe", {"every_parameter_moves"}}})};
  ProbeOutcome claim = probe("every_parameter_moves", "pass");
  claim.trust = Trust::claimed;
  const LabResult refused = grade_with(testing::probed({claim}), trained(0.6));
  EXPECT_EQ(refused.rubric[0].verdict, "not_graded");
  EXPECT_EQ(refused.score, 0);
  EXPECT_THAT(refused.rubric[0].feedback, HasSubstr("only claimed"));
  prepared_.lab.rubric[0].accept_claimed = true;
  EXPECT_EQ(grade_with(testing::probed({claim}), trained(0.6)).score, 1);
}

TEST_F(Grade, PartialPointsDoNotRestOnClaimsEither) {
  prepared_.lab.rubric = {item("moves", "sanity", 2, "probe", {{"probe", {"shape"}}})};
  prepared_.lab.rubric[0].partial = {{{{"probe", {"gradients"}}}, 1}};
  ProbeOutcome claim = probe("gradients", "pass");
  claim.trust = Trust::claimed;
  const auto evidence = testing::probed({probe("shape", "fail"), claim});
  EXPECT_EQ(grade_with(evidence, trained(0.6)).score, 0);
  prepared_.lab.rubric[0].accept_claimed = true;
  EXPECT_EQ(grade_with(evidence, trained(0.6)).score, 1);
}

TEST_F(Grade, OnlyTheTasksAskedForAreMarked) {
  prepared_.tasks = {"sanity"};
  prepared_.plan.runs.pop_back();
  const LabResult result = grade(prepared_, {entry("a", trained(0.1))});
  EXPECT_EQ(result.state, "graded");
  EXPECT_EQ(result.max_score, 2);
  EXPECT_EQ(result.rubric.size(), 1U);
  EXPECT_EQ(result.tasks.size(), 1U);
}

TEST_F(Grade, StudentsTextIsMadePrintable) {
  ProbeOutcome hostile = probe("shape", "fail");
  hostile.message = "found \x1b[31m\xe2\x80\xae";
  prepared_.lab.rubric = {item("shape", "sanity", 1, "shape", Json::object())};
  const LabResult result = grade_with(testing::probed({hostile}), trained(0.6));
  EXPECT_EQ(result.rubric[0].feedback.find('\x1b'), std::string::npos);
}

TEST_F(Grade, EqualEvidenceGivesEqualResults) {
  const Json first = to_json(grade_with(trained(0.1), trained(0.61)));
  EXPECT_EQ(first.dump(), to_json(grade_with(trained(0.1), trained(0.61))).dump());
  EXPECT_NE(first.dump(), to_json(grade_with(trained(0.1), trained(0.62))).dump());
}

}  // namespace
}  // namespace gradus::grader
