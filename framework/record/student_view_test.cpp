#include "framework/record/student_view.hpp"

#include <gmock/gmock.h>

namespace gradus {
namespace {

using ::testing::ElementsAre;

constexpr const char* kDue = "2026-12-01T22:59:00Z";

RubricOutcome item(const std::string& id, double points, const std::string& visibility) {
  RubricOutcome item;
  item.id = id;
  item.task = "open";
  item.verdict = points > 0 ? "pass" : "fail";
  item.points = points;
  item.max_points = 2;
  item.visibility = visibility;
  item.found = "60 %";
  item.wanted = "at least 63 %";
  item.feedback = "found 60 %, wanted 63 %";
  return item;
}

LabResult sample() {
  LabResult result;
  result.state = "graded";
  result.due = kDue;
  result.rubric = {item("seen", 2, "visible"), item("never", 0, "hidden"),
                   item("due", 1, "after_due_date"), item("published", 1, "after_published")};
  result.rubric.push_back(item("of_secret", 2, "visible"));
  result.rubric.back().task = "secret";
  result.score = 6;
  result.max_score = 10;
  result.tasks = {{"open", "Open", "train", "", {}, nullptr, false, "visible"},
                  {"secret", "Secret", "train", "", {}, nullptr, false, "hidden"}};
  result.runs = {{"open", "open", {}, 0, "a", "done", {}},
                 {"secret", "secret", {}, 0, "b", "done", {}}};
  result.figures = {{"curves", "open", "", "", ""},
                    {"curves", "secret", "", "", ""},
                    {"confusion", "open", "", "", "", "hidden"}};
  result.environment = {{"base seed", "7"}, {"run seeds", "1, 2"}, {"toolchain", "t"}};
  return result;
}

std::vector<std::string> ids(const LabResult& result) {
  std::vector<std::string> all;
  for (const auto& item : result.rubric) all.push_back(item.id);
  return all;
}

TEST(StudentView, OfTwoVisibilitiesTheStricterOneHolds) {
  const std::vector<std::string> names = {"visible", "after_due_date", "after_published", "hidden"};
  for (std::size_t a = 0; a < names.size(); ++a) {
    for (std::size_t b = 0; b < names.size(); ++b) {
      EXPECT_EQ(stricter_visibility(names[a], names[b]), names[std::max(a, b)]);
    }
  }
}

TEST(StudentView, PointsAddUpWithoutDust) {
  LabResult result = sample();
  result.rubric = {item("a", 0.7, "visible"), item("b", 0.1, "visible"), item("c", 0.1, "visible"),
                   item("never", 0, "hidden")};
  EXPECT_EQ(seen_by(result, {}).score, 0.9);
}

TEST(StudentView, LeavesOutWhatIsNotShownYetAndItsPoints) {
  const LabResult before = seen_by(sample(), {});
  EXPECT_THAT(ids(before), ElementsAre("seen"));
  EXPECT_EQ(before.score, 2);
  EXPECT_EQ(before.max_score, 2);
  EXPECT_TRUE(before.withheld);
  EXPECT_THAT(ids(seen_by(sample(), {false, false, kDue})), ElementsAre("seen", "due"));
  EXPECT_THAT(ids(seen_by(sample(), {false, false, "2026-12-01T22:58:59Z"})), ElementsAre("seen"));
  const LabResult out = seen_by(sample(), {false, true, ""});
  EXPECT_THAT(ids(out), ElementsAre("seen", "due", "published"));
  EXPECT_EQ(out.score, 4);
  EXPECT_EQ(out.max_score, 6);
}

TEST(StudentView, ATaskThatIsNotShownTakesItsItemsRunsAndFiguresAlong) {
  const LabResult view = seen_by(sample(), {false, true, ""});
  ASSERT_EQ(view.tasks.size(), 1U);
  EXPECT_EQ(view.runs.size(), 1U);
  EXPECT_EQ(view.figures.size(), 1U);
  EXPECT_EQ(to_json(view).dump().find("ecret\""), std::string::npos);
}

TEST(StudentView, TheInstructorSeesEverything) {
  EXPECT_EQ(to_json(seen_by(sample(), {true, false, ""})), to_json(sample()));
}

TEST(StudentView, NothingIsWithheldWhereAllIsVisible) {
  LabResult result = sample();
  result.rubric.resize(1);
  result.tasks.resize(1);
  result.runs.resize(1);
  result.figures.resize(1);
  EXPECT_EQ(to_json(seen_by(result, {})), to_json(result));
}

TEST(StudentView, PrivateDetailsKeepPointsAndVerdict) {
  LabResult result = sample();
  result.rubric[0].details_private = true;
  const LabResult view = seen_by(result, {});
  EXPECT_EQ(view.rubric[0].verdict, "pass");
  EXPECT_EQ(view.rubric[0].points, 2);
  const RubricOutcome& item = view.rubric[0];
  EXPECT_EQ((item.wanted + item.found + item.feedback).find('6'), std::string::npos);
}

TEST(StudentView, AHiddenItemThatIsOpenDoesNotShowInTheState) {
  LabResult result = sample();
  result.rubric[1].verdict = "not_graded";
  result.state = "not_graded";
  EXPECT_EQ(seen_by(result, {}).state, "graded");
  result.rubric[0].verdict = "not_graded";
  EXPECT_EQ(seen_by(result, {}).state, "not_graded");
}

TEST(StudentView, TheCapBoundsWhatIsShown) {
  LabResult result = sample();
  result.cap = 3;
  const LabResult view = seen_by(result, {false, true, ""});
  EXPECT_EQ(view.score, 3);
  EXPECT_EQ(view.max_score, 3);
}

TEST(StudentView, SecretSeedsAreNotShown) {
  LabResult result = sample();
  EXPECT_TRUE(seen_by(result, {}).environment.contains("base seed"));
  result.secret_seed = true;
  const LabResult view = seen_by(result, {});
  EXPECT_EQ(view.environment.size(), 1U);
  EXPECT_EQ(seen_by(result, {true, false, ""}).environment.size(), 3U);
}

TEST(StudentView, NewKeysSurviveTheRoundTrip) {
  LabResult result = sample();
  result.cap = 3;
  result.secret_seed = result.withheld = true;
  result.own_recipe = {{"text", "epochs = 3\n"}, {"values", {{"epochs", 3}}}};
  result.tasks[0].own_recipe = true;
  result.rubric[0].details_private = true;
  const auto back = lab_result_from_json(Json::parse(to_json(result).dump()));
  ASSERT_TRUE(back.ok()) << back.error().text();
  EXPECT_EQ(to_json(*back), to_json(result));
  Json broken = to_json(result);
  broken["own_recipe"]["values"] = 3;
  EXPECT_FALSE(lab_result_from_json(broken).ok());
}

}  // namespace
}  // namespace gradus
