// Conditions that their own arms, bounds or weaker forms make idle.

#include "framework/lab/check_testing.hpp"

namespace gradus::lab {
namespace {

using testing::Case;
using testing::check;
using testing::kSound;
using testing::lines;
using testing::replaced;

class CheckLabFindsOfArms : public ::testing::TestWithParam<Case> {};
TEST_P(CheckLabFindsOfArms, ItWithItsPlace) { testing::expect_found(GetParam()); }

constexpr const char* kFirst = "[[rubric]]\nid = \"first\"";

/// An item in front of another.
std::string item(const std::string& check, const std::string& keys,
                 const std::string& task = "lr_sweep") {
  return "[[rubric]]\nid = \"it\"\npoints = 2\ncheck = \"" + check + "\"\ntask = \"" + task +
         "\"\n" + keys + "\n\n" + kFirst;
}

const std::string kReach = "except = [{ batch = 64 }]";

INSTANTIATE_TEST_SUITE_P(
    Arms, CheckLabFindsOfArms,
    ::testing::Values(
        Case{"WorstIsLeftOut",
             kFirst,
             item("sweep",
                  "worst = { arm = { \"optimizer.lr\" = 1 } }\n"
                  "except = [{ \"optimizer.lr\" = 1 }]"),
             true,
             {"rubric.it.worst.arm: found an arm that except leaves out"}},
        Case{"WorstOfNone",
             kFirst,
             item("sweep",
                  "worst = { arm = { \"optimizer.lr\" = 1 } }\nexcept = [{ \"optimizer.lr\" = 0.1 "
                  "}, { \"optimizer.lr\" = 0.01 }]"),
             true,
             {"rubric.it.worst.arm: found every arm that is looked at"}},
        Case{"SpreadOfOne",
             kFirst,
             item("sweep",
                  "within = 0.1\nexcept = [{ \"optimizer.lr\" = 1 }, { \"optimizer.lr\" = 0.1 }]"),
             true,
             {"rubric.it.within: found a spread of one arm"}},
        Case{"SpreadOfAllButTheWorst",
             kFirst,
             item("sweep",
                  "within = 0.1\nworst = { arm = { \"optimizer.lr\" = 0.01 } }\n"
                  "except = [{ \"optimizer.lr\" = 1 }]"),
             true,
             {"rubric.it.within: found a spread of one arm"}},
        Case{"SpreadOfATaskWithoutArms",
             "[[figure]]",
             "[[task]]\nid = \"one\"\nkind = \"train\"\nmodel = \"submission:simplenn\"\n\n"
             "[[rubric]]\nid = \"it\"\npoints = 1\ncheck = \"sweep\"\ntask = \"one\"\n"
             "within = 0.1\n\n[[figure]]",
             true,
             {"rubric.it.within: found a spread of one arm"}},
        Case{"BestIsLeftOut",
             kFirst,
             item("sweep",
                  "best = { key = \"optimizer.lr\", at_most = 0.01 }\n"
                  "except = [{ \"optimizer.lr\" = 0.01 }]"),
             true,
             {"rubric.it.best.at_most: found 0.01, which no value", "it goes from 0.1 to 1"}},
        Case{"BestOfWords",
             "[[figure]]",
             "[[task]]\nid = \"words\"\nkind = \"train\"\nmodel = \"submission:simplenn\"\n"
             "vary.grid = { \"optimizer.name\" = [\"sgd\", \"adam\"] }\n\n"
             "[[rubric]]\nid = \"it\"\npoints = 1\ncheck = \"sweep\"\ntask = \"words\"\n"
             "best = { key = \"optimizer.name\", at_most = 1 }\n\n[[figure]]",
             true,
             {"rubric.it.best.key: found 'optimizer.name', whose values in task 'words' are no "
              "numbers"}},
        Case{"AgainstItself",
             kFirst,
             item("weights",
                  "arm = { \"optimizer.lr\" = 1 }\nthan = { \"optimizer.lr\" = 1 }\n"
                  "times = 10"),
             true,
             {"rubric.it.than: found the arms that are looked at themselves"}},
        Case{"LayersAreCountedFromOne",
             kFirst,
             item("weights", "layer = \"conv:0\"\ntimes = 2\nthan = { \"optimizer.lr\" = 1 }"),
             true,
             {"rubric.it.layer: found \"conv:0\", wanted \"linear:1\""}},
        Case{"NoSuchKindOfLayer",
             kFirst,
             item("weights", "layer = \"dense:1\"\ntimes = 2\nthan = { \"optimizer.lr\" = 1 }"),
             true,
             {"rubric.it.layer: found \"dense:1\""}},
        Case{"AllArmsOfItLeftOut",
             kFirst,
             item("arms", "arm = { \"optimizer.lr\" = 1 }\nexcept = [{ \"optimizer.lr\" = 1 }]"),
             true,
             {"rubric.it.except: found all that arm names"}},
        Case{"InAPartialCondition",
             kFirst,
             item("sweep",
                  "worst = { arm = { \"optimizer.lr\" = 1 } }\n"
                  "partial = [{ except = [{ \"optimizer.lr\" = 1 }], points = 1 }]"),
             true,
             {"rubric.it.partial.worst.arm: found an arm that except leaves out"}}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Counts, CheckLabFindsOfArms,
    ::testing::Values(
        Case{"TotalBesideBounds",
             kFirst,
             item("parameters", "expect = { total = 100, at_most = 99 }", "l2_sweep"),
             true,
             {"rubric.it.expect.total: found 100, which the bounds beside it shut out"}},
        Case{"NoneInsideTheBounds",
             kFirst,
             item("parameters", "expect = { one_of = [5, 6], at_least = 7 }", "l2_sweep"),
             true,
             {"rubric.it.expect.one_of: found numbers that the bounds beside them "
              "shut out"}},
        Case{"TotalIsNoneOfThem",
             kFirst,
             item("parameters", "expect = { one_of = [5, 6], total = 7 }", "l2_sweep"),
             true,
             {"rubric.it.expect.one_of: found numbers that \"total\" beside them"}}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Partial, CheckLabFindsOfArms,
    ::testing::Values(
        Case{"AsksMoreBeside",
             "{ at_least = 0.4, points = 2 }, { at_least = 0.3, points = 1 }",
             "{ at_most = 0.9, points = 2 }",
             true,
             {"rubric.reach.partial: found a condition that is not weaker"}},
        Case{"FewerLeftOut",
             "{ at_least = 0.4, points = 2 }, { at_least = 0.3, points = 1 }",
             "{ except = [{ batch = 64, \"optimizer.weight_decay\" = 1e-2 }], points = 2 }",
             true,
             {"rubric.reach.partial: found a condition that is not weaker"}}),
    [](const auto& test) { return test.param.name; });

// What looks like a mistake and is none.
TEST(CheckLab, TakesConditionsThatCanBeMetAndMissed) {
  for (const std::string& sound :
       {item("sweep", "worst = { arm = { \"optimizer.lr\" = 1 } }\nwithin = 0.1"),
        item("sweep",
             "best = { key = \"optimizer.lr\", at_most = 0.1 }\n"
             "except = [{ \"optimizer.lr\" = 0.01 }]"),
        item("weights",
             "arm = { \"optimizer.lr\" = 1 }\nthan = { \"optimizer.lr\" = 0.01 }\ntimes = 10\n"
             "partial = [{ times = 3, points = 1 }]"),
        item("arms", "arm = { \"optimizer.lr\" = 1 }\nexcept = [{ \"optimizer.lr\" = 0.1 }]"),
        item("parameters", "expect = { one_of = [5, 6], at_least = 6 }", "l2_sweep")}) {
    EXPECT_EQ(lines(check(replaced(kSound, kFirst, sound))), "") << sound;
  }
  EXPECT_EQ(lines(check(replaced(kSound, "{ at_least = 0.4, points = 2 }",
                                 "{ except = [{ batch = 64 }, { batch = 128, "
                                 "\"optimizer.weight_decay\" = 1e-2 }], points = 2 }"))),
            "");
}

}  // namespace
}  // namespace gradus::lab
