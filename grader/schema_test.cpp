// The JSON schemas of lab files and private overlays against what the reader takes.

#include <gmock/gmock.h>

#include "framework/lab/json_schema.hpp"
#include "framework/lab/schema.hpp"
#include "grader/grader.hpp"
#include "grader/language_testing.hpp"
#include "grader/schema_testing.hpp"
#include "grader/testing.hpp"

namespace gradus::grader {
namespace {

using testing::examples_of_page;
using testing::kLab;
using testing::of_overlay;
using testing::overlay_with;
using testing::PageExample;
using testing::parse;

/// A text in a good file, and what makes the file wrong in its place.
struct Change {
  const char *from, *to;
};

void expect_refused(std::string text, const Change& change,
                    std::string (*complaint)(const std::string&)) {
  const std::size_t at = text.find(change.from);
  ASSERT_NE(at, std::string::npos) << change.from;
  text.replace(at, std::string(change.from).size(), change.to);
  EXPECT_NE(complaint(text), "") << change.from << " -> " << change.to;
}

std::string schema_complaint(const std::string& text) {
  const Json schema = lab::json_schema(vocabulary({}));
  return testing::SchemaChecker(schema).complaint(lab::to_json(parse(text)));
}

TEST(LabSchema, TakesEveryShippedLab) {
  for (const auto& file : testing::shipped_labs())
    EXPECT_EQ(schema_complaint(*read_file(file)), "") << file;
  EXPECT_EQ(schema_complaint(testing::scaffold_text()), "");
  EXPECT_EQ(schema_complaint(kLab), "");
}

TEST(LabSchema, TakesEveryExampleOfThePage) {
  const Json schema = lab::json_schema(vocabulary({}));
  const testing::SchemaChecker checker(schema);
  for (const PageExample& example : examples_of_page()) {
    if (of_overlay(example)) continue;
    EXPECT_EQ(checker.complaint(lab::to_json(testing::lab_with(example))), "")
        << example.table << " " << example.key;
  }
}

TEST(LabSchema, RefusesWrongLabs) {
  const Change cases[] = {
      {"id = \"my_lab\"", "id = \"My Lab\""},
      {"id = \"my_lab\"\n", ""},
      {"[lab]", "[lba]"},
      {"train = 45000", "train = \"all\""},
      {"train = 45000", "train = 0"},
      {"std = [0.25, 0.25, 0.25]", "std = [0.0, 0.25, 0.25]"},
      {"kind = \"probe\"", "kind = \"prob\""},
      {"[\"shape\"]", "[\"shap\"]"},
      {"[\"shape\"]", "[{ name = \"initial_loss\", tolerence = 1 }]"},
      {"\"optimizer.lr\" = [0.1, 0.01]", "\"optimizer.rl\" = [0.1, 0.01]"},
      {"\"optimizer.lr\" = [0.1, 0.01]", "\"optimizer.lr\" = 0.1"},
      {"check = \"accuracy\"", "check = \"acuracy\""},
      {"at_least = 0.6", "at_least = 63"},
      {"at_least = 0.6", "at_lest = 0.6"},
      {"at_least = 0.6", "at_least = 0.6\npartial = [{ at_lest = 0.5, points = 1 }]"},
      {"points = 3\n", ""},
      {"points = 3", "points = 3\nvisibility = \"never\""},
      {"allowed = [\"batch\"]", "alowed = [\"batch\"]"},
      {"allowed = [\"batch\"]", "allowed = [\"batch\"], budget = { epocs = 3 }"},
      {"[[rubric]]", "[profile.smoke]\nrecpe.epochs = 1\n\n[[rubric]]"},
      {"[[rubric]]", "[profile.smoke]\nrecipe.epochs = \"one\"\n\n[[rubric]]"},
      {"[[rubric]]", "[profile.smoke]\nepochs.scale = 0\n\n[[rubric]]"},
  };
  for (const Change& change : cases) expect_refused(kLab, change, schema_complaint);
}

TEST(LabSchema, KnowsEveryKeyWithWhatTheReaderSaysAboutIt) {
  const Json schema = lab::json_schema(vocabulary({}));
  for (const lab::TableSpec& table : lab::schema()) {
    if (table.path.empty() || table.path == "rubric" || table.path == "profile") continue;
    const Json& properties = schema.at("definitions").at(table.path).at("properties");
    for (const lab::KeySpec& key : table.keys) {
      ASSERT_TRUE(properties.contains(key.name)) << table.path << " " << key.name;
      EXPECT_EQ(properties.at(key.name).at("description"), key.help);
      if (!key.fallback.is_null()) EXPECT_EQ(properties.at(key.name).at("default"), key.fallback);
    }
  }
}

const std::string kOverlay = R"([private]
lab = "my_lab"
secret = "0123456789abcdef"

[recipe]
epochs = 3

[task.baseline]
train_images = 500

[rubric.reach]
at_least = 0.62

[profile.smoke]
rubric.reach.at_least = 0.2
epochs.scale = 0.5

[[add.task]]
id = "extra"
kind = "probe"
probes = ["shape"]

[[add.rubric]]
id = "more"
points = 2
check = "accuracy"
task = "baseline"
at_least = 0.7

[[add.figure]]
kind = "layers"
task = "extra"
)";

std::string overlay_complaint(const std::string& text) {
  const Json schema = lab::overlay_json_schema(vocabulary({}));
  return testing::SchemaChecker(schema).complaint(lab::to_json(parse(text)));
}

TEST(OverlaySchema, TakesWhatTheReaderTakes) {
  const testing::Folder folder;
  ASSERT_TRUE(write_file(folder.path() / "lab.toml", kLab).ok());
  ASSERT_TRUE(write_file(folder.path() / "private.toml", kOverlay).ok());
  const auto read = lab::read_lab(folder.path() / "lab.toml", "", vocabulary({"cifar10"}), {},
                                  folder.path() / "private.toml");
  EXPECT_TRUE(read.ok()) << read.error().text();
  EXPECT_EQ(overlay_complaint(kOverlay), "");
  for (const PageExample& example : examples_of_page()) {
    if (!of_overlay(example)) continue;
    EXPECT_EQ(overlay_complaint(overlay_with(example)), "") << example.table << " " << example.key;
  }
}

TEST(OverlaySchema, RefusesWrongOverlays) {
  const Change cases[] = {
      {"[private]\nlab = \"my_lab\"", "[private]"},
      {"lab = \"my_lab\"", "lab = \"my_lab\"\nsecrets = \"x\""},
      {"[recipe]", "[recpe]"},
      {"epochs = 3", "epochs = 0"},
      {"train_images = 500", "train_imges = 500"},
      {"[[add.task]]", "[[add.tasks]]"},
      {"kind = \"probe\"\n", ""},
      {"[\"shape\"]", "[\"shap\"]"},
      {"points = 2\n", ""},
      {"at_least = 0.7", "at_least = 70"},
      {"kind = \"layers\"", "kind = \"layer\""},
      {"epochs.scale = 0.5", "epochs.scale = 0"},
      {"[[add.figure]]", "[[figure]]"},
  };
  for (const Change& change : cases) expect_refused(kOverlay, change, overlay_complaint);
  EXPECT_NE(overlay_complaint(kLab), "") << "a lab file is no overlay";
  EXPECT_NE(schema_complaint(kOverlay), "") << "an overlay is no lab file";
}

TEST(OverlaySchema, KnowsEveryKeyOfTheOverlaysTables) {
  const Json schema = lab::overlay_json_schema(vocabulary({}));
  for (const lab::TableSpec& table : lab::overlay_schema()) {
    const Json& of = table.path == "overlay" ? schema : schema.at("definitions").at(table.path);
    for (const lab::KeySpec& key : table.keys) {
      ASSERT_TRUE(of.at("properties").contains(key.name)) << table.path << " " << key.name;
      EXPECT_EQ(of.at("properties").at(key.name).at("description"), key.help);
    }
  }
}

}  // namespace
}  // namespace gradus::grader
