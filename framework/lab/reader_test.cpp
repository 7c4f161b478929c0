#include <gmock/gmock.h>

#include "framework/lab/testing.hpp"

namespace gradus::lab {
namespace {

using testing::complaint;
using ::testing::HasSubstr;
using testing::kLab;
using testing::read;
using testing::replaced;

TEST(LabReader, ReadsEveryTable) {
  const auto lab = read(kLab);
  ASSERT_TRUE(lab.ok()) << lab.error().what;
  EXPECT_EQ(lab->id, "demo");
  EXPECT_EQ(lab->title, "A lab");
  EXPECT_EQ(lab->profile, "full");
  EXPECT_THAT(lab->profiles, ::testing::ElementsAre("quick", "smoke", "full"));
  EXPECT_THAT(lab->reference, ::testing::ElementsAre("simplenn", "simplenn_bn", "swish"));
  EXPECT_THAT(lab->required_kinds, ::testing::ElementsAre("model"));
  EXPECT_EQ(lab->data.split.val, 5000);
  EXPECT_EQ(lab->data.split.seed, 3U);
  EXPECT_EQ(lab->seed, 7U);
  ASSERT_EQ(lab->tasks.size(), 3U);
  EXPECT_EQ(lab->tasks[0].model.role, "submission");
  EXPECT_EQ(lab->tasks[0].probes[1].options.at("tolerance"), Json(0.1));
  const Task& sweep = lab->tasks[1];
  EXPECT_EQ(sweep.model.name, "simplenn_bn");
  EXPECT_EQ(sweep.activation->role, "reference");
  EXPECT_EQ(sweep.input.crop, 4);
  EXPECT_TRUE(sweep.input.flip);
  EXPECT_EQ(sweep.input.mean.size(), 3U);
  EXPECT_THAT(sweep.varied, ::testing::ElementsAre("optimizer.lr", "epochs"));
  ASSERT_EQ(sweep.arms.size(), 3U);
  EXPECT_TRUE(sweep.arms[0].at("optimizer.lr").is_number_float()) << "1 is the rate 1.0";
  EXPECT_EQ(lab->tasks[2].recipe.optimizer.momentum, 0.5);
  EXPECT_EQ(lab->tasks[2].recipe.optimizer.lr, 0.01) << "the rest is inherited";
  EXPECT_EQ(lab->tasks[2].arms.size(), 4U);
  EXPECT_EQ(lab->rubric[1].options.at("best").at("at_most"), Json(0.02));
  ASSERT_EQ(lab->rubric[1].partial.size(), 1U);
  EXPECT_EQ(lab->rubric[1].partial[0].options.at("best").at("at_most"), Json(0.1));
  EXPECT_EQ(lab->rubric[1].partial[0].options.at("best").at("key"), "optimizer.lr");
  EXPECT_EQ(lab->figures[0].key, "optimizer.lr");
}

TEST(LabReader, AnEmptyProfileIsTheLabsDefault) {
  const auto lab = read(kLab, "");
  ASSERT_TRUE(lab.ok()) << lab.error().what;
  EXPECT_EQ(lab->profile, "quick");
}

struct Wrong {
  const char* from;  ///< replaced in the lab
  const char* to;
  std::vector<std::string> wanted;  ///< parts of the message
};
void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << testing::words_of(*wrong.to != 0 ? wrong.to : wrong.from);
}

class WrongLab : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongLab, IsNamedWithPlaceAndCure) {
  const Wrong& wrong = GetParam();
  const std::string text = complaint(replaced(kLab, wrong.from, wrong.to));
  for (const std::string& part : wrong.wanted) EXPECT_THAT(text, HasSubstr(part));
}

