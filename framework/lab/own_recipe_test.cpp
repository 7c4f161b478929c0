#include "framework/lab/own_recipe.hpp"

#include <gmock/gmock.h>

#include "framework/lab/testing.hpp"
#include "framework/record/recipe_json.hpp"

namespace gradus::lab {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using testing::kLab;
using ::testing::Not;
using testing::read;
using testing::replaced;

const std::string kOpen = R"(
[[task]]
id = "open"
kind = "train"
recipe_from = "submission"
recipe = { epochs = 20, batch = 64 }
)";

std::string open_lab(
    const std::string& rules =
        "allowed = [\"epochs\", \"optimizer.lr\", \"optimizer.momentum\", "
        "\"optimizer.nesterov\", \"schedule\", \"input\"], budget = { epochs = 200, "
        "\"input.crop\" = 8 }") {
  return replaced(replaced(kLab, "[recipe]\n", "recipe = { " + rules + " }\n\n[recipe]\n"),
                  "\n[[rubric]]\nid = \"loss\"", kOpen + "\n[[rubric]]\nid = \"loss\"");
}

Lab lab_of_text(const std::string& text, const std::string& profile = "full") {
  auto lab = read(text, profile);
  EXPECT_TRUE(lab.ok()) << (lab.ok() ? "" : lab.error().what);
  return lab.ok() ? std::move(*lab) : Lab{};
}

const Task& open_task(const Lab& lab) { return lab.tasks.back(); }

Lab with(const std::string& recipe, const std::string& profile = "full") {
  Lab lab = lab_of_text(open_lab(), profile);
  const auto own = read_own_recipe(recipe, "recipe.toml", lab);
  EXPECT_TRUE(own.ok()) << (own.ok() ? "" : own.error().text());
  if (own.ok()) apply_own_recipe(lab, *own);
  return lab;
}

TEST(OwnRecipe, StandsAboveTheLabsWhereATaskTakesIt) {
  const Lab lab = with("epochs = 50\n[optimizer]\nlr = 1\n[input]\ncrop = 2\nflip = true\n");
  EXPECT_EQ(open_task(lab).recipe.epochs, 50);
  EXPECT_EQ(open_task(lab).recipe.optimizer.lr, 1.0);
  EXPECT_EQ(open_task(lab).recipe.optimizer.momentum, 0.9) << "the lab's";
  EXPECT_EQ(open_task(lab).recipe.batch, 64) << "the task's";
  EXPECT_EQ(open_task(lab).input.crop, 2);
  EXPECT_TRUE(open_task(lab).input.flip);
  EXPECT_EQ(lab.tasks[2].recipe.optimizer.lr, 0.01) << "this task does not take it";
}

TEST(OwnRecipe, ChangesTheRunsThatTakeItAndNoOthers) {
  const Plan before = expand(lab_of_text(open_lab()), {}, Machine{4, false});
  const Plan after = expand(with("optimizer.lr = 0.5\n"), {}, Machine{4, false});
  ASSERT_EQ(before.runs.size(), after.runs.size());
  for (std::size_t i = 0; i < before.runs.size(); ++i) {
    EXPECT_EQ(before.runs[i].run.hash() != after.runs[i].run.hash(), before.runs[i].task == "open")
        << before.runs[i].id;
  }
}

TEST(OwnRecipe, EmptyFileIsTheLabsRecipe) {
  EXPECT_EQ(to_json(expand(with("# nothing\n"), {}, Machine{4, false})),
            to_json(expand(lab_of_text(open_lab()), {}, Machine{4, false})));
}

TEST(OwnRecipe, IsScaledWithTheProfile) {
  const std::string text =
      "epochs = 200\n[schedule]\nname = \"multi_step\"\nmilestones = [100, 150]\n";
  const Lab quick = with(text, "quick");
  EXPECT_EQ(open_task(quick).recipe.epochs, 20) << "quick scales epochs by 0.1";
  EXPECT_EQ(open_task(quick).recipe.schedule.milestones, (std::vector<double>{10, 15}));
  EXPECT_EQ(open_task(with("epochs = 3\n", "smoke")).recipe.epochs, 1) << "at least one";
}

/// A lab's task with its own method and schedule; "allowed" as given.
Lab muon_lab(const std::string& allowed) {
  std::string text = open_lab("allowed = [" + allowed + "], budget = { epochs = 200 }");
  return lab_of_text(replaced(
      text, "recipe = { epochs = 20, batch = 64 }",
      "recipe = { epochs = 20, optimizer = { name = \"muon\", lr = 0.02, sgd_lr = 0.2, nesterov = "
      "true, weight_decay = 0.1 }, schedule = { name = \"multi_step\", per = \"step\", milestones "
      "= [9], factor = 0.3 } }"));
}

Recipe open_recipe(Lab lab, const std::string& text) {
  const auto own = read_own_recipe(text, "recipe.toml", lab);
  EXPECT_TRUE(own.ok()) << (own.ok() ? "" : own.error().text());
  if (own.ok()) apply_own_recipe(lab, *own);
  return open_task(lab).recipe;
}

