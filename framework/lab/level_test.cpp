#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/lab/testing.hpp"

namespace gradus::lab {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::replaced;

/// The usual words; the probe initial_loss has level 3, shape level 1.
Vocabulary leveled() {
  Vocabulary words = testing::words();
  words.probes[0].level = 1;
  words.probes[1].level = 3;
  return words;
}

Lab up_to(int level, const std::string& text = testing::kLab) {
  auto lab = testing::read(text, "quick");
  EXPECT_TRUE(lab.ok()) << lab.error().text();
  if (!lab.ok()) return {};
  limit_level(*lab, leveled(), level);
  return *lab;
}

std::vector<std::string> names(const std::vector<ProbeSpec>& probes) {
  std::vector<std::string> out;
  for (const ProbeSpec& probe : probes) out.push_back(probe.name);
  return out;
}

TEST(LimitLevel, KeepsEverythingAtTheHighestLevel) {
  const Lab lab = up_to(10);
  EXPECT_EQ(lab.tasks.size(), 3U);
  EXPECT_EQ(lab.rubric.size(), 2U);
  EXPECT_EQ(lab.figures.size(), 1U);
  EXPECT_THAT(names(lab.tasks[0].probes), ElementsAre("shape", "initial_loss"));
}

TEST(LimitLevel, LeavesOutTrainingsWithTheirItemsAndFigures) {
  const Lab lab = up_to(kTrainingLevel - 1);
  ASSERT_EQ(lab.tasks.size(), 1U);
  EXPECT_EQ(lab.tasks[0].id, "sanity");
  ASSERT_EQ(lab.rubric.size(), 1U);
  EXPECT_EQ(lab.rubric[0].id, "loss");
  EXPECT_TRUE(lab.figures.empty());
  EXPECT_EQ(up_to(kTrainingLevel).tasks.size(), 3U);
}

TEST(LimitLevel, AnItemKeepsTheProbesThatAreLeft) {
  const std::string both =
      replaced(testing::kLab, "mean = 2.3", "mean = 2.3\nprobe = [\"shape\", \"initial_loss\"]");
  EXPECT_EQ(up_to(3, both).rubric[0].options.at("probe"), Json({"shape", "initial_loss"}));
  const Lab lower = up_to(2, both);
  EXPECT_EQ(lower.rubric[0].options.at("probe"), Json::array({"shape"}));
  EXPECT_THAT(names(lower.tasks[0].probes), ElementsAre("shape"));
  const std::string high =
      replaced(testing::kLab, "mean = 2.3", "mean = 2.3\nprobe = \"initial_loss\"");
  EXPECT_TRUE(up_to(2, high).rubric.empty()) << "none of its probes is left";
}

TEST(LimitLevel, AnItemGoesWithTheProbeThatItsCheckNeeds) {
  auto lab = testing::read(testing::kLab, "quick");
  ASSERT_TRUE(lab.ok());
  Vocabulary words = leveled();
  words.probes[0].level = 4;  // shape, which the check "loss" needs
  limit_level(*lab, words, 3);
  EXPECT_TRUE(lab->rubric.empty());
}

// A probe that looks at a plugin which the task does not name, and one that lacks a key.
TEST(ProbesOfATask, NeedTheirPluginAndTheirKeys) {
  Vocabulary words = testing::words();
  words.probes[0].needs_plugin = "augmentation";
  words.probes[1].keys[0].required = true;
  const testing::Folder folder;
  const std::string text =
      replaced(testing::kLab, "{ name = \"initial_loss\", tolerance = 0.1 }", "\"initial_loss\"");
  const auto lab = read_lab(folder.file("lab.toml", text), "full", words, {});
  ASSERT_FALSE(lab.ok());
  EXPECT_THAT(lab.error().text(), HasSubstr("looks at an augmentation"));
  EXPECT_THAT(lab.error().text(), HasSubstr("wanted augmentation = "));
  EXPECT_THAT(lab.error().text(), HasSubstr("without 'tolerance'"));
}

}  // namespace
}  // namespace gradus::lab
