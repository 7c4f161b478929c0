#include "framework/lab/check_testing.hpp"

namespace gradus::lab {
namespace {

using testing::Case;
using testing::check;
using testing::kSound;
using testing::lines;
using testing::replaced;

TEST(CheckLab, FindsNothingInASoundLab) {
  const Checked checked = check(kSound);
  EXPECT_EQ(lines(checked), "");
  EXPECT_EQ(checked.lab, "demo");
  EXPECT_THAT(checked.profiles, ::testing::ElementsAre("smoke", "quick", "full"));
}

class CheckLabFinds : public ::testing::TestWithParam<Case> {};
TEST_P(CheckLabFinds, ItWithItsPlace) { testing::expect_found(GetParam()); }

INSTANTIATE_TEST_SUITE_P(
    Unanswerable, CheckLabFinds,
    ::testing::Values(
        Case{"ProbeNotInTask",
             "mean = 2.3\n\n[[rubric]]\nid = \"rates\"",
             "mean = 2.3\nprobe = \"overfits\"\n\n[[rubric]]\nid = \"rates\"",
             true,
             {"which task 'sanity' does not list"}},
        Case{"KindOfTask",
             "task = \"counted\"\nmean",
             "task = \"l2_sweep\"\nmean",
             true,
             {"found check 'initial_loss' on task 'l2_sweep' of kind \"train\""}},
        Case{"ArmGoneUnderAProfile",
             "run.train_images = 200",
             "run.train_images = 200\ntask.lr_sweep.vary.zip.\"optimizer.lr\" = [0.5, 0.1, 0.01]",
             true,
             {"found an arm that task 'lr_sweep' does not have", "[smoke]"}},
        Case{"ExceptEverything",
             "except = [{ batch = 64 }]",
             "except = [{ batch = 64 }, { batch = 128 }]",
             true,
             {"rubric.reach.except: found every arm of task 'l2_sweep'"}},
        Case{"CurvesOfAProbe",
             "[profile.smoke]",
             "[[figure]]\nkind = \"curves\"\ntask = \"sanity\"\n\n[profile.smoke]",
             true,
             {"figure.kind: found \"curves\" of task 'sanity', which trains nothing"}}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Unreachable, CheckLabFinds,
    ::testing::Values(
        Case{"AboveOne",
             "at_least = 0.5\n",
             "at_least = 63\n",
             true,
             {"rubric.reach.at_least: found the integer 63, wanted a fraction"}},
        Case{"BoundsCross",
             "at_least = 0.5\n",
             "at_least = 0.5\nat_most = 0.2\n",
             true,
             {"rubric.reach", "bounds that leave nothing between 0.5 and 0.2"}},
        Case{"ProbeWantsAnotherTotal",
             "expect = { total = 100 }",
             "expect = { total = 101 }",
             true,
             {"rubric.count.expect.total: found 101, but the task's probe 'parameters' wants the "
              "total 100"}},
        Case{"MoreThanTheProbesTotal",
             "expect = { total = 100 }",
             "expect = { at_least = 101 }",
             true,
             {"rubric.count.expect.at_least: found 101"}},
        Case{"LessThanTheProbesTotal",
             "expect = { total = 100 }",
             "expect = { at_most = 99 }",
             true,
             {"rubric.count.expect.at_most: found 99"}},
        Case{"ProbeWantsAnotherMean",
             "task = \"counted\"\nmean = 2.3",
             "task = \"counted\"\nmean = 2.9",
             true,
             {"rubric.first.mean: found 2.9, but the task's probe 'initial_loss' wants"}},
        Case{"FirstLossBelowChance",
             "{ name = \"initial_loss\", tolerance = 0.1 }",
             "{ name = \"initial_loss\", tolerance = 0.1, mean = 1.5 }",
             true,
             {"task.sanity.probes.initial_loss.mean: found 1.5, which no untrained network reaches",
              "ln 10 = 2.303"}},
        Case{"ProbeAccuracyInPerCent",
             "\"overfits\"]",
             "{ name = \"overfits\", accuracy = 95 }]",
             true,
             {"overfits.accuracy: found 95, wanted a fraction"}},
        Case{"OptimumBelowTheSweep",
             "at_most = 0.02",
             "at_most = 0.001",
             true,
             {"rubric.rates.best.at_most: found 0.001, which no value of 'optimizer.lr' in task "
              "'lr_sweep' meets; it goes from 0.01 to 1",
              "[smoke,full]"}}),
    [](const auto& test) { return test.param.name; });

constexpr const char* kFirst = "[[rubric]]\nid = \"first\"";

INSTANTIATE_TEST_SUITE_P(
    Claims, CheckLabFinds,
    ::testing::Values(
        Case{"ClaimedCheck",
             kFirst,
             "[[rubric]]\nid = \"rate\"\npoints = 1\ncheck = \"learning_rate\"\n"
             "task = \"lr_sweep\"\n\n[[rubric]]\nid = \"first\"",
             true,
             {"rubric.rate: found check 'learning_rate', known only from what the submission's "
              "process claims",
              "wanted accept_claimed = true"}},
        Case{"ClaimedProbe",
             kFirst,
             "[[rubric]]\nid = \"batch\"\npoints = 1\ncheck = \"probe\"\ntask = \"counted\"\n"
             "probe = [\"parameters\", \"overfits\"]\n\n[[rubric]]\nid = \"first\"",
             true,
             {"rubric.batch: found probe 'overfits', known only"}},
        Case{"ClaimedPartial",
             kFirst,
             "[[rubric]]\nid = \"batch\"\npoints = 2\ncheck = \"probe\"\ntask = \"counted\"\n"
             "probe = \"parameters\"\npartial = [{ probe = \"overfits\", points = 1 }]\n\n"
             "[[rubric]]\nid = \"first\"",
             true,
             {"rubric.batch: found probe 'overfits', known only"}}),
    [](const auto& test) { return test.param.name; });

TEST(CheckLab, AClaimIsFineWhereTheLabAcceptsIt) {
  EXPECT_EQ(
      lines(check(replaced(kSound, kFirst,
                           "[[rubric]]\nid = \"rate\"\npoints = 1\ncheck = \"learning_rate\"\n"
                           "task = \"lr_sweep\"\naccept_claimed = true\n\n" +
                               std::string(kFirst)))),
      "");
}

INSTANTIATE_TEST_SUITE_P(
    Points, CheckLabFinds,
    ::testing::Values(
        Case{"PartialIsNotWeaker",
             "{ at_least = 0.4, points = 2 }",
             "{ at_least = 0.6, points = 2 }",
             true,
             {"rubric.reach.partial: found a condition that is not weaker"}},
        Case{"PartialOutOfOrder",
             "{ at_least = 0.3, points = 1 }",
             "{ at_least = 0.45, points = 1 }",
             true,
             {"rubric.reach.partial: found a condition that is not weaker"}},
        Case{"WeakerIsWorthMore",
             "{ at_least = 0.4, points = 2 }",
             "{ at_least = 0.4, points = 1 }",
             true,
             {"rubric.reach.partial.points: found 1 after 1, wanted fewer points"}},
        Case{"PartialGivesNothing",
             "{ at_least = 0.3, points = 1 }",
             "{ at_least = 0.3, points = 0 }",
             true,
             {"rubric.reach.partial.points: found 0"}},
        Case{"PartialIsTheWhole",
             "{ at_least = 0.4, points = 2 }",
             "{ at_least = 0.4, points = 3 }",
             true,
             {"wanted less than the item's 3"}},
        Case{"ItemWithoutPoints",
             "points = 1\ncheck = \"initial_loss\"",
             "points = 0\ncheck = \"initial_loss\"",
             false,
             {"rubric.first.points: found 0"}},
        Case{"CapNeverReached",
             "profile = \"quick\"",
             "profile = \"quick\"\ncap = 100",
             false,
             {"lab.cap: found 100, which is never reached; all items together give 10"}},
        Case{"SameQuestionTwice",
             "[[rubric]]\nid = \"first\"",
             "[[rubric]]\nid = \"again\"\npoints = 1\ncheck = \"parameters\"\ntask = \"counted\"\n"
             "expect = { total = 100 }\n\n[[rubric]]\nid = \"first\"",
             false,
             {"rubric.again: found what 'count' asks already"}}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Sweeps, CheckLabFinds,
    ::testing::Values(
        Case{"UnlookedTask",
             "[[figure]]",
             "[[task]]\nid = \"idle\"\nkind = \"probe\"\nmodel = \"submission:simplenn\"\nprobes = [\"shape\"]\n\n[[figure]]",
             false,
             {"task.idle: found no rubric item and no figure"}},
        Case{"VariedAndFixed",
             "optimizer = { momentum = 0.5 }",
             "optimizer = { weight_decay = 0.5 }",
             true,
             {"task.l2_sweep: found a value for 'optimizer.weight_decay', which the task varies"}},
        Case{"FixedByAProfile",
             "task.l2_sweep.recipe.epochs = 9",
             "task.lr_sweep.recipe.epochs = 9",
             true,
             {"task.lr_sweep: found a value for 'epochs'", "[quick]"}},
        Case{"InputVariedAndFixed",
             "vary.grid = { \"optimizer.weight_decay\" = [1e-2, 1e-4], batch = [64, 128] }",
             "vary.grid = { \"input.crop\" = [1, 2], batch = [64, 128] }",
             true,
             {"task.l2_sweep: found a value for 'input.crop'"}},
        Case{"NoMethodUsesIt",
             "vary.grid = { \"optimizer.weight_decay\" = [1e-2, 1e-4], batch = [64, 128] }",
             "vary.grid = { \"optimizer.rho\" = [0.1, 0.2], batch = [64, 128] }",
             true,
             {"task.l2_sweep.vary: found 'optimizer.rho', which nothing in its arms looks at"}},
        Case{"NoCropUsesIt",
             "input = { crop = 4, flip = true }\nrecipe = { optimizer = { momentum = 0.5 } }\n"
             "vary.grid = { \"optimizer.weight_decay\" = [1e-2, 1e-4], ",
             "vary.grid = { \"input.pad\" = [\"zero\", \"reflect\"], ",
             true,
             {"found 'input.pad', which nothing in its arms looks at"}},
        Case{"NothingIsMirrored",
             "check = \"accuracy\"\n",
             "check = \"accuracy\"\nof = \"test_mirror\"\n",
             true,
             {"rubric.reach.of: found \"test_mirror\"", "wanted exam.mirror = true"}},
        Case{"LargerThanTheImages",
             "input = { crop = 4, flip = true }\nrecipe",
             "input = { resize = [24, 40], resize_until = [0.4, 0.7] }\nrecipe",
             true,
             {"task.l2_sweep: found 40 in input.resize, wanted at most 32"}},
        Case{"VariedAboveTheImages",
             "vary.grid = { \"optimizer.weight_decay\" = [1e-2, 1e-4], batch",
             "vary.grid = { \"input.resize\" = [[24], [40]], "
             "\"input.resize_until\" = [[0.5]], batch",
             true,
             {"task.l2_sweep: found 40 in input.resize"}},
        Case{"NoScheduleUsesIt",
             "vary.grid = { \"optimizer.weight_decay\" = [1e-2, 1e-4], batch = [64, 128] }",
             "vary.grid = { \"schedule.every\" = [1, 2], batch = [64, 128] }",
             true,
             {"found 'schedule.every', which nothing in its arms looks at"}},
        Case{"ZipOfTwoLengths",
             "epochs = [30, 30, 95]",
             "epochs = [30, 30]",
             true,
             {"found a list of 2 numbers, wanted 3 values"}},
        Case{"EqualArms", "batch = [64, 128]", "batch = [64, 64]", true, {"found two equal arms"}},
        Case{"RecipeThatNobodyTakes",
             "activation = { required = false }",
             "recipe = { allowed = \"batch\" }",
             true,
             {"submission.recipe: found a recipe that no task takes"}}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace gradus::lab