// A decay of .1, right for the lab's muon, ruined a student's sgd that said nothing of it.
TEST(OwnRecipe, AnotherMethodBeginsItsTableAnew) {
  const Lab lab = muon_lab("\"epochs\", \"optimizer\", \"schedule\"");
  const Recipe recipe = open_recipe(lab, "[optimizer]\nname = \"sgd\"\nlr = 0.1\n");
  Optimizer wanted;
  wanted.lr = 0.1;
  Recipe plain;
  plain.optimizer = wanted;
  EXPECT_EQ(gradus::to_json(recipe).at("optimizer"), gradus::to_json(plain).at("optimizer"));
  EXPECT_EQ(recipe.schedule.name, "multi_step") << "it says nothing of that";
  EXPECT_EQ(recipe.schedule.factor, 0.3);

  const Recipe same = open_recipe(lab, "[optimizer]\nname = \"muon\"\nlr = 0.1\n");
  EXPECT_EQ(same.optimizer.weight_decay, 0.1) << "the lab's method";
  EXPECT_EQ(same.optimizer.sgd_lr, 0.2);
  EXPECT_EQ(open_recipe(lab, "optimizer.lr = 0.1\n").optimizer.weight_decay, 0.1);
}

TEST(OwnRecipe, AnotherScheduleBeginsItsTableAnew) {
  const Lab lab = muon_lab("\"epochs\", \"optimizer\", \"schedule\"");
  const Recipe recipe = open_recipe(lab, "[schedule]\nname = \"exponential\"\n");
  EXPECT_EQ(recipe.schedule.per, "epoch");
  EXPECT_EQ(recipe.schedule.factor, 0.1) << "the default, not the lab's of another form";
  EXPECT_TRUE(recipe.schedule.milestones.empty());
  EXPECT_EQ(recipe.optimizer.weight_decay, 0.1) << "it says nothing of that";
  const auto own =
      read_own_recipe("optimizer.name = \"sgd\"\noptimizer.nesterov = true\n", "recipe.toml", lab);
  ASSERT_FALSE(own.ok());
  EXPECT_THAT(own.error().what,
              HasSubstr("with the lab's recipe and, since it names another optimizer, the defaults "
                        "of [optimizer]: found nesterov without momentum"));
}

TEST(OwnRecipe, WhatTheLabKeepsToItselfStaysInATableBegunAnew) {
  const Lab lab = muon_lab("\"epochs\", \"optimizer.name\", \"optimizer.lr\"");
  const Recipe recipe = open_recipe(lab, "optimizer.name = \"sgd\"\n");
  EXPECT_EQ(recipe.optimizer.weight_decay, 0.1) << "nobody may set it";
  EXPECT_EQ(recipe.optimizer.momentum, 0.9);
  EXPECT_EQ(recipe.optimizer.lr, 0.01) << "the default";
}

struct WrongRecipe {
  const char* text;
  std::vector<std::string> wanted;
};
void PrintTo(const WrongRecipe& wrong, std::ostream* out) { *out << testing::words_of(wrong.text); }
class WrongOwnRecipe : public ::testing::TestWithParam<WrongRecipe> {};

TEST_P(WrongOwnRecipe, IsTheSubmissionsFaultWithPlaceAndCure) {
  const Lab lab = lab_of_text(open_lab());
  const auto own = read_own_recipe(GetParam().text, "recipe.toml", lab);
  ASSERT_FALSE(own.ok()) << GetParam().text;
  EXPECT_EQ(own.error().fault, Fault::submission);
  EXPECT_THAT(own.error().cure, HasSubstr("recipe.toml"));
  for (const std::string& part : GetParam().wanted)
    EXPECT_THAT(own.error().text(), HasSubstr(part));
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongOwnRecipe,
    ::testing::Values(
        WrongRecipe{"epocs = 3\n",
                    {"recipe.toml:1:1: found the key 'epocs', wanted one of epochs, optimizer.lr",
                     "did you mean 'epochs'?"}},
        WrongRecipe{"batch = 3\n",
                    {"recipe.toml:1:1: found the key 'batch', which this lab does not let a "
                     "submission set"}},
        WrongRecipe{"\nepochs = 201\n",
                    {"recipe.toml:2:10: epochs: found the integer 201, wanted at most 200"}},
        WrongRecipe{"input.crop = 9\n", {"input.crop: found the integer 9, wanted at most 8"}},
        WrongRecipe{"epochs = 0\n", {"epochs: found the integer 0, wanted an integer from 1 to"}},
        WrongRecipe{"epochs = 2.5\n", {"epochs: found the number 2.5, wanted an integer"}},
        WrongRecipe{"[optimizer]\nlr = \"big\"\n",
                    {"recipe.toml:2:6: optimizer.lr: found the text \"big\", wanted a number"}},
        WrongRecipe{"optimizer = 3\n", {"optimizer: found the integer 3, wanted a table"}},
        WrongRecipe{"[schedule]\nname = \"cosin\"\n", {"did you mean 'cosine'?"}},
        WrongRecipe{"[recipe]\nepochs = 3\n",
                    {"found the key 'recipe.epochs'", "did you mean 'epochs'?"}},
        WrongRecipe{"\"optimizer.lr\" = 1\n[optimizer]\nlr = 2\n",
                    {"found the key 'optimizer.lr' again"}},
        WrongRecipe{"optimizer.momentum = 0.0\noptimizer.nesterov = true\n",
                    {"with the lab's recipe: found nesterov without momentum"}},
        WrongRecipe{"input.resize = [24]\n",
                    {"with the lab's recipe: found 1 size in input.resize and 0 shares"}},
        WrongRecipe{"[schedule]\nname = \"lambda\"\nmilestones = [0, 1]\nfactors = [1, -0.5]\n",
                    {"recipe.toml:4:11: schedule.factors: found", "of at least 0"}},
        WrongRecipe{"[schedule]\nname = \"cosine\"\nmin_lr = 0.05\n",
                    {"recipe.toml:3:10: with the",
                     "found schedule.min_lr 0.05 above optimizer.lr "
                     "0.01"}},
        WrongRecipe{"activation = \"submission\"\n", {"found the key 'activation'"}},
        WrongRecipe{"epochs = \n", {"recipe.toml:1:", "not TOML"}}),
    testing::kCaseName);