INSTANTIATE_TEST_SUITE_P(
    Keys, WrongLab,
    ::testing::Values(
        Wrong{"epochs = 30\n",
              "epocs = 30\n",
              {"lab.toml:17:1: ", "unknown key 'epocs' in [recipe]", "did you mean 'epochs'?"}},
        Wrong{"epochs = 30\n",
              "epochs = \"ten\"\n",
              {"lab.toml:17:10: ", "recipe.epochs: found the text \"ten\", wanted an integer"}},
        Wrong{"epochs = 30\n", "epochs = 30.0\n", {"found the number 30", "wanted an integer"}},
        Wrong{
            "epochs = 30\n", "epochs = 0\n", {"found the integer 0, wanted an integer from 1 to"}},
        Wrong{"epochs = 30\n",
              "epochs = 9223372036854775807\n",
              {"recipe.epochs: found the integer 9223372036854775807"}},
        Wrong{"lr = 0.01",
              "lr = nan",
              {"recipe.optimizer.lr: found the number nan", "wanted a number of at least 0"}},
        Wrong{"lr = 0.01", "lr = inf", {"recipe.optimizer.lr: found the number inf"}},
        Wrong{"lr = 0.01", "lr = 1979-05-27", {"found a date or time"}},
        Wrong{"\"sgd\"", "\"sdg\"", {"wanted one of \"sgd\", \"adam\"", "did you mean 'sgd'?"}},
        Wrong{"momentum = 0.9", "momentum = 1.5", {"wanted a number from 0 to 1"}},
        Wrong{"momentum = 0.9",
              "momentum = 0.0, nesterov = true",
              {"found nesterov without momentum"}},
        Wrong{"weight_decay = 1e-4 }",
              "weight_decay = 1e-4, decays = \"weight\" }",
              {"recipe.optimizer.decays", "one of \"all\" or \"weights\"",
               "did you mean 'weights'?"}},
        Wrong{"input = { crop = 4, flip = true }",
              "input = { crop = 4, pad = \"mirror\" }",
              {"task.lr_sweep.input.pad: found the text \"mirror\"", "\"zero\" or \"reflect\""}},
        Wrong{"input = { crop = 4, flip = true }",
              "input = { flip = \"turns\" }",
              {"task.lr_sweep.input.flip: found the text \"turns\", wanted true or false"}},
        Wrong{"input = { crop = 4, flip = true }",
              "input = { resize = [24, 28], resize_until = [0.4] }",
              {"task.lr_sweep: found 2 sizes in input.resize and 1 share in"}},
        Wrong{"input = { crop = 4, flip = true }",
              "input = { resize = [24, 28], resize_until = [0.7, 0.4] }",
              {"found 0.4 after 0.7 in input.resize_until, wanted ascending"}},
        Wrong{"input = { crop = 4, flip = true }",
              "input = { resize = [24.5], resize_until = [0.4] }",
              {"found 24.5 in input.resize, wanted whole pixels"}},
        Wrong{"input = { crop = 4, flip = true }",
              "input = { resize = [0], resize_until = [0.4] }",
              {"input.resize: found", "each from 1 to 4096"}},
        Wrong{"input = { crop = 4, flip = true }",
              "input = { resize = [24], resize_until = [40] }",
              {"input.resize_until: found", "above 0", "of at most 1"}},
        Wrong{"input = { crop = 4, flip = true }",
              "input = { reszie = [24] }",
              {"unknown key 'reszie'", "did you mean 'resize'?"}},
        Wrong{"[recipe]\n",
              "[recpe]\n",
              {"unknown key 'recpe' at the top of the file", "did you mean 'recipe'?"}},
        Wrong{"id = \"demo\"\n", "", {"lab.toml:1:1: found no 'id' in [lab]"}},
        Wrong{"id = \"demo\"",
              "id = \"Bad Name\"",
              {"lab.id: found the text \"Bad Name\", wanted a name of a-z"}},
        Wrong{"profile = \"quick\"",
              "profile = \"quik\"",
              {"lab.profile", "smoke, quick or full", "did you mean 'quick'?"}},
        Wrong{"\"cifar10\"",
              "\"cifar\"",
              {"data.name", "wanted one of cifar10 or mnist", "did you mean 'cifar10'?"}},
        Wrong{"train = 45000, ", "", {"found no 'train' in [data.split]", "images to train on"}},
        Wrong{"val = 5000", "val = 0", {"data.split.val: found the integer 0"}},
        Wrong{"std = [0.2, 0.2, 0.2]",
              "std = [0.2, 0.2]",
              {"found a list of 2 numbers, wanted as many as means: 3"}},
        Wrong{"std = [0.2, 0.2, 0.2]",
              "std = [0.2, 0.0, 0.2]",
              {"wanted a list of numbers, each above 0"}},
        Wrong{"[\"simplenn\", \"simplenn_bn\", \"swish\"]",
              "[\"../../etc\"]",
              {"submission.reference: found the text \"../../etc\""}},
        Wrong{"model = { required = true }",
              "model = true",
              {"submission.model: found true, wanted a table"}},
        Wrong{"required = true",
              "requierd = true",
              {"in [submission.model]", "did you mean 'required'?"}}),
    testing::kCaseName);

