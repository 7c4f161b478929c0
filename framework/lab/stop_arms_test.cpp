// [task.stop_arms]: what is taken, what is refused, what becomes of it under profiles.

#include <gmock/gmock.h>

#include "framework/lab/check_testing.hpp"
#include "framework/lab/own_recipe.hpp"

namespace gradus::lab {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kLab;
using ::testing::Not;
using testing::replaced;

/// The sweep of three rates (30, 30 and 95 epochs, two trials) with these rules.
std::string lab_with(const std::string& stop_arms) {
  return replaced(kLab, "trials = 2", "trials = 2\nstop_arms = " + stop_arms);
}

Lab lab_of(const std::string& text, const std::string& profile = "full",
           const std::vector<Override>& overrides = {}) {
  auto lab = testing::read(text, profile, overrides);
  EXPECT_TRUE(lab.ok()) << (lab.ok() ? "" : lab.error().what);
  return lab.ok() ? std::move(*lab) : Lab{};
}

std::vector<std::int64_t> rungs(const Lab& lab) {
  return rungs_of(lab, *task_named(lab.tasks, "lr_sweep"));
}

const std::string kHalving = "{ rule = \"successive_halving\", rungs = [3, 9], keep = 0.34 }";

TEST(StopArms, ArmsStandInThePlanUpToTheirFirstRung) {
  const Lab lab = lab_of(lab_with(kHalving));
  EXPECT_THAT(rungs(lab), ElementsAre(3, 9));
  const Plan with = expand(lab), without = expand(lab_of(kLab));
  ASSERT_EQ(with.runs.size(), without.runs.size());
  for (std::size_t i = 0; i < with.runs.size(); ++i) {
    const bool sweep = with.runs[i].task == "lr_sweep";
    EXPECT_EQ(with.runs[i].run.stop_after, sweep ? 3 : 0) << with.runs[i].id;
    EXPECT_EQ(with.runs[i].run.trajectory_hash(), without.runs[i].run.hash());
  }
}

TEST(StopArms, CompleteTurnsThemOff) {
  const Lab lab = lab_of(lab_with(kHalving), "full", {{"run.complete", "true"}});
  EXPECT_THAT(rungs(lab), IsEmpty());
  for (const PlannedRun& planned : expand(lab).runs) EXPECT_EQ(planned.run.stop_after, 0);
}

TEST(StopArms, AProfileMayAllowThem) {
  const std::string text = kLab + R"(
[profile.demo]
task.lr_sweep.stop_arms = { rule = "median", rungs = [5] }
[profile.grade]
run.complete = true
)";
  EXPECT_THAT(rungs(lab_of(text)), IsEmpty());
  EXPECT_THAT(rungs(lab_of(text, "demo")), ElementsAre(5));
  EXPECT_THAT(rungs(lab_of(text, "grade")), IsEmpty());
}

TEST(StopArms, RungsAreScaledWithTheEpochs) {
  // 30 and 95 epochs become 3 and 10; rungs that fall together are one, those at the end are none.
  EXPECT_THAT(rungs(lab_of(lab_with(kHalving), "quick")), ElementsAre(1));
  EXPECT_THAT(rungs(lab_of(replaced(lab_with(kHalving), "[3, 9]", "[10, 20, 29]"), "quick")),
              ElementsAre(1, 2));
  EXPECT_THAT(rungs(lab_of(lab_with(kHalving), "smoke")), IsEmpty()) << "one epoch has no rung";
}

TEST(StopArms, ASubmissionsShorterRecipeTakesRungsAway) {
  std::string text = replaced(kLab, "activation = { required = false }",
                              "activation = { required = false }\nrecipe = { allowed = "
                              "[\"epochs\"], budget = { epochs = 40 } }");
  text = replaced(text,
                  "trials = 2\nvary.zip = { \"optimizer.lr\" = [1, 0.1, 0.01], epochs = [30, "
                  "30, 95] }",
                  "recipe_from = \"submission\"\nvary.zip = { \"optimizer.lr\" = [1, 0.1, 0.01] "
                  "}\nstop_arms = { rule = \"median\", rungs = [3, 9] }");
  Lab lab = lab_of(text);
  EXPECT_THAT(rungs(lab), ElementsAre(3, 9));
  const auto own = read_own_recipe("epochs = 5\n", "recipe.toml", lab);
  ASSERT_TRUE(own.ok()) << own.error().what;
  apply_own_recipe(lab, *own);
  EXPECT_THAT(rungs(lab), ElementsAre(3));
}

