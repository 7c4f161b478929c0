// The lab language as its documentation, its schema and its scaffold say it is.

#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <set>

#include "framework/core/text.hpp"
#include "framework/lab/check.hpp"
#include "framework/lab/document.hpp"
#include "framework/lab/json_schema.hpp"
#include "framework/lab/schema.hpp"
#include "grader/grader.hpp"
#include "grader/schema_testing.hpp"
#include "grader/testing.hpp"

namespace gradus::grader {
namespace {

using ::testing::HasSubstr;

const std::string kLab = R"([lab]
id = "my_lab"
due = 2026-12-01T23:59:00+01:00

[data]
name = "cifar10"
split = { train = 45000, val = 5000 }
normalize = { mean = [0.5, 0.5, 0.5], std = [0.25, 0.25, 0.25] }

[submission]
recipe = { allowed = ["batch"] }

[[task]]
id = "baseline"
kind = "train"

[[task]]
id = "rates"
kind = "train"
vary.grid = { "optimizer.lr" = [0.1, 0.01] }

[[task]]
id = "sanity"
kind = "probe"
probes = ["shape"]

[[rubric]]
id = "reach"
points = 3
check = "accuracy"
task = "baseline"
at_least = 0.6
)";

lab::Node parse(const std::string& text) {
  auto node = lab::parse_document(text, "example");
  EXPECT_TRUE(node.ok()) << text << (node.ok() ? "" : node.error().text());
  return node.ok() ? std::move(*node) : lab::Node{};
}

/// Puts the entries of one table above those of another.
void lay_over(lab::Node& table, const lab::Node& over) {
  for (const lab::Entry& entry : over.entries) {
    if (lab::Node* old = table.find(entry.key)) {
      *old = entry.value;
    } else {
      table.entries.push_back(entry);
    }
  }
}

lab::Node& child(lab::Node& table, const std::string& key) {
  if (lab::Node* known = table.find(key)) return *known;
  table.entries.push_back({key, {}, {}});
  return table.entries.back().value;
}

struct PageExample {
  std::string table, key, toml;
};

/// What the page shows: headings name tables, the last column of a row is the example.
std::vector<PageExample> examples_of_page() {
  std::vector<PageExample> all;
  std::ifstream page(GRADUS_LAB_PAGE);
  EXPECT_TRUE(page) << GRADUS_LAB_PAGE;
  std::string table = "none";
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("#")) table = "none";
    if (line.starts_with("### Top level")) table = "";
    if (line.starts_with("### Top level of a private")) table = "overlay";
    if (line.starts_with("### `[")) {
      table = line.substr(line.find_first_not_of("#` ["));
      table = table.substr(0, table.find(']'));
      if (table == "profile.NAME") table = "profile";
    }
    if (table == "none" || !line.starts_with("| `")) continue;
    PageExample one{table, line.substr(3, line.find('`', 3) - 3), ""};
    std::string cell = line.substr(line.rfind(" | ", line.size() - 3) + 3);
    cell = cell.substr(0, cell.rfind(" |"));
    for (const std::string from : {"`<br>`"}) {
      for (std::size_t at; (at = cell.find(from)) != std::string::npos;)
        cell.replace(at, from.size(), "\n");
    }
    std::erase(cell, '`');
    one.toml = cell + "\n";
    all.push_back(std::move(one));
  }
  return all;
}

/// The minimal lab with an example of a lab file in its place.
lab::Node lab_with(const PageExample& example) {
  lab::Node root = parse(kLab), over = parse(example.toml);
  const auto item = [&](const char* list, const std::string& start) -> lab::Node& {
    root.find(list)->items.push_back(parse(start));
    return root.find(list)->items.back();
  };
  if (example.table.empty()) {
    lay_over(root, over);
  } else if (example.table == "task") {
    lay_over(item("task", "id = \"example\"\nkind = \"train\"\n"), over);
  } else if (example.table.starts_with("task.")) {
    const std::string inner = example.table.substr(5);
    lay_over(child(item("task", "id = \"example\"\nkind = \"train\"\n"), inner), over);
  } else if (example.table == "rubric") {
    const bool own_check = over.find("check") != nullptr;
    lay_over(item("rubric", std::string("id = \"example\"\npoints = 2\ncheck = \"accuracy\"\n"
                                        "task = \"baseline\"\n") +
                                (own_check ? "" : "at_least = 0.6\n")),
             over);
  } else if (example.table == "figure") {
    lay_over(root, parse("figure = [{ kind = \"curves\", task = \"baseline\" }]"));
    lay_over(root.find("figure")->items[0], over);
  } else if (example.table == "profile") {
    lay_over(child(child(root, "profile"), "example"), over);
  } else {
    lab::Node* at = &root;
    for (std::string part : split(example.table, '.'))
      at = &child(*at, part == "KIND" ? "model" : part);
    lay_over(*at, over);
  }
  return root;
}

