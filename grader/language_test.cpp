// The lab language as its documentation and its scaffold say it is.

#include <gmock/gmock.h>

#include <set>

#include "framework/lab/check.hpp"
#include "framework/lab/schema.hpp"
#include "grader/grader.hpp"
#include "grader/language_testing.hpp"
#include "grader/testing.hpp"

namespace gradus::grader {
namespace {

using testing::examples_of_page;
using ::testing::HasSubstr;
using testing::kLab;
using testing::PageExample;

std::string complaint_about(const PageExample& example) {
  const auto words = vocabulary({"cifar10"});
  lab::Problems problems;
  if (!testing::of_overlay(example)) {
    const lab::Document document =
        lab::document_of(testing::lab_with(example), "lab.toml", problems);
    for (const std::string& profile : document.profiles) {
      const lab::Tree tree = lab::tree_of(document, profile, {}, problems);
      lab::lab_of(document, tree, profile, words, problems);
    }
    return problems.empty() ? "" : problems.error().what;
  }
  const testing::Folder folder;
  EXPECT_TRUE(write_file(folder.path() / "lab.toml", kLab).ok());
  EXPECT_TRUE(write_file(folder.path() / "private.toml", testing::overlay_with(example)).ok());
  const auto read =
      lab::read_lab(folder.path() / "lab.toml", "", words, {}, folder.path() / "private.toml");
  return read.ok() ? "" : read.error().what;
}

TEST(LabLanguage, EveryKeyHasAnExampleOnThePageThatTheReaderTakes) {
  std::set<std::pair<std::string, std::string>> shown;
  for (const PageExample& example : examples_of_page()) {
    const std::string name = "[" + example.table + "] " + example.key;
    shown.insert({example.table, example.key});
    EXPECT_THAT(example.toml, ::testing::StartsWith(example.key)) << name;
    EXPECT_EQ(complaint_about(example), "") << name << "\n" << example.toml;
  }
  for (const auto* tables : {&lab::schema(), &lab::overlay_schema()}) {
    for (const lab::TableSpec& table : *tables) {
      for (const lab::KeySpec& key : table.keys)
        EXPECT_TRUE(shown.contains({table.path, key.name})) << table.path << " " << key.name;
    }
  }
}

TEST(LabLanguage, AnExampleThatTheReaderRefusesIsFound) {
  EXPECT_THAT(complaint_about({"recipe", "epochs", "epocs = 3\n"}), HasSubstr("did you mean"));
  EXPECT_THAT(complaint_about({"task", "kind", "kind = \"tran\"\n"}), HasSubstr("did you mean"));
  EXPECT_THAT(complaint_about({"rubric", "points", "points = -1\n"}), HasSubstr("points"));
  EXPECT_THAT(complaint_about({"private", "secret", "secret = \"x\"\n"}), HasSubstr("at least 16"));
}

lab::Vocabulary words() {
  lab::Vocabulary known = vocabulary({"cifar10"});
  known.classes = {{"cifar10", 10}};
  return known;
}

TEST(Labs, PassTheCheck) {
  for (const auto& file : testing::shipped_labs()) {
    const auto checked = lab::check_lab(file, words());
    ASSERT_TRUE(checked.ok()) << checked.error().text();
    for (const auto& finding : checked->findings)
      ADD_FAILURE() << finding.place << ": " << finding.what;
  }
}

TEST(Labs, TheScaffoldPassesTheCheck) {
  const testing::Folder folder;
  ASSERT_TRUE(write_file(folder.path() / "lab.toml", testing::scaffold_text()).ok());
  const auto checked = lab::check_lab(folder.path() / "lab.toml", words());
  ASSERT_TRUE(checked.ok()) << checked.error().text();
  for (const auto& finding : checked->findings)
    ADD_FAILURE() << finding.place << ": " << finding.what;
}

}  // namespace
}  // namespace gradus::grader