struct Wrong {
  const char *name, *rules;
  std::vector<std::string> wanted;
};
void PrintTo(const Wrong& one, std::ostream* out) { *out << one.name; }

class WrongStopArms : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongStopArms, IsRefused) {
  const std::string text = testing::complaint(lab_with(GetParam().rules));
  for (const std::string& part : GetParam().wanted) EXPECT_THAT(text, HasSubstr(part));
  EXPECT_THAT(text, HasSubstr("lab.toml:"));
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongStopArms,
    ::testing::Values(
        Wrong{"Empty", "{}", {"found no 'rule' in", "found no 'rungs' in"}},
        Wrong{"UnknownRule",
              "{ rule = \"hyperband\", rungs = [3] }",
              {"stop_arms.rule: found", "one of \"successive_halving\" or \"median\""}},
        Wrong{"UnknownKey",
              "{ rule = \"median\", rung = [3] }",
              {"found the unknown key 'rung'", "did you mean 'rungs'"}},
        Wrong{"Descending",
              "{ rule = \"median\", rungs = [9, 3] }",
              {"found 3 after 9, wanted ascending numbers of epochs"}},
        Wrong{"Twice", "{ rule = \"median\", rungs = [3, 3] }", {"found 3 after 3"}},
        Wrong{"Parts", "{ rule = \"median\", rungs = [2.5] }", {"found 2.5, wanted whole epochs"}},
        Wrong{"Zero", "{ rule = \"median\", rungs = [0, 3] }", {"each from 1 to 1000000"}},
        Wrong{"BeyondTheShortestArm",
              "{ rule = \"median\", rungs = [3, 30] }",
              {"found the rung 30, wanted rungs below the epochs of the shortest arm, 30"}},
        Wrong{"KeepsAll",
              "{ rule = \"successive_halving\", rungs = [3], keep = 1 }",
              {"keep: found 1, with which no arm is ever stopped; wanted a share below 1"}},
        Wrong{"KeepsNone",
              "{ rule = \"successive_halving\", rungs = [3], keep = 0 }",
              {"keep: found the integer 0, wanted a number above 0"}},
        Wrong{"KeepMissing",
              "{ rule = \"successive_halving\", rungs = [3] }",
              {"keep: found none, wanted the share of the arms that goes on"}},
        Wrong{"KeepOfMedian",
              "{ rule = \"median\", rungs = [3], keep = 0.5 }",
              {"which has no use for it"}},
        Wrong{"AllAtOnce",
              "{ rule = \"median\", rungs = [9, 3], keep = 0.5 }",
              {"found 3 after 9", "which has no use for it"}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(StopArms, AWrongShareIsNoMissingOne) {
  for (const char* keep : {"0", "\"half\""}) {
    const std::string rules = "{ rule = \"successive_halving\", rungs = [3], keep = ";
    const std::string text = testing::complaint(lab_with(rules + keep + " }"));
    EXPECT_THAT(text, HasSubstr("wanted a number above 0"));
    EXPECT_THAT(text, Not(HasSubstr("keep: found none")));
  }
}

TEST(StopArms, WantSeveralArms) {
  const std::string rules = "\nstop_arms = { rule = \"median\", rungs = [3] }";
  const std::string text =
      testing::complaint(kLab + "\n[[task]]\nid = \"one\"\nkind = \"train\"" + rules + "\n");
  EXPECT_THAT(text, HasSubstr("task.one.stop_arms: found a rule that compares arms in a task with "
                              "one arm, wanted vary"));
  EXPECT_THAT(testing::complaint(replaced(kLab, "probes = [\"shape\"",
                                          "stop_arms = { rule = \"median\", rungs = [3] }\nprobes "
                                          "= [\"shape\"")),
              HasSubstr("task.sanity.stop_arms: found a rule that compares arms"));
}

TEST(StopArms, AnItemThatAsksOfEveryArmIsWarnedOf) {
  const std::string stopping =
      replaced(testing::kSound, "batch = [64, 128] }",
               "batch = [64, 128] }\nstop_arms = { rule = \"median\", rungs = [3] }");
  const Checked checked = testing::check(stopping);
  EXPECT_TRUE(checked.sound());
  const std::string text = testing::lines(checked);
  EXPECT_THAT(text, HasSubstr("warning rubric.reach.at_least: found what only an arm that was "
                              "trained to its end can answer, in task 'l2_sweep'"));
  EXPECT_EQ(
      testing::lines(testing::check(replaced(stopping, "[run]\n", "[run]\ncomplete = true\n"))),
      "");
}

}  // namespace
}  // namespace gradus::lab