TEST(OwnRecipe, SizesAboveTheImagesAreRefusedOnceTheDataAreKnown) {
  Lab lab = lab_of_text(open_lab());
  const std::string text = "[input]\nresize = [24, 40]\nresize_until = [0.4, 0.7]\n";
  EXPECT_TRUE(read_own_recipe(text, "recipe.toml", lab).ok());
  lab.data.height = 32;
  const auto own = read_own_recipe(text, "recipe.toml", lab);
  ASSERT_FALSE(own.ok());
  EXPECT_THAT(own.error().text(), HasSubstr("found 40 in input.resize, wanted at most 32"));
  lab.data.height = 40;
  EXPECT_TRUE(read_own_recipe(text, "recipe.toml", lab).ok());
}

TEST(OwnRecipe, NamesAllMistakesAtOnce) {
  const auto own = read_own_recipe("epocs = 3\nbatch = 3\n[optimizer]\nlr = \"x\"\n", "recipe.toml",
                                   lab_of_text(open_lab()));
  ASSERT_FALSE(own.ok());
  EXPECT_EQ(std::count(own.error().what.begin(), own.error().what.end(), '\n'), 2);
}

struct WrongRule {
  const char* rules;
  const char* wanted;
};
void PrintTo(const WrongRule& wrong, std::ostream* out) { *out << testing::words_of(wrong.rules); }
class WrongOwnRecipeRule : public ::testing::TestWithParam<WrongRule> {};

TEST_P(WrongOwnRecipeRule, IsTheLabsFault) {
  EXPECT_THAT(testing::complaint(open_lab(GetParam().rules)), HasSubstr(GetParam().wanted));
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongOwnRecipeRule,
    ::testing::Values(
        WrongRule{"allowed = [\"optimizer.rl\"]", "did you mean 'optimizer.lr'?"},
        WrongRule{"allowed = [\"activation\"]", "submission.recipe.allowed: found the text"},
        WrongRule{"budget = { epochs = 3 }", "found no 'allowed' in [submission.recipe]"},
        WrongRule{"allowed = \"epochs\"", "found epochs allowed without a budget"},
        WrongRule{"allowed = \"epochs\", budget = { epochs = 2, batch = 3 }",
                  "found the key 'batch', wanted one that 'allowed' names: epochs"},
        WrongRule{"allowed = \"schedule\", budget = { \"schedule.name\" = 3 }",
                  "wanted a key whose value is a number"},
        WrongRule{"allowed = \"epochs\", budget = { epochs = \"x\" }",
                  "budget.epochs: found the text \"x\""}),
    testing::kCaseName);

TEST(OwnRecipe, ATaskCannotTakeWhatNobodyMaySet) {
  EXPECT_THAT(testing::complaint(replaced(kLab, "trials = 2", "recipe_from = \"submission\"")),
              HasSubstr("a lab that lets a submission set nothing"));
}

TEST(OwnRecipe, AnArmMayNotFightIt) {
  EXPECT_THAT(
      testing::complaint(replaced(open_lab(), "trials = 2", "recipe_from = \"submission\"")),
      HasSubstr("task.lr_sweep.vary: found 'optimizer.lr', which a submission's recipe may"));
}

TEST(OwnRecipe, AProbeTrainsNothing) {
  EXPECT_THAT(testing::complaint(replaced(open_lab(), "kind = \"probe\"",
                                          "kind = \"probe\"\nrecipe_from = \"submission\"")),
              HasSubstr("found \"submission\" in a probe task"));
}

}  // namespace
}  // namespace gradus::lab