INSTANTIATE_TEST_SUITE_P(
    Tasks, WrongLab,
    ::testing::Values(
        Wrong{"id = \"l2_sweep\"",
              "id = \"lr_sweep\"",
              {"found a second task 'lr_sweep'", "wanted every id once"}},
        Wrong{"kind = \"probe\"",
              "kind = \"prob\"",
              {"task.sanity.kind", "one of \"probe\" or \"train\"", "did you mean 'probe'?"}},
        Wrong{"\"submission:simplenn_bn\"",
              "\"simplenn_bn\"",
              {"task.lr_sweep.model", "\"reference:NAME\""}},
        Wrong{"\"reference:swish\"",
              "\"reference:\"",
              {"task.lr_sweep.activation: found the text \"reference:\""}},
        Wrong{"[\"shape\",",
              "[\"shap\",",
              {"found the unknown probe 'shap'", "did you mean 'shape'?"}},
        Wrong{"tolerance = 0.1",
              "tolerence = 0.1",
              {"unknown key 'tolerence'", "did you mean 'tolerance'?"}},
        Wrong{"tolerance = 0.1", "tolerance = -1", {"task.sanity.probes.initial_loss.tolerance"}},
        Wrong{"[\"shape\",", "[\"initial_loss\",", {"found 'initial_loss' again"}},
        Wrong{"probes = [\"shape\", { name = \"initial_loss\", tolerance = 0.1 }]\n",
              "",
              {"a probe task without probes"}},
        Wrong{"trials = 2", "probes = [\"shape\"]", {"found probes in a train task"}},
        Wrong{"epochs = [30, 30, 95]",
              "epochs = [30, 30]",
              {"lab.toml:37:56: ",
               "found a list of 2 numbers, wanted 3 values, as many as \"optimizer.lr\""}},
        Wrong{"epochs = [30, 30, 95]",
              "epoch = [1, 2, 3]",
              {"found the unknown key 'epoch'", "did you mean 'epochs'?"}},
        Wrong{"epochs = [30, 30, 95]",
              "epochs = 30",
              {"found the integer 30, wanted a list of values"}},
        Wrong{"[1, 0.1, 0.01]",
              "[0.1, 0.1, 0.1], \"optimizer.momentum\" = [0.1, \"x\", 0.1]",
              {"optimizer.momentum\": found the text \"x\""}},
        Wrong{"[1, 0.1, 0.01], epochs = [30, 30, 95]", "[1, 0.1, 0.1]", {"found two equal arms"}},
        Wrong{"vary.zip", "vary.zp", {"found neither zip and grid", "did you mean 'zip'?"}},
        Wrong{"trials = 2", "trials = 0", {"task.lr_sweep.trials"}},
        Wrong{"trials = 2", "train_images = 45001", {"wanted at most data.split.train: 45000"}},
        Wrong{"recipe = { optimizer",
              "recipe = { optimiser",
              {"in [task.l2_sweep.recipe]", "did you mean 'optimizer'?"}}),
    testing::kCaseName);

