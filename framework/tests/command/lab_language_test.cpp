// A submission's own recipe, a private overlay and visibility, as a student and an instructor meet
// them: on a lab of probes and a training of seconds.

#include <gmock/gmock.h>

#include "framework/record/grades.hpp"
#include "framework/record/lab_result.hpp"
#include "framework/tests/command/command_fixture.hpp"

namespace gradus::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kOwnLab =
    lab_of_seconds(
        "id = \"language\"\ntitle = \"A lab\"\ndue = 2026-12-01T23:59:00+01:00\n",
        "recipe = { allowed = [\"epochs\", \"optimizer.lr\"], budget = { epochs = 3 } }\n") +
    R"(
[[task]]
id = "training"
kind = "train"
recipe_from = "submission"

[[rubric]]
id = "runs"
points = 2
check = "accuracy"
task = "training"
at_least = 0.0

[[rubric]]
id = "later"
title = "Shown after the due date"
points = 5
check = "accuracy"
task = "training"
at_least = 0.0
visibility = "after_due_date"
)";

constexpr const char* kPrivate = R"([private]
lab = "language"
secret = "a secret of the course"

[[add.rubric]]
id = "buried"
title = "Known to nobody"
points = 7
check = "accuracy"
task = "training"
at_least = 0.99
)";

class LabLanguageCommand : public CommandTest {
 protected:
  void SetUp() override {
    CommandTest::SetUp();
    write("lab.toml", kOwnLab);
    write("private.toml", kPrivate);
    write("ada/net.cpp", *read_file(paths.plugins() / "simplenn" / "simplenn.cpp"));
  }
  Completed run_ada(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"run",      "lab.toml", "--submission",
                                          "ada",      "--out",    "out",
                                          "--no-pdf", "--now",    "2026-11-01T00:00:00Z"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return gradus(arguments);
  }
};

TEST_F(LabLanguageCommand, ASubmissionsRecipeDecidesItsRunAndIsSaid) {
  write("ada/recipe.toml", "epochs = 2\n[optimizer]\nlr = 0.02\n");
  const auto done = run_ada();
  EXPECT_EQ(done.exit_code, 0) << done.out << done.err;
  EXPECT_THAT(done.out, HasSubstr("Recipe of the submission: epochs 2, optimizer.lr 0.02"));
  EXPECT_THAT(*read_file(folder / "out/report.html"), HasSubstr("the submission’s own"));
  const auto result = read_result(folder / "out");
  ASSERT_TRUE(result.ok());
  const auto evidence = read_evidence(folder / "out/runs" / result->runs[0].run_hash);
  ASSERT_TRUE(evidence.ok());
  EXPECT_EQ(evidence->evidence.plan["recipe"]["epochs"], 2);
  EXPECT_EQ(gradus({"regrade", "out", "--lab", "lab.toml", "--no-report"}).exit_code, 0);
}

TEST_F(LabLanguageCommand, ABadRecipeFallsShortEverywhere) {
  write("ada/recipe.toml", "epochs = 4\noptimiser.lr = 1\n");
  const auto place =
      AllOf(HasSubstr("recipe.toml:1:10: epochs: found the integer 4, wanted at most"),
            HasSubstr("did you mean 'optimizer.lr'?"));
  const auto done = run_ada();
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_THAT(done.out, place);
  const auto checked = gradus({"check", "ada", "--lab", "lab.toml"});
  EXPECT_EQ(checked.exit_code, 1) << checked.out << checked.err;
  EXPECT_EQ(gradus({"grade", "lab.toml", "ada", "--out", "class", "--no-pdf"}).exit_code, 0);
  const auto grades = read_grades(folder / "class");
  ASSERT_TRUE(grades.ok());
  EXPECT_EQ(grades->submissions[0].state, GradeState::rejected);
  EXPECT_THAT(grades->submissions[0].message, HasSubstr("recipe.toml:1:10"));
}

