#include "framework/record/lab_result.hpp"

#include <gtest/gtest.h>

#include "framework/core/files.hpp"

namespace gradus {
namespace {

LabResult sample_result() {
  LabResult result;
  result.lab = "simplenn";
  result.title = "Training SimpleNN";
  result.profile = "demo";
  result.submission = "reference";
  result.sandbox = "full";
  result.state = "graded";
  result.score = 3.5;
  result.max_score = 5;
  result.rubric = {{"a", "A", "accuracy", "baseline", 3.5, 5, false, "partial", "60 %", "63 %",
                    "why", Trust::recomputed, "visible"}};
  result.tasks = {{"baseline",
                   "Baseline",
                   "train",
                   "text",
                   {"optimizer.lr"},
                   {{"val_accuracy", {0.6584}}, {"source", "table 2"}}},
                  {"sanity", "Sanity", "probe", "text", {}, nullptr}};
  result.tasks[0].stop_arms = {{"rule", "median"}, {"rungs", {3}}};
  result.figures = {{"curves", "baseline", "Curves", "caption", ""}};
  result.runs = {{"baseline", "baseline", {{"optimizer.lr", .1}}, 0, "abc", "done", {}},
                 {"stopped", "baseline", {{"optimizer.lr", .2}}, 0, "abd", "done", 3}};
  result.environment = {{"libtorch", "2.11.0"}};
  result.classes = {"cat", "dog"};
  return result;
}

TEST(LabResult, SurvivesTheRoundTripThroughJsonText) {
  const auto back = lab_result_from_json(Json::parse(to_json(sample_result()).dump()));
  ASSERT_TRUE(back.ok()) << back.error().text();
  EXPECT_EQ(to_json(*back), to_json(sample_result()));
}

TEST(LabResult, RefusesUnknownKeysAndAnotherSchema) {
  Json json = to_json(sample_result());
  json["rubric"][0]["cheat"] = true;
  EXPECT_NE(lab_result_from_json(json).error().what.find("cheat"), std::string::npos);
  json = to_json(sample_result());
  json["schema"] = "x";
  EXPECT_FALSE(lab_result_from_json(json).ok());
}

TEST(LabResult, AFolderWithoutAResultSaysWhatWasWanted) {
  const auto folder = make_temporary_folder(fs::temp_directory_path(), "gradus-result-test");
  ASSERT_TRUE(folder.ok());
  const FolderGuard guard(*folder);
  const auto missing = read_result(*folder);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().fault, Fault::user);
  ASSERT_TRUE(write_file(*folder / "result.json", "{").ok());
  EXPECT_NE(read_result(*folder).error().what.find("damaged"), std::string::npos);
  ASSERT_TRUE(write_file(*folder / "result.json", to_json(sample_result()).dump()).ok());
  EXPECT_TRUE(read_result(*folder).ok());
}

}  // namespace
}  // namespace gradus
