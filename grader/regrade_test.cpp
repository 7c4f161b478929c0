#include "grader/regrade.hpp"

#include <gmock/gmock.h>

#include "grader/batch/batch.hpp"
#include "grader/testing.hpp"

namespace gradus::grader {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// What resolving a run fills in, as on the machine where it ran.
void resolve(RunPlan& run) {
  run.toolchain = "libtorch 2.11.0";
  run.sandbox = "full";
  run.threads = 7;  // of that machine
  run.data.hash = "data";
  run.data.split_hash = "split";
  run.data.channels = 3;
  run.data.height = run.data.width = 32;
  run.data.classes = 10;
  run.model.name = "my_net";
  run.model.library_hash = "library";
}

class Regrade : public ::testing::Test {
 protected:
  void SetUp() override {
    lab_ = read("simplenn");
    write_result_of(lab_, folder_.path() / "result");
  }
  static lab::Lab read(const std::string& name, const std::vector<lab::Override>& overrides = {}) {
    auto lab = lab::read_lab(std::filesystem::path(GRADUS_LABS) / name / "lab.toml", "smoke",
                             vocabulary({"cifar10"}), overrides);
    EXPECT_TRUE(lab.ok()) << (lab.ok() ? "" : lab.error().text());
    return lab.ok() ? std::move(*lab) : lab::Lab{};
  }
  /// A result as `gradus run` would have written it.
  void write_result_of(const lab::Lab& lab, const std::filesystem::path& target,
                       const std::string& recipe = "") {
    Prepared prepared;
    prepared.lab = lab;
    prepared.submission = "ada";
    prepared.classes = {"cat", "dog"};
    prepared.toolchain = "then";
    if (!recipe.empty()) {
      auto own = lab::read_own_recipe(recipe, "recipe.toml", lab);
      ASSERT_TRUE(own.ok()) << own.error().text();
      lab::apply_own_recipe(prepared.lab, *own);
      prepared.own_recipe = std::move(*own);
    }
    prepared.plan = lab::expand(prepared.lab, {});
    std::vector<executor::Entry> entries;
    for (PlannedRun& planned : prepared.plan.runs) {
      resolve(planned.run);
      Evidence evidence = planned.run.kind == "probe" ? testing::probed({}) : testing::trained(.65);
      evidence.run_hash = planned.run.hash();
      evidence.plan = planned.run.hashed();
      const auto place = folder_.path() / "cache" / evidence.run_hash;
      ASSERT_TRUE(make_folder(place).ok());
      ASSERT_TRUE(write_evidence(place, evidence, Observed{}).ok());
      entries.push_back({evidence.run_hash, place, std::nullopt});
    }
    ASSERT_TRUE(write_result(grade(prepared, entries), entries, target).ok());
  }
  Result<Remarked> again(const lab::Lab& lab, const std::vector<std::string>& tasks = {}) {
    return remark(folder_.path() / "result", lab, tasks);
  }
  static std::string why(const Result<Remarked>& remarked) {
    if (remarked.ok()) return "";
    EXPECT_EQ(remarked.error().fault, Fault::user);
    return remarked.error().what;
  }

