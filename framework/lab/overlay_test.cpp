#include "framework/lab/overlay.hpp"

#include <gmock/gmock.h>

#include "framework/lab/testing.hpp"

namespace gradus::lab {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kLab;
using testing::read;
using testing::replaced;

std::vector<std::int64_t> epochs(const Task& task) {
  std::vector<std::int64_t> all;
  for (const auto& arm : task.arms) all.push_back(arm.at("epochs").get<std::int64_t>());
  return all;
}

TEST(Profile, ScalesEpochsEverywhereRoundedAndAtLeastOne) {
  const auto smoke = read(kLab, "smoke");
  ASSERT_TRUE(smoke.ok()) << smoke.error().what;
  EXPECT_EQ(smoke->tasks[2].recipe.epochs, 1) << "30 × 0.01 = 0.3";
  EXPECT_THAT(epochs(smoke->tasks[1]), ElementsAre(1, 1, 1));
  const auto quick = read(kLab, "quick");
  ASSERT_TRUE(quick.ok()) << quick.error().what;
  EXPECT_THAT(epochs(quick->tasks[1]), ElementsAre(3, 3, 10)) << "95 × 0.1 rounds up";
}

TEST(Profile, StatedEpochsAreNotScaled) {
  const auto quick = read(kLab, "quick");
  ASSERT_TRUE(quick.ok());
  EXPECT_EQ(quick->tasks[2].recipe.epochs, 9);
  EXPECT_EQ(quick->tasks[1].recipe.epochs, 3);
}

TEST(Profile, ReachesRecipeTaskAndRubric) {
  const auto quick = read(kLab, "quick");
  ASSERT_TRUE(quick.ok());
  EXPECT_EQ(quick->tasks[1].recipe.optimizer.lr, 0.02);
  EXPECT_EQ(quick->rubric[1].options.at("best").at("at_most"), Json(0.05));
  EXPECT_EQ(quick->rubric[1].options.at("best").at("key"), "optimizer.lr")
      << "the rest of the table stays";
  const auto full = read(kLab, "full");
  EXPECT_EQ(full->rubric[1].options.at("best").at("at_most"), Json(0.02));
}

TEST(Profile, ReplacesListsBelowDottedKeys) {
  const auto lab = read(
      replaced(
          kLab, "run.train_images = 200",
          "task.lr_sweep.vary.zip.\"optimizer.lr\" = [1, 0.5, 0.25]\nrubric.rates.partial = []"),
      "smoke");
  ASSERT_TRUE(lab.ok()) << lab.error().what;
  EXPECT_EQ(lab->tasks[1].arms[2].at("optimizer.lr"), Json(0.25));
  EXPECT_TRUE(lab->rubric[1].partial.empty());
}

TEST(Override, WinsOverTheProfile) {
  const auto lab =
      read(kLab, "quick", {{"recipe.optimizer.lr", "0.5"}, {"task.l2_sweep.recipe.epochs", "2"}});
  ASSERT_TRUE(lab.ok()) << lab.error().what;
  EXPECT_EQ(lab->tasks[1].recipe.optimizer.lr, 0.5);
  EXPECT_EQ(lab->tasks[2].recipe.epochs, 2);
}

TEST(Override, MistakesNameTheOption) {
  EXPECT_THAT(testing::complaint(kLab, "full", {{"recipe.epocs", "2"}}),
              ::testing::AllOf(
                  HasSubstr("--set recipe.epocs: found the unknown key 'epocs' in [recipe], wanted "
                            "one of epochs, batch, loss, "),
                  HasSubstr("schedule or early_stop (did you mean 'epochs'?)")));
  EXPECT_THAT(testing::complaint(kLab, "full", {{"recipe.epochs", "ten"}}),
              HasSubstr("found the text \"ten\""));
  EXPECT_THAT(testing::complaint(kLab, "full", {{"", "2"}}), HasSubstr("wanted a dotted path"));
  EXPECT_THAT(testing::complaint(kLab, "full", {{"a..b", "2"}}), HasSubstr("wanted a dotted path"));
  EXPECT_THAT(testing::complaint(kLab, "full", {{"task.sanity", "2"}}),
              HasSubstr("wanted task.ID.KEY"));
  EXPECT_THAT(testing::complaint(kLab, "full", {{"recipe.epochs.x", "2"}}),
              HasSubstr("wanted a table there"));
  EXPECT_THAT(testing::complaint(kLab, "full", {{"lab.nonsense", "2"}}), HasSubstr("in [lab]"));
}

}  // namespace
}  // namespace gradus::lab