INSTANTIATE_TEST_SUITE_P(
    Rubric, WrongLab,
    ::testing::Values(
        Wrong{"id = \"rates\"", "id = \"loss\"", {"found a second rubric item 'loss'"}},
        Wrong{
            "check = \"arms\"", "check = \"arm\"", {"unknown check 'arm'", "did you mean 'arms'?"}},
        Wrong{"task = \"sanity\"\nmean",
              "task = \"sanit\"\nmean",
              {"unknown task 'sanit'", "did you mean 'sanity'?"}},
        Wrong{"task = \"sanity\"\nmean",
              "task = \"lr_sweep\"\nmean",
              {"found check 'loss' on task 'lr_sweep' of kind \"train\""}},
        Wrong{"points = 2\n", "points = -1\n", {"rubric.loss.points"}},
        Wrong{"points = 2\n", "", {"found no 'points' in [rubric.loss]"}},
        Wrong{"mean = 2.3",
              "men = 2.3",
              {"unknown key 'men' in [rubric.loss]", "did you mean 'mean'?"}},
        Wrong{"mean = 2.3", "tolerance = 0.1", {"found no 'mean', which check 'loss' needs"}},
        Wrong{"mean = 2.3",
              "mean = 2.3\ntolerance = 63",
              {"is a fraction", "found the integer 63", "0.63, not 63"}},
        Wrong{"mean = 2.3", "mean = 2.3\nbetween = [0.7, 0.6]", {"wanted a list of two fractions"}},
        Wrong{"mean = 2.3", "mean = 2.3\ngap = 15", {"wanted a difference of fractions"}},
        Wrong{"mean = 2.3",
              "mean = 2.3\nprobe = \"chance\"",
              {"which task 'sanity' does not list", "shape or initial_loss"}},
        Wrong{"mean = 2.3",
              "mean = 2.3\nvisibility = \"never\"",
              {"rubric.loss.visibility", "\"after_published\""}},
        Wrong{"[\"shape\", { name", "[{ name", {"does not list the probe 'shape'"}},
        Wrong{
            "arm = { \"optimizer.lr\" = 1.0 }",
            "arm = { \"optimizer.lr\" = 0.3 }",
            {"found an arm that task 'lr_sweep' does not have", "epochs = 30, optimizer.lr = 0.1"}},
        Wrong{"arm = { \"optimizer.lr\" = 1.0 }",
              "arm = { \"optimizer.momentum\" = 1.0 }",
              {"which task 'lr_sweep' does not vary", "optimizer.lr or epochs"}},
        Wrong{"key = \"optimizer.lr\", at_most",
              "key = \"optimizer.rl\", at_most",
              {"does not vary", "did you mean 'optimizer.lr'?"}},
        Wrong{"key = \"optimizer.lr\", at_most",
              "at_most",
              {"found 'best.at_most' without 'best.key'"}},
        Wrong{"best = { key", "best = { ky", {"unknown key 'best.ky'", "did you mean 'best.key'?"}},
        Wrong{"arm = { \"optimizer.lr\" = 1.0 }\nbest = { key = \"optimizer.lr\", at_most = 0.02 "
              "}\npartial = [{ best = { at_most = 0.1 }, points = 1 }]\n",
              "",
              {"found nothing that check 'arms' could fail on"}},
        Wrong{"at_most = 0.1 }, points = 1",
              "at_most = 0.1 }, points = 3",
              {"rubric.rates.partial.points: found 3, wanted less than the item's 3"}},
        Wrong{"{ best = { at_most = 0.1 }, points = 1 }",
              "{ points = 1 }",
              {"found no key of the check, wanted a weaker condition"}},
        Wrong{"{ best = { at_most = 0.1 }, points = 1 }",
              "1",
              {"rubric.rates.partial: found the integer 1"}},
        Wrong{"kind = \"sweep\"", "kind = \"swep\"", {"figure.kind", "did you mean 'sweep'?"}},
        Wrong{"kind = \"sweep\"\ntask = \"lr_sweep\"",
              "kind = \"sweep\"\ntask = \"sanity\"",
              {"which varies nothing"}},
        Wrong{"kind = \"sweep\"",
              "key = \"batch\"\nkind = \"sweep\"",
              {"figure.key: found the text \"batch\", which task 'lr_sweep' does not vary"}},
        Wrong{"kind = \"sweep\"",
              "key = \"batch\"\nkind = \"curves\"",
              {"wanted it only for a sweep"}}),
    testing::kCaseName);

