#include <gmock/gmock.h>

#include "framework/lab/parts.hpp"
#include "framework/lab/schema.hpp"
#include "framework/lab/testing.hpp"
#include "framework/record/recipe_json.hpp"

namespace gradus::lab {
namespace {

using testing::complaint;
using ::testing::HasSubstr;
using testing::kLab;
using testing::read;
using testing::replaced;

/// A valid value that is not the default.
Json another(const KeySpec& key) {
  if (!key.choices.empty()) {
    return key.fallback == Json(key.choices.back()) ? key.choices.front() : key.choices.back();
  }
  switch (key.type) {
    case ValueType::boolean:
      return !key.fallback.get<bool>();
    case ValueType::integer:
      return key.fallback.get<std::int64_t>() + 1;
    case ValueType::numbers:
      return {1.0, 2.0};
    case ValueType::texts:
      return "conv*: he_normal";
    default:
      return key.fallback.get<double>() / 2 + 0.125;
  }
}

TEST(LabRecipe, EveryKeyReachesTheRecipe) {
  std::size_t tried = 0;
  for (const TableSpec& table : recipe_tables()) {
    const std::string prefix = table.path == "recipe" ? "" : table.path.substr(7) + ".";
    for (const KeySpec& key : table.keys) {
      if (key.type == ValueType::table) continue;
      if (key.choices.size() == 1) continue;  // nothing else to say
      RunPlan run;
      set_varied(run, prefix + key.name, another(key));
      EXPECT_NE(gradus::to_json(run.recipe), gradus::to_json(Recipe{})) << prefix + key.name;
      EXPECT_NE(varied_key(prefix + key.name), nullptr) << prefix + key.name;
      ++tried;
    }
  }
  EXPECT_GT(tried, 35U);
}

TEST(LabInput, EveryKeyReachesTheInput) {
  for (const KeySpec& key : table_spec("input").keys) {
    RunPlan run;
    set_varied(run, "input." + key.name, another(key));
    EXPECT_NE(gradus::to_json(run.input), gradus::to_json(InputSpec{})) << key.name;
    EXPECT_NE(varied_key("input." + key.name), nullptr) << key.name;
    RunPlan same;
    if (!key.fallback.is_null()) set_varied(same, "input." + key.name, key.fallback);
    EXPECT_EQ(gradus::to_json(same.input), gradus::to_json(InputSpec{})) << key.name;
  }
}

TEST(LabInput, ATaskChangesWhatItNamesAndInheritsTheRest) {
  const auto lab = read(replaced(
      replaced(kLab, "[run]\n",
               "[input]\ncrop = 2\npad = \"reflect\"\nresize = [24]\nresize_until = [0.5]\n\n"
               "[run]\n"),
      "input = { crop = 4, flip = true }", "input = { flip = true, flip_by = \"turns\" }"));
  ASSERT_TRUE(lab.ok()) << lab.error().what;
  const InputSpec& input = lab->tasks[1].input;
  EXPECT_EQ(input.crop, 2);
  EXPECT_EQ(input.pad, "reflect");
  EXPECT_TRUE(input.flip);
  EXPECT_EQ(input.flip_by, "turns");
  EXPECT_EQ(input.resize, (std::vector<double>{24}));
  EXPECT_EQ(input.resize_until, (std::vector<double>{0.5}));
  EXPECT_EQ(lab->tasks[2].input.flip_by, "coin");
}

TEST(LabInput, AWrongListIsNoListOfAnotherLength) {
  for (const char* input :
       {"resize = [0], resize_until = [0.4]", "resize = [24], resize_until = [0]"}) {
    const std::string said = complaint(replaced(kLab, "input = { crop = 4, flip = true }",
                                                std::string("input = { ") + input + " }"));
    EXPECT_THAT(said, HasSubstr("each "));
    EXPECT_THAT(said, ::testing::Not(HasSubstr("wanted as many"))) << input;
  }
}

TEST(LabRecipe, TheDefaultsOfTheTableAreThoseOfTheRecipe) {
  const auto lab = read(replaced(kLab,
                                 "epochs = 30\nbatch = 128\noptimizer = { name = \"sgd\", lr = "
                                 "0.01, momentum = 0.9, weight_decay = 1e-4 }\n",
                                 ""));
  ASSERT_TRUE(lab.ok()) << lab.error().what;
  EXPECT_EQ(gradus::to_json(lab->tasks[0].recipe), gradus::to_json(Recipe{}));
}

TEST(LabRecipe, ATaskChangesWhatItNamesAndInheritsTheRest) {
  const auto lab = read(
      replaced(replaced(kLab, "batch = 128\n",
                        "batch = 128\nschedule = { name = \"step\", every = 5, factor = 0.9 }\n"
                        "early_stop = { patience = 4 }\ninit_layers = \"conv*: he_normal\"\n"),
               "recipe = { optimizer = { momentum = 0.5 } }",
               "recipe = { l1 = 1e-3, schedule = { every = 7 } }"));
  ASSERT_TRUE(lab.ok()) << lab.error().what;
  const Recipe& recipe = lab->tasks[2].recipe;
  EXPECT_EQ(recipe.l1, 1e-3);
  EXPECT_EQ(recipe.schedule.name, "step");
  EXPECT_EQ(recipe.schedule.every, 7);
  EXPECT_EQ(recipe.schedule.factor, 0.9);
  EXPECT_EQ(recipe.early_stop.patience, 4);
  EXPECT_THAT(recipe.init_layers, ::testing::ElementsAre("conv*: he_normal"));
  EXPECT_EQ(lab->tasks[1].recipe.schedule.every, 5);
}

TEST(LabRecipe, ArmsMayVaryAnyOfIt) {
  const auto lab = read(
      replaced(kLab, "vary.grid = { \"optimizer.weight_decay\" = [1e-2, 1e-4], batch = [64, 128] }",
               "vary.zip = { \"optimizer.name\" = [\"sgd\", \"adam\"], l1 = [0, 1e-3], "
               "\"schedule.name\" = [\"constant\", \"multi_step\"], "
               "\"schedule.milestones\" = [[1], [10, 20]] }"));
  ASSERT_TRUE(lab.ok()) << lab.error().what;
  const Plan plan = expand(*lab);
  const Recipe& last = plan.runs.back().run.recipe;
  EXPECT_EQ(last.optimizer.name, "adam");
  EXPECT_EQ(last.l1, 1e-3);
  EXPECT_THAT(last.schedule.milestones, ::testing::ElementsAre(10, 20));
  EXPECT_EQ(plan.runs[plan.runs.size() - 2].run.recipe.optimizer.name, "sgd");
}

TEST(LabRecipe, ContradictionsAreFoundInEveryArm) {
  EXPECT_THAT(complaint(replaced(kLab, "[1, 0.1, 0.01]",
                                 "[1, 0.1, 0.01], \"schedule.name\" = [\"step\", \"step\", "
                                 "\"multi_step\"]")),
              HasSubstr("task.lr_sweep: found the schedule multi_step without milestones"));
  EXPECT_THAT(
      complaint(kLab, "full",
                {{"recipe.schedule", "{ name = \"lambda\", milestones = [0, 1], factors = [1] }"}}),
      HasSubstr("found 1 schedule.factors for 2 milestones"));
  EXPECT_THAT(complaint(kLab, "full",
                        {{"recipe.schedule",
                          "{ name = \"lambda\", milestones = [0, 1], factors = [1, -0.5] }"}}),
              HasSubstr("recipe.schedule.factors: found"));
  EXPECT_THAT(
      complaint(kLab, "full", {{"recipe.schedule", "{ name = \"cosine\", min_lr = 0.05 }"}}),
      HasSubstr("recipe: found schedule.min_lr 0.05 above optimizer.lr 0.01"));
  EXPECT_THAT(complaint(kLab, "full", {{"recipe.init_layers", "[\"conv he\"]"}}),
              HasSubstr("wanted \"PATTERN: INITIALISER\""));
}

TEST(LabRecipe, ScaledEpochsScaleTheTimesOfASchedule) {
  const std::string text =
      replaced(replaced(kLab, "batch = 128\n",
                        "batch = 128\nschedule = { name = \"step\", every = 5, warmup = 2 }\n"),
               "[1, 0.1, 0.01]", "[1, 0.1, 0.01], \"schedule.every\" = [5, 10, 20]");
  const auto lab = read(text, "quick");  // a tenth
  ASSERT_TRUE(lab.ok()) << lab.error().what;
  EXPECT_EQ(lab->tasks[2].recipe.schedule.every, 0.5);
  EXPECT_EQ(lab->tasks[2].recipe.schedule.warmup, 0.2);
  EXPECT_EQ(lab->tasks[1].arms[2].at("schedule.every"), Json(2.0));
  // A probe trains nothing: its run must not change with the profile.
  const auto full = read(text, "full");
  ASSERT_TRUE(full.ok());
  EXPECT_EQ(expand(*lab).runs[0].run.recipe.schedule.every,
            expand(*full).runs[0].run.recipe.schedule.every);
}

/// Every contradiction at once, each where its value was written: what tasks inherit is said once.
TEST(LabRecipe, ContradictionsAreNamedWhereTheyWereWritten) {
  std::string text = replaced(kLab, "momentum = 0.9, weight", "nesterov = true, weight");
  text = replaced(text, "recipe = { optimizer = { momentum = 0.5 } }",
                  "recipe.schedule = { name = \"lambda\", milestones = [3, 2], factors = [1] }");
  const std::string said = complaint(text);
  EXPECT_THAT(said, HasSubstr("lab.toml:19:51: recipe: found nesterov without momentum"));
  EXPECT_THAT(said, HasSubstr("lab.toml:45:51: task.l2_sweep: found schedule.milestones out of "
                              "order"));
  EXPECT_THAT(said, HasSubstr("lab.toml:45:69: task.l2_sweep: found 1 schedule.factors for 2"));
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 2) << said;
}

}  // namespace
}  // namespace gradus::lab