TEST_F(LabLanguageCommand, AStudentSeesNothingOfWhatIsHiddenAndTheInstructorAll) {
  const auto student = run_ada({"--private", "private.toml"});
  EXPECT_EQ(student.exit_code, 0) << "a hidden item does not show in it" << student.out;
  const std::string page = *read_file(folder / "out/report.html");
  for (const std::string& text : {student.out, page}) {
    EXPECT_THAT(text, Not(HasSubstr("Known to nobody")));
    EXPECT_THAT(text, Not(HasSubstr("Shown after the due date")));
    EXPECT_THAT(text, HasSubstr("Some of the lab is not shown here"));
  }
  EXPECT_THAT(student.out, HasSubstr("Score 2 of 2"));
  const auto result = read_result(folder / "out");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->max_score, 14) << "the file has everything";

  const auto due = gradus(
      {"report", "out", "--no-pdf", "--out", "handout", "--now", "2026-12-01T23:59:00+01:00"});
  EXPECT_EQ(due.exit_code, 0) << due.err;
  EXPECT_THAT(*read_file(folder / "handout/report.html"),
              AllOf(HasSubstr("Shown after the due date"), Not(HasSubstr("Known to nobody"))));
  EXPECT_FALSE(fs::exists(folder / "handout/result.json"));
  EXPECT_EQ(gradus({"report", "out", "--no-pdf", "--audience", "instructor"}).exit_code, 0);
  EXPECT_THAT(*read_file(folder / "out/report.html"), HasSubstr("Known to nobody"));

  const auto without = gradus({"regrade", "out", "--lab", "lab.toml", "--no-report"});
  EXPECT_EQ(without.exit_code, 2);
  EXPECT_THAT(without.err, HasSubstr("was marked with a private overlay"));
}

TEST_F(LabLanguageCommand, ANewLabPassesItsCheckAndAWrongOneNamesEverything) {
  ASSERT_EQ(gradus({"new", "lab", "my_lab"}).exit_code, 0);
  const auto good = gradus({"lab", "check", "./my_lab", "--json"});
  EXPECT_EQ(good.exit_code, 0) << good.out;
  EXPECT_TRUE(json(good)["errors"].empty() && json(good)["warnings"].empty()) << good.out;
  const Json schema = json(gradus({"lab", "schema"}));
  EXPECT_EQ(schema, Json::parse(*read_file(folder / "my_lab/lab.schema.json"), nullptr, false));
  const Json overlays = json(gradus({"lab", "schema", "--private"}));
  EXPECT_TRUE(overlays["properties"].contains("private") && !schema["properties"].contains("add"));

  std::string text = *read_file(folder / "my_lab/lab.toml");
  text.replace(text.find("at_least = 0.45, points = 1"), 27, "at_least = 0.65, points = 1");
  text.replace(text.find("tolerance = 0.2"), 15, "mean = 1.0\n");
  write("my_lab/lab.toml", text);
  const auto bad = gradus({"lab", "check", "./my_lab", "--json"});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_EQ(json(bad)["errors"].size(), 2U) << bad.out;
}

TEST_F(LabLanguageCommand, ACheckKnowsWhatIsInstalled) {
  ASSERT_EQ(gradus({"new", "lab", "my_lab"}).exit_code, 0);
  std::string text = *read_file(folder / "my_lab/lab.toml");
  const std::string reference = "reference = [\"simplenn\"]", split = "train = 45000";
  ASSERT_NE(text.find(reference), std::string::npos);
  ASSERT_NE(text.find(split), std::string::npos);
  text.replace(text.find(reference), reference.size(), "reference = [\"simplen\"]");
  text.replace(text.find(split), split.size(), "train = 45001");
  write("my_lab/lab.toml", text);
  const auto done = gradus({"lab", "check", "./my_lab"});
  EXPECT_EQ(done.exit_code, 2);
  EXPECT_THAT(done.out, HasSubstr("found no reference plugin 'simplen'"));
  EXPECT_THAT(done.out, HasSubstr("did you mean 'simplenn'?"));
  EXPECT_THAT(done.out, HasSubstr("wanted at most 50000 together"));
}

}  // namespace
}  // namespace gradus::tests
