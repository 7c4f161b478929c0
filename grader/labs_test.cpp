#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "framework/record/probes.hpp"
#include "framework/record/schedule.hpp"
#include "grader/checks/check.hpp"
#include "grader/grader.hpp"

namespace gradus::grader {
namespace {

namespace fs = std::filesystem;
const fs::path kLabs = GRADUS_LABS;

lab::Lab lab_of(const fs::path& file, const std::string& profile) {
  auto lab = lab::read_lab(kLabs / file, profile, vocabulary({"cifar10"}));
  EXPECT_TRUE(lab.ok()) << (lab.ok() ? "" : lab.error().text());
  return lab.ok() ? std::move(*lab) : lab::Lab{};
}

double points(const lab::Lab& lab) {
  double sum = 0;
  for (const lab::RubricItem& item : lab.rubric) sum += item.bonus ? 0 : item.points;
  return sum;
}

double bonus(const lab::Lab& lab) {
  double sum = 0;
  for (const lab::RubricItem& item : lab.rubric) sum += item.bonus ? item.points : 0;
  return sum;
}

TEST(OurLabs, AreReadInEveryProfileWithEqualPoints) {
  const auto files = lab::list_labs(kLabs);
  ASSERT_GE(files.size(), 2U);
  for (const fs::path& file : files) {
    const lab::Lab full = lab_of(file, "full");
    for (const std::string profile : {"smoke", "quick", "full"}) {
      EXPECT_THAT(full.profiles, ::testing::Contains(profile)) << file;
    }
    for (const std::string& profile : full.profiles) {
      EXPECT_EQ(points(lab_of(file, profile)), points(full)) << file << " " << profile;
    }
  }
}

TEST(OurLabs, CheckLabsAreRead) {
  for (const std::string kind : {"model", "activation", "augmentation"}) {
    const lab::Lab lab = lab_of("check/" + kind + ".toml", "");
    EXPECT_THAT(lab.required_kinds, ::testing::ElementsAre(kind));
    EXPECT_FALSE(lab.reference.empty()) << kind;
  }
}

// Without it 'gradus lab check' could not name an item that no submission can ever earn.
TEST(OurLabs, TheVocabularyKnowsWhatIsClaimed) {
  const lab::Vocabulary words = vocabulary({"cifar10"});
  for (const lab::NamedSpec& check : words.checks)
    EXPECT_EQ(check.claimed, check.name == "learning_rate") << check.name;
  for (const lab::NamedSpec& probe : words.probes)
    EXPECT_EQ(probe.claimed, find_probe_info(probe.name)->claimed) << probe.name;
}

// Every probe is asked for somewhere, but those that only a lab can parameterise; every level that
// the command accepts leaves something to do; a claim never costs points by being refused.
TEST(OurLabs, CheckLabsAskForEveryProbeAtEveryLevel) {
  std::set<std::string> asked;
  const lab::Vocabulary words = vocabulary({"cifar10"});
  for (const std::string kind : {"model", "activation", "augmentation"}) {
    for (int level = 1; level <= 10; ++level) {
      lab::Lab lab = lab_of("check/" + kind + ".toml", "");
      lab::limit_level(lab, words, level);
      EXPECT_FALSE(lab.tasks.empty()) << kind << level;
      EXPECT_FALSE(lab.rubric.empty()) << kind << level;
      for (const lab::Task& task : lab.tasks) {
        EXPECT_TRUE(task.kind == "probe" || level >= lab::kTrainingLevel) << kind << level;
        for (const ProbeSpec& probe : task.probes) {
          asked.insert(probe.name);
          EXPECT_LE(find_probe_info(probe.name)->level, level);
        }
      }
      for (const lab::RubricItem& item : lab.rubric) {
        if (item.check != "probe") continue;
        for (const Json& name : item.options.at("probe")) {
          const ProbeInfo* info = find_probe_info(name.get<std::string>());
          EXPECT_LE(info->level, level) << item.id;
          EXPECT_TRUE(!info->claimed || item.accept_claimed) << item.id;
        }
      }
    }
  }
  for (const ProbeInfo& info : probe_table()) {
    const bool of_a_lab = info.name == "activation_values" || info.name == "masked_share";
    EXPECT_NE(asked.contains(info.name), of_a_lab) << info.name;
  }
}

// 002 of the course documents: lab 1 has 15 points and 4 in bonus, lab 2 has 35 and 6; 002's eight
// rates with their epochs.
TEST(OurLabs, HaveTheArmsOfTheDocument) {
  const lab::Lab first = lab_of("simplenn/lab.toml", "full");
  EXPECT_EQ(points(first), 15);
  EXPECT_EQ(bonus(first), 4);
  const lab::Lab second = lab_of("tuning/lab.toml", "full");
  EXPECT_EQ(points(second), 35);
  EXPECT_EQ(bonus(second), 6);
  const Plan plan = lab::expand(second);
  std::vector<std::pair<double, std::int64_t>> rates;
  std::vector<double> decays;
  std::set<std::string> hashes;
  std::set<std::uint64_t> seeds;
  for (const PlannedRun& planned : plan.runs) {
    EXPECT_LT(planned.trial, 3);
    if (planned.task != "sanity" && planned.trial == 2) seeds.insert(planned.run.seed);
    if (planned.trial > 0) continue;
    const Recipe& recipe = planned.run.recipe;
    if (planned.task == "lr_sweep") rates.emplace_back(recipe.optimizer.lr, recipe.epochs);
    if (planned.task == "l2_sweep") decays.push_back(recipe.optimizer.weight_decay);
    if (planned.task != "sanity") hashes.insert(planned.run.hash());
  }
  EXPECT_EQ(rates, (std::vector<std::pair<double, std::int64_t>>{{1.0, 30},
                                                                 {0.1, 30},
                                                                 {0.05, 30},
                                                                 {0.02, 30},
                                                                 {0.01, 30},
                                                                 {0.005, 50},
                                                                 {0.002, 70},
                                                                 {0.001, 95}}));
  EXPECT_EQ(decays, (std::vector<double>{1e-2, 1e-3, 1e-4, 1e-5, 0.0}));
  EXPECT_EQ(seeds.size(), 1U) << "three seeds, the same in every task";
  EXPECT_EQ(hashes.size(), 18U) << "lr 0.01 and L2 1e-4 are one run, L2 1e-3 is that of the "
                                   "penalties, lr 0.005 the own recipe where there is none";
}

// 002 of the course documents, lab 3: 20 points, 200 epochs at lr .1, a tenth lower every 60. The
// paper: 64,000 steps of 128 images, the rate divided by ten after 32,000 and 48,000.
TEST(OurLabs, TrainResNet20AsTheDocumentAndAsThePaper) {
  const lab::Lab full = lab_of("resnet20/lab.toml", "full");
  EXPECT_EQ(points(full), 20);
  EXPECT_EQ(bonus(full), 2);
  const auto recipe = [](const std::string& profile) {
    return lab::expand(lab_of("resnet20/lab.toml", profile)).runs.back().run.recipe;
  };
  EXPECT_EQ(recipe("full").epochs, 24);
  EXPECT_EQ(recipe("full").optimizer.name, "muon");
  EXPECT_EQ(recipe("full").schedule.name, "one_cycle");
  const Recipe document = recipe("document");
  EXPECT_EQ(document.epochs, 200);
  for (const Recipe& r : {document, recipe("paper")}) {
    EXPECT_EQ(r.optimizer.name, "sgd");
    EXPECT_EQ(r.optimizer.momentum, 0.9);
    EXPECT_FALSE(r.optimizer.nesterov);
    EXPECT_EQ(r.optimizer.weight_decay, 1e-4);
    EXPECT_EQ(r.optimizer.decays, "all");
  }
  const auto rate = [](const Recipe& r, std::int64_t step) { return learning_rate(r, step, 352); };
  EXPECT_DOUBLE_EQ(rate(document, 0), 0.1);
  EXPECT_NEAR(rate(document, 199 * 352), 0.0729, 1e-12) << "no lower than this";
  const Recipe paper = recipe("paper");
  EXPECT_NEAR(static_cast<double>(paper.epochs) * 352, 64'000, 352);
  EXPECT_NEAR(rate(paper, 31'999), 0.1, 1e-12);
  EXPECT_NEAR(rate(paper, 32'000), 0.01, 1e-12);
  EXPECT_NEAR(rate(paper, 47'999), 0.01, 1e-12);
  EXPECT_NEAR(rate(paper, 48'000), 0.001, 1e-12);
}

// The pages' tables of checks and probes are made from the vocabulary.
TEST(VocabularyPages, NameEveryKeyOfChecksAndProbes) {
  const lab::Vocabulary words = vocabulary({});
  for (const auto& [page, specs] :
       {std::pair("checks", &words.checks), std::pair("probes", &words.probes)}) {
    const std::string tables = lab::specs_markdown(*specs);
    const char* path = std::getenv("GRADUS_WRITE_KEYS");
    if (path != nullptr) std::ofstream(std::string(path) + "." + page) << tables;
    std::ifstream file(std::string(GRADUS_DOCS) + "/" + page + ".md");
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    EXPECT_NE(text.find(tables), std::string::npos)
        << "replace the tables of framework/docs/" << page
        << ".md by what GRADUS_WRITE_KEYS=FILE grader_test writes to FILE." << page;
  }
}

}  // namespace
}  // namespace gradus::grader
