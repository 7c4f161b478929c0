#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/lab/testing.hpp"

namespace gradus::lab {
namespace {

using ::testing::HasSubstr;

std::string complaint_of(const std::string& reported) {
  return testing::complaint(
      testing::replaced(testing::kLab, "trials = 2", "trials = 2\nreported = " + reported));
}

TEST(LabReader, TheDocumentsFiguresAreFractionsOneAnArm) {
  EXPECT_EQ(complaint_of("{ val_accuracy = [0.1, 0.7, 0.72], source = \"table 2\" }"), "");
  EXPECT_THAT(complaint_of("{ val_accuracy = [0.1, 0.7] }"),
              HasSubstr("found 2 numbers, wanted one for each of the 3 arms"));
  EXPECT_THAT(complaint_of("{ val_accuracy = [10.4, 69.7, 71.8] }"),
              HasSubstr("wanted a list of numbers, each from 0 to 1"));
}

// A run on two hundred images was said to miss the document by eighty points.
TEST(LabReader, SaysWhereItTrainsForLessThanTheFullProfile) {
  const std::string text = testing::replaced(
      testing::kLab, "trials = 2", "trials = 2\nreported = { val_accuracy = [0.1, 0.7, 0.72] }");
  const auto less = [&](const std::string& profile, const std::vector<Override>& overrides = {}) {
    const auto lab = testing::read(text, profile, overrides);
    EXPECT_TRUE(lab.ok()) << lab.error().text();
    return lab.ok() && task_named(lab->tasks, "lr_sweep")->reported.value("trained_less", false);
  };
  EXPECT_FALSE(less("full"));
  EXPECT_FALSE(less("full", {{"recipe.batch", "64"}}));
  EXPECT_FALSE(less("full", {{"run.train_images", "45000"}})) << "all that there are";
  EXPECT_TRUE(less("full", {{"run.train_images", "500"}}));
  EXPECT_TRUE(less("full", {{"epochs.scale", "0.5"}}));
  EXPECT_TRUE(less("smoke"));
  EXPECT_TRUE(less("quick"));
}

}  // namespace
}  // namespace gradus::lab
