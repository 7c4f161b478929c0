// What the check says where several places of a file play together.
#include "framework/lab/check_testing.hpp"

namespace gradus::lab {
namespace {

using testing::check;
using ::testing::HasSubstr;
using testing::kSound;
using testing::lines;
using testing::replaced;

TEST(CheckLab, AProfileMayAskLessThanThePartialConditionsOfTheFile) {
  EXPECT_EQ(lines(check(replaced(kSound, "run.train_images = 200",
                                 "run.train_images = 200\nrubric.reach.at_least = 0.1"))),
            "");
  EXPECT_THAT(lines(check(replaced(kSound, "run.train_images = 200",
                                   "rubric.reach.at_least = 0.1\n"
                                   "rubric.reach.partial = [{ at_least = 0.2, points = 1 }]"))),
              HasSubstr("not weaker"));
}

TEST(CheckLab, FindsAnOptimumAboveTheSweep) {
  const std::string text = lines(check(replaced(
      replaced(kSound, "at_most = 0.02 }\npartial = [{ best = { at_most = 0.1 }, points = 1 }]",
               "at_least = 3 }"),
      "rubric.rates.best.at_most = 0.05", "")));
  EXPECT_THAT(text, HasSubstr("rubric.rates.best.at_least: found 3, which no value of "
                              "'optimizer.lr' in task 'lr_sweep' meets; it goes from 0.01 to 1"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
}

TEST(CheckLab, FindsADefaultThatEveryTrainTaskVaries) {
  const std::string both =
      replaced(kSound, "batch = [64, 128] }", "batch = [64, 128], epochs = [100, 200] }");
  const std::string text =
      lines(check(replaced(both, "run.train_images = 200", "recipe.epochs = 3")));
  EXPECT_THAT(text,
              HasSubstr("recipe.epochs: found a value for a key that every train task varies"));
  EXPECT_THAT(text, HasSubstr("[smoke]"));
}

TEST(CheckLab, AugmentationPluginsTurnTheInputsKeysOff) {
  const std::string text = lines(
      check(replaced(replaced(kSound, "input = { crop = 4, flip = true }\nrecipe",
                              "augmentation = \"submission\"\nrecipe"),
                     "\"optimizer.weight_decay\" = [1e-2, 1e-4]", "\"input.crop\" = [1, 2]")));
  EXPECT_THAT(text, HasSubstr("found 'input.crop', which an augmentation plugin turns off"));
}

TEST(CheckLab, SaysEverythingAtOnceUnderEveryProfile) {
  std::string text = replaced(kSound, "at_least = 0.4, points = 2", "at_least = 0.4, points = 1");
  text = replaced(text, "expect = { total = 100 }", "expect = { total = 7 }");
  text = replaced(text, "task.l2_sweep.recipe.epochs = 9", "task.l2_sweep.recipe.epocs = 9");
  const Checked checked = check(text);
  EXPECT_EQ(checked.findings.size(), 3U) << lines(checked);
}

TEST(CheckLab, AFileThatIsNoTomlIsAnError) {
  const testing::Folder folder;
  EXPECT_FALSE(check_lab(folder.file("lab.toml", "[lab"), testing::check_words()).ok());
  EXPECT_FALSE(check_lab(folder.path() / "none", testing::check_words()).ok());
}

}  // namespace
}  // namespace gradus::lab