  testing::Folder folder_;
  lab::Lab lab_;
};

TEST_F(Regrade, AnUnchangedLabGivesTheSameResult) {
  const auto remarked = again(lab_);
  ASSERT_TRUE(remarked.ok()) << remarked.error().text();
  EXPECT_EQ(to_json(remarked->result), to_json(*read_result(folder_.path() / "result")));
  EXPECT_EQ(remarked->entries.size(), 3U);
}

TEST_F(Regrade, AChangedRubricChangesMarksAndTextsAlone) {
  const LabResult old = *read_result(folder_.path() / "result");
  const lab::Lab changed = read("simplenn", {{"rubric.baseline_accuracy.at_least", "0.9"},
                                             {"rubric.baseline_accuracy.points", "7"},
                                             {"rubric.baseline_accuracy.feedback", "\"Try on.\""},
                                             {"lab.title", "\"New title\""}});
  const auto remarked = again(changed);
  ASSERT_TRUE(remarked.ok()) << remarked.error().text();
  const LabResult& result = remarked->result;
  EXPECT_EQ(result.max_score, old.max_score + 4);
  EXPECT_EQ(result.score, old.score - 3);
  EXPECT_EQ(result.title, "New title");
  EXPECT_EQ(result.environment, old.environment);
  EXPECT_EQ(result.classes, old.classes);
  ASSERT_TRUE(rewrite_result(result, folder_.path() / "result").ok());
  EXPECT_EQ(to_json(*read_result(folder_.path() / "result")), to_json(result));
}

TEST_F(Regrade, ADifferentRunIsNamedWithWhatDiffers) {
  EXPECT_THAT(why(again(read("simplenn", {{"recipe.epochs", "2"}}))),
              AllOf(HasSubstr("the run baseline is missing"),
                    HasSubstr("recipe.epochs is 2 in the lab, the run had 1")));
  EXPECT_THAT(why(again(read("simplenn", {{"run.seed", "5"}}))),
              AllOf(HasSubstr("seed is"), HasSubstr("run sanity"), HasSubstr("run baseline")));
  EXPECT_THAT(why(again(read("simplenn", {{"run.threads", "3"}}))),
              HasSubstr("threads is 3 in the lab, the run had 7"));
  EXPECT_THAT(why(again(read("simplenn", {{"data.split.seed", "9"}}))),
              HasSubstr("data.split.seed is 9"));
}

TEST_F(Regrade, ASubmissionsOwnRecipeIsReadAgain) {
  const auto open = [](const std::string& budget) {
    return read("simplenn", {{"submission.recipe.allowed", "\"optimizer.lr\""},
                             {"submission.recipe.budget", "{ \"optimizer.lr\" = " + budget + " }"},
                             {"task.baseline.recipe_from", "submission"}});
  };
  write_result_of(open("1"), folder_.path() / "result", "optimizer.lr = 0.5\n");
  const LabResult old = *read_result(folder_.path() / "result");
  EXPECT_EQ(old.own_recipe.at("values"), Json({{"optimizer.lr", 0.5}}));
  EXPECT_TRUE(old.tasks[1].own_recipe);
  EXPECT_FALSE(old.tasks[2].own_recipe) << "only where the lab says so";
  const auto remarked = again(open("1"));
  ASSERT_TRUE(remarked.ok()) << remarked.error().text();
  EXPECT_EQ(to_json(remarked->result), to_json(old));
  EXPECT_THAT(why(again(open("0.1"))),
              AllOf(HasSubstr("the lab no longer takes the submission's recipe"),
                    HasSubstr("wanted at most 0.1")));
}

TEST_F(Regrade, AnOverlayIsAskedForAgain) {
  lab::Lab with = lab_;
  with.private_hash = std::string(64, 'c');
  write_result_of(with, folder_.path() / "result");
  EXPECT_THAT(why(again(lab_)), HasSubstr("was marked with a private overlay"));
  with.private_hash = std::string(64, 'd');
  const auto remarked = again(with);
  ASSERT_TRUE(remarked.ok()) << remarked.error().text();
  EXPECT_EQ(remarked->result.environment.at("private overlay"), std::string(12, 'd'));
}

TEST_F(Regrade, AMissingRunIsNamed) {
  const LabResult old = *read_result(folder_.path() / "result");
  ASSERT_TRUE(remove_tree(folder_.path() / "result/runs" / old.runs[1].run_hash).ok());
  EXPECT_THAT(why(again(lab_)), HasSubstr("the run baseline is missing"));
  const auto some = again(lab_, {"sanity"});
  ASSERT_TRUE(some.ok()) << "the other task can be marked by itself: " << some.error().text();
  EXPECT_EQ(some->result.tasks.size(), 1U);
}

TEST_F(Regrade, ARunOnAGpuIsMarkedAgainOnAMachineWithoutOne) {
  const auto on = [&](const std::string& device) {
    return read("simplenn", {{"run.device", device}, {"run.precision", "tfloat32"}});
  };
  lab::Lab then = on("cuda");
  const Gpu gpu{0, "NVIDIA H200", "GPU-a", 143771, "580", "", {}};
  ASSERT_TRUE(lab::settle_device(then, {{gpu}, "", ""}, {}).ok());
  write_result_of(then, folder_.path() / "result");
  const LabResult old = *read_result(folder_.path() / "result");
  EXPECT_EQ(old.environment.at("device"), "NVIDIA H200");
  for (const char* device : {"cuda", "auto"}) {
    const auto remarked = again(on(device));
    ASSERT_TRUE(remarked.ok()) << device << ": " << remarked.error().text();
    EXPECT_EQ(to_json(remarked->result), to_json(old)) << device;
  }
  EXPECT_THAT(why(again(on("cpu"))), HasSubstr("in the lab, the run had"));
}

TEST_F(Regrade, WhatAutoWasThenIsNoDifference) {
  lab::Lab then = read("simplenn", {{"run.device", "auto"}});
  ASSERT_TRUE(lab::settle_device(then, {}, user_error("", "no GPU")).ok());
  write_result_of(then, folder_.path() / "result");
  EXPECT_TRUE(again(read("simplenn", {{"run.device", "auto"}})).ok());
  EXPECT_TRUE(again(lab_).ok()) << "it ran on the CPU";
  EXPECT_FALSE(again(read("simplenn", {{"run.device", "cuda"}})).ok());
}

TEST_F(Regrade, AnotherLabsResultIsRefused) {
  EXPECT_THAT(why(again(read("tuning"))), HasSubstr("simplenn"));
  EXPECT_THAT(why(remark(folder_.path() / "nothing", lab_, {})), HasSubstr("cannot be read"));
}

TEST_F(Regrade, OptionalPluginsThatWereLeftOutStayOut) {
  lab::Lab optional = lab_;
  for (lab::Task& task : optional.tasks) {
    task.activation = PluginUse{.kind = "activation", .role = "submission"};
  }
  const auto remarked = again(optional);
  EXPECT_TRUE(remarked.ok()) << remarked.error().text();
  // By name it is not optional: then it is another run.
  optional.tasks.front().activation->name = "swish";
  EXPECT_THAT(why(again(optional)), HasSubstr("activation is"));
}

TEST_F(Regrade, AFailedBuildKeepsItsFailureUnderTheNewRubric) {
  Prepared prepared;
  prepared.lab = lab_;
  prepared.submission = "bob";
  prepared.failure = Failure{Fault::submission, "BUILD_FAILED", "build", "net.cpp:1: error", ""};
  ASSERT_TRUE(write_result(grade(prepared, {}), {}, folder_.path() / "bob").ok());
  const auto remarked =
      remark(folder_.path() / "bob", read("simplenn", {{"rubric.output_shape.points", "9"}}), {});
  ASSERT_TRUE(remarked.ok()) << remarked.error().text();
  EXPECT_EQ(remarked->result.state, "build_failed");
  EXPECT_EQ(remarked->result.rubric[0].max_points, 9);
  EXPECT_EQ(remarked->result.score, 0);
}

TEST_F(Regrade, AClassIsMarkedAllOrNone) {
  const auto root = folder_.path() / "class";
  write_result_of(lab_, root / "results/ada");
  write_result_of(lab_, root / "results/bob");
  Grades grades;
  grades.lab = "simplenn";
  grades.profile = "smoke";
  for (const char* name : {"ada", "bob", "cleo"}) {
    GradedSubmission row;
    row.name = name;
    row.plan_hash = "p";
    row.content_hash = "c";
    row.seconds = 3;
    if (row.name != "cleo") {
      row.state = GradeState::graded;
      row.result = "results/" + row.name;
    }
    grades.submissions.push_back(row);
  }
  ASSERT_TRUE(write_grades(grades, root).ok());
  const lab::Lab changed = read("simplenn", {{"rubric.baseline_accuracy.points", "7"}});
  const auto remarked = remark_class(root, changed);
  ASSERT_TRUE(remarked.ok()) << remarked.error().text();
  EXPECT_EQ(remarked->results.size(), 2U);
  const auto& rows = remarked->grades.submissions;
  EXPECT_EQ(rows[0].points.at("baseline_accuracy"), 7);
  EXPECT_EQ(rows[0].seconds, 3);
  EXPECT_EQ(rows[0].plan_hash, "") << "the next 'gradus grade' marks it again";
  EXPECT_EQ(rows[2].state, GradeState::not_graded);

  const LabResult bob = *read_result(root / "results/bob");
  ASSERT_TRUE(remove_tree(root / "results/bob/runs" / bob.runs[1].run_hash).ok());
  const auto refused = remark_class(root, changed);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().what, AllOf(HasSubstr("bob"), HasSubstr("baseline")));
}

}  // namespace
}  // namespace gradus::grader