std::string complaint_about(const PageExample& example) {
  const auto words = vocabulary({"cifar10"});
  lab::Problems problems;
  const bool overlay =
      example.table == "overlay" || example.table == "private" || example.table == "add";
  if (!overlay) {
    const lab::Document document = lab::document_of(lab_with(example), "lab.toml", problems);
    for (const std::string& profile : document.profiles) {
      const lab::Tree tree = lab::tree_of(document, profile, {}, problems);
      lab::lab_of(document, tree, profile, words, problems);
    }
    return problems.empty() ? "" : problems.error().what;
  }
  const testing::Folder folder;
  std::string text = example.table == "overlay" ? "" : "[" + example.table + "]\n";
  text += example.toml;
  if (example.key == "secret") text += "lab = \"my_lab\"\n";
  if (example.key != "private" && example.table != "private")
    text = "private.lab = \"my_lab\"\n" + text;
  EXPECT_TRUE(write_file(folder.path() / "lab.toml", kLab).ok());
  EXPECT_TRUE(write_file(folder.path() / "private.toml", text).ok());
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

std::vector<std::filesystem::path> shipped_labs() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(GRADUS_LABS)) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  }
  EXPECT_GE(files.size(), 5U);
  return files;
}

std::string scaffold_text() {
  std::string text = *read_file(std::filesystem::path(GRADUS_LABS) / "template" / "lab.toml.in");
  for (std::size_t at; (at = text.find("@NAME@")) != std::string::npos;)
    text.replace(at, 6, "my_lab");
  return text;
}

std::string schema_complaint(const std::string& text) {
  const Json schema = lab::json_schema(vocabulary({}));
  return testing::SchemaChecker(schema).complaint(lab::to_json(parse(text)));
}

TEST(LabSchema, TakesEveryShippedLab) {
  for (const auto& file : shipped_labs()) EXPECT_EQ(schema_complaint(*read_file(file)), "") << file;
  EXPECT_EQ(schema_complaint(scaffold_text()), "");
  EXPECT_EQ(schema_complaint(kLab), "");
}

TEST(LabSchema, TakesEveryExampleOfThePage) {
  const Json schema = lab::json_schema(vocabulary({}));
  const testing::SchemaChecker checker(schema);
  for (const PageExample& example : examples_of_page()) {
    if (example.table == "overlay" || example.table == "private" || example.table == "add")
      continue;
    EXPECT_EQ(checker.complaint(lab::to_json(lab_with(example))), "")
        << example.table << " " << example.key;
  }
}

TEST(LabSchema, RefusesWrongLabs) {
  const std::pair<const char*, const char*> cases[] = {
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
  for (const auto& [from, to] : cases) {
    std::string text = kLab;
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, std::string(from).size(), to);
    EXPECT_NE(schema_complaint(text), "") << from << " -> " << to;
  }
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

lab::Vocabulary words() {
  lab::Vocabulary known = vocabulary({"cifar10"});
  known.classes = {{"cifar10", 10}};
  return known;
}

TEST(Labs, PassTheCheck) {
  for (const auto& file : shipped_labs()) {
    const auto checked = lab::check_lab(file, words());
    ASSERT_TRUE(checked.ok()) << checked.error().text();
    for (const auto& finding : checked->findings)
      ADD_FAILURE() << finding.place << ": " << finding.what;
  }
}

TEST(Labs, TheScaffoldPassesTheCheck) {
  const testing::Folder folder;
  ASSERT_TRUE(write_file(folder.path() / "lab.toml", scaffold_text()).ok());
  const auto checked = lab::check_lab(folder.path() / "lab.toml", words());
  ASSERT_TRUE(checked.ok()) << checked.error().text();
  for (const auto& finding : checked->findings)
    ADD_FAILURE() << finding.place << ": " << finding.what;
}

}  // namespace
}  // namespace gradus::grader