INSTANTIATE_TEST_SUITE_P(
    Profiles, WrongLab,
    ::testing::Values(  // the profile that is read is full: all of them are checked
        Wrong{"recipe.optimizer.lr = 0.02",
              "recipe.optimizer.rl = 0.02",
              {"lab.toml:75:18: ", "did you mean 'lr'?"}},
        Wrong{"recipe.optimizer.lr = 0.02",
              "recipe.optimizer.lr = -1",
              {"lab.toml:75:23: ", "recipe.optimizer.lr: found the integer -1"}},
        Wrong{"task.l2_sweep",
              "task.l2_swep",
              {"unknown task 'l2_swep'", "did you mean 'l2_sweep'?"}},
        Wrong{"rubric.rates.best",
              "rubric.rate.best",
              {"unknown rubric 'rate'", "did you mean 'rates'?"}},
        Wrong{"epochs.scale = 0.1",
              "epochs.scale = 0",
              {"epochs.scale: found the integer 0, wanted a number above 0"}},
        Wrong{"epochs.scale = 0.1",
              "epochs.scal = 0.1",
              {"unknown key 'epochs' at the top of the file"}},
        Wrong{"run.train_images = 200",
              "recipe = 3",
              {"recipe: found the integer 3, wanted a table"}},
        Wrong{"run.train_images = 200", "profile.x = 3", {"wanted any key but those of [profile]"}},
        Wrong{"run.train_images = 200", "task = 3", {"wanted task.ID.KEY"}}),
    testing::kCaseName);

TEST(LabReader, ReportsAllProblemsAtOnceInTheFilesOrder) {
  std::string text = replaced(kLab, "epochs = 30\n", "epocs = 30\n");
  text = replaced(text, "kind = \"probe\"", "kind = \"prob\"");
  text = replaced(text, "mean = 2.3", "mean = \"x\"");
  const std::string all = complaint(text);
  const std::size_t first = all.find("epocs"), second = all.find("\"prob\""),
                    third = all.find("rubric.loss.mean");
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_NE(third, std::string::npos);
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 2) << all;
}

TEST(LabReader, WrongArmsDoNotEchoThroughTheRubric) {
  const std::string all = complaint(replaced(kLab, "epochs = [30, 30, 95]", "epochs = [30, 30]"));
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 0) << all;
}

TEST(LabReader, UnknownProfileListsThoseThatExist) {
  EXPECT_THAT(
      complaint(kLab, "smok"),
      HasSubstr(
          "found no profile 'smok', wanted one of smoke, quick or full (did you mean 'smoke'?)"));
}

TEST(LabFile, RefusesWhatIsNoLabFile) {
  const testing::Folder folder;
  const auto words = testing::words();
  const auto what = [&](const std::filesystem::path& path) {
    const auto lab = read_lab(path, "", words);
    EXPECT_FALSE(lab.ok());
    EXPECT_EQ(lab.ok() ? Fault::submission : lab.error().fault, Fault::user);
    return lab.ok() ? "" : lab.error().text();
  };
  EXPECT_THAT(what(folder.path() / "none.toml"), HasSubstr("found nothing there"));
  EXPECT_THAT(what(folder.path()), HasSubstr("found a folder"));
  EXPECT_THAT(what("/dev/zero"), HasSubstr("not a regular file"));
  EXPECT_THAT(what(folder.file("empty.toml", " \n\t\n")), HasSubstr("found an empty file"));
  EXPECT_THAT(what(folder.file("huge.toml", std::string((1 << 20) + 1, '#'))),
              HasSubstr("at most 1 MiB"));
  EXPECT_THAT(what(folder.file("comment.toml", "# nothing\n")),
              HasSubstr("found no 'lab' at the top of the file"));
}

TEST(LabFile, NamesThePlaceOfASyntaxError) {
  EXPECT_THAT(complaint("[lab]\nid = \n"), HasSubstr("lab.toml:2:"));
  EXPECT_THAT(complaint("[lab]\nid = \"a\"\nid = \"b\"\n"), HasSubstr("lab.toml:3:"));
  EXPECT_THAT(complaint("[lab]\nid = \"\xff\xfe\"\n"), HasSubstr("lab.toml:2:"));
  EXPECT_THAT(complaint(std::string("[lab]\nid = \"\0\"\n", 14)), HasSubstr("not TOML"));
  EXPECT_THAT(complaint("a = " + std::string(100'000, '[')), HasSubstr("not TOML"));
}

TEST(LabFile, HostileTextIsMadePrintable) {
  const std::string text = complaint("[lab]\nid = \"\\u001b[31mred\"\n\"\\u202ekey\" = 1\n");
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos) << "no bidi override";
}

}  // namespace
}  // namespace gradus::lab
