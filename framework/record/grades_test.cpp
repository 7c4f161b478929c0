#include "framework/record/grades.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/core/files.hpp"

namespace gradus {
namespace {

using ::testing::HasSubstr;

Grades sample_grades() {
  Grades grades;
  grades.lab = "simplenn";
  grades.title = "Training SimpleNN";
  grades.profile = "grade";
  grades.sandbox = "full";
  grades.overrides = {"recipe.epochs=2"};
  grades.plan_hash = "p";
  grades.items = {{"shape", "Ten logits", 1, false}, {"early", "Early", 2, true}};
  grades.submissions = {
      {"ada",
       GradeState::graded,
       "results/ada",
       3,
       1,
       2,
       {{"shape", 1}, {"early", 2}},
       "",
       12.5,
       "c",
       "p"},
      {"bob", GradeState::not_graded, "", std::nullopt, 1, 0, {}, "interrupted", 0, "d", "p"}};
  return grades;
}

TEST(Grades, SurviveTheRoundTripThroughJsonText) {
  const auto back = grades_from_json(Json::parse(to_json(sample_grades()).dump()));
  ASSERT_TRUE(back.ok()) << back.error().text();
  EXPECT_EQ(to_json(*back), to_json(sample_grades()));
  EXPECT_FALSE(back->submissions[1].score.has_value());
}

TEST(Grades, RefuseUnknownKeysStatesSchemasAndPathsThatLeadOut) {
  Json json = to_json(sample_grades());
  json["submissions"][0]["cheat"] = true;
  EXPECT_THAT(grades_from_json(json).error().what, HasSubstr("cheat"));
  json = to_json(sample_grades());
  json["submissions"][0]["state"] = "superb";
  EXPECT_THAT(grades_from_json(json).error().what, HasSubstr("superb"));
  json = to_json(sample_grades());
  json["schema"] = "gradus.grades/9";
  EXPECT_THAT(grades_from_json(json).error().what, HasSubstr("gradus.grades/9"));
  for (const char* path : {"/etc", "../elsewhere", "results/../../x"}) {
    json = to_json(sample_grades());
    json["submissions"][0]["result"] = path;
    EXPECT_THAT(grades_from_json(json).error().what, HasSubstr("result")) << path;
  }
}

TEST(Grades, HaveANameForEveryState) {
  for (const GradeState state : {GradeState::graded, GradeState::build_failed, GradeState::rejected,
                                 GradeState::limit, GradeState::not_graded}) {
    EXPECT_EQ(*grade_state_from_string(to_string(state)), state);
  }
}

TEST(Grades, AMissingFileIsTheCallersFault) {
  const auto made = make_temporary_folder(fs::temp_directory_path(), "gradus-grades-test");
  ASSERT_TRUE(made.ok());
  const FolderGuard guard(*made);
  EXPECT_EQ(read_grades(*made).error().fault, Fault::user);
  ASSERT_TRUE(write_file(*made / "grades.json", "{\"schema\":").ok());
  EXPECT_THAT(read_grades(*made).error().what, HasSubstr("cut short"));
}

}  // namespace
}  // namespace gradus
