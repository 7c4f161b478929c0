// Images that are not there, plugins that nobody has, settings that are switched off.

#include "framework/lab/check_testing.hpp"

namespace gradus::lab {
namespace {

using testing::Case;
using testing::check;
using ::testing::HasSubstr;
using testing::kSound;
using testing::lines;
using testing::replaced;

class CheckLabFindsOfData : public ::testing::TestWithParam<Case> {};
TEST_P(CheckLabFindsOfData, ItWithItsPlace) { testing::expect_found(GetParam()); }

INSTANTIATE_TEST_SUITE_P(
    Images, CheckLabFindsOfData,
    ::testing::Values(
        Case{"SplitLargerThanTheData",
             "train = 45000",
             "train = 45001",
             true,
             {"data.split: found 45001 images to train on and 5000 to validate on, wanted at most "
              "50000 together"}},
        Case{"ExaminesMoreThanItHas",
             "[run]\n",
             "[exam]\nval_images = 6000\n\n[run]\n",
             true,
             {"exam.val_images: found the integer 6000, wanted at most data.split.val: 5000"}},
        Case{"ExaminesMoreThanItTrainsOn",
             "run.train_images = 200",
             "run.train_images = 200\nexam.train_images = 45001",
             true,
             {"exam.train_images: found the integer 45001", "[smoke]"}},
        Case{"BatchLargerThanTheData",
             "run.train_images = 200",
             "run.train_images = 100",
             false,
             {"found batches of 128 images of 100, so that every epoch is one step", "[smoke]"}},
        Case{"LastBatchOfOneImage",
             "run.train_images = 200",
             "run.train_images = 129",
             false,
             {"found batches of 128 images of 129, so that each epoch's last batch", "[smoke]"}}),
    [](const auto& test) { return test.param.name; });

const std::string kVary =
    "vary.grid = { \"optimizer.weight_decay\" = [1e-2, 1e-4], batch = [64, 128] }";
std::string vary(const std::string& axis) {
  return "vary.grid = { " + axis + ", batch = [64, 128] }";
}

INSTANTIATE_TEST_SUITE_P(
    SwitchedOff, CheckLabFindsOfData,
    ::testing::Values(
        Case{"Penalize", kVary, vary("penalize = [\"all\", \"weights\"]"), true, {"'penalize'"}},
        Case{"Monitor",
             kVary,
             vary("\"early_stop.monitor\" = [\"val_loss\", \"val_accuracy\"]"),
             true,
             {"'early_stop.monitor'"}},
        Case{"MinDelta",
             kVary,
             vary("\"early_stop.min_delta\" = [0.1, 0.2]"),
             true,
             {"'early_stop.min_delta'"}},
        Case{"WarmupFrom",
             kVary,
             vary("\"schedule.warmup_from\" = [0.1, 0.2]"),
             true,
             {"'schedule.warmup_from'"}},
        Case{"Per",
             kVary,
             vary("\"schedule.per\" = [\"epoch\", \"step\"]"),
             true,
             {"'schedule.per'", "nothing in its arms looks at"}},
        Case{"Decays",
             "recipe = { optimizer = { momentum = 0.5 } }\n" + kVary,
             "recipe = { optimizer = { weight_decay = 0 } }\n" +
                 vary("\"optimizer.decays\" = [\"all\", \"weights\"]"),
             true,
             {"'optimizer.decays'"}}),
    [](const auto& test) { return test.param.name; });

TEST(CheckLab, TakesASettingThatIsOnInSomeArm) {
  EXPECT_EQ(lines(check(replaced(kSound, kVary, vary("l1 = [0.0, 1e-3], penalize = [\"all\"]")))),
            "");
  EXPECT_EQ(lines(check(
                replaced(kSound, kVary,
                         vary("\"schedule.name\" = [\"constant\", \"cosine\"], \"schedule.per\" = "
                              "[\"step\"]")))),
            "");
}

INSTANTIATE_TEST_SUITE_P(
    Plugins, CheckLabFindsOfData,
    ::testing::Values(
        Case{"UnknownFolder",
             "\"swish\"]",
             "\"swich\"]",
             true,
             {"submission.reference: found no reference plugin 'swich'", "did you mean 'swish'"}},
        Case{"UnknownReference",
             "activation = \"reference:swish\"\ninput = { crop = 4, flip = true }\ntrials",
             "activation = \"reference:mish\"\ninput = { crop = 4, flip = true }\ntrials",
             true,
             {"task.lr_sweep.activation: found no reference plugin 'mish'"}},
        Case{"ReferenceOfAnotherKind",
             "activation = \"reference:swish\"\ninput = { crop = 4, flip = true }\ntrials",
             "activation = \"reference:simplenn\"\ninput = { crop = 4, flip = true }\ntrials",
             true,
             {"found the reference plugin 'simplenn', which is no activation"}},
        Case{"NobodyStandsIn",
             "id = \"counted\"\nkind = \"probe\"\nmodel = \"submission:simplenn\"",
             "id = \"counted\"\nkind = \"probe\"\nmodel = \"submission:mine\"",
             true,
             {"task.counted.model: found no model 'mine' among the plugins that stand in"}},
        Case{"TwoStandIn",
             "[[task]]\nid = \"counted\"\nkind = \"probe\"\nmodel = \"submission:simplenn\"",
             "[[task]]\nid = \"counted\"\nkind = \"probe\"",
             true,
             {"task.counted.model: found 2 plugins of kind model", "submission:NAME"}},
        Case{"VariedActivation",
             "activation = \"reference:swish\"\ninput = { crop = 4, flip = true }\n"
             "recipe = { optimizer = { momentum = 0.5 } }\n" +
                 kVary,
             "input = { crop = 4, flip = true }\n" +
                 vary("activation = [\"submission:swish\", \"reference:relu\"]"),
             true,
             {"task.l2_sweep.vary.activation: found no reference plugin 'relu'"}}),
    [](const auto& test) { return test.param.name; });

// An overlay's profile that the lab has not may be meant, or mistyped.
TEST(CheckLab, WarnsOfAProfileThatIsNearlyTheLabs) {
  const testing::Folder folder;
  const auto lab = folder.file("lab.toml", kSound);
  const auto said = [&](const std::string& name) {
    const auto overlay = folder.file(
        "private.toml", "[private]\nlab = \"demo\"\n[profile." + name + "]\nrecipe.batch = 8\n");
    const auto checked = check_lab(lab, testing::check_words(), overlay);
    EXPECT_TRUE(checked.ok() && checked->sound());
    return checked.ok() ? lines(*checked) : "";
  };
  EXPECT_THAT(said("qiuck"), HasSubstr("did you mean 'quick'"));
  EXPECT_EQ(said("exam"), "");
  EXPECT_EQ(said("quick"), "");
}

TEST(LabFile, AKeyTwiceInAProfileIsAMistake) {
  EXPECT_THAT(testing::complaint(replaced(testing::kLab, "run.train_images = 200",
                                          "run.train_images = 200\n\"run.train_images\" = 50"),
                                 "smoke"),
              HasSubstr("found the key 'run.train_images' again"));
}

}  // namespace
}  // namespace gradus::lab
