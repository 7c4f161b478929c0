#pragma once

// The examples of framework/docs/lab_keys.md and the labs that are shipped, for tests of the
// lab language.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "framework/core/files.hpp"
#include "framework/core/text.hpp"
#include "framework/lab/document.hpp"

namespace gradus::grader::testing {

inline const std::string kLab = R"([lab]
id = "my_lab"
due = 2026-12-01T23:59:00+01:00

[data]
name = "cifar10"
split = { train = 45000, val = 5000 }
normalize = { mean = [0.5, 0.5, 0.5], std = [0.25, 0.25, 0.25] }

[submission]
recipe = { allowed = ["batch"] }

[recipe]
epochs = 30

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

inline lab::Node parse(const std::string& text) {
  auto node = lab::parse_document(text, "example");
  EXPECT_TRUE(node.ok()) << text << (node.ok() ? "" : node.error().text());
  return node.ok() ? std::move(*node) : lab::Node{};
}

/// Puts the entries of one table above those of another.
inline void lay_over(lab::Node& table, const lab::Node& over) {
  for (const lab::Entry& entry : over.entries) {
    if (lab::Node* old = table.find(entry.key)) {
      *old = entry.value;
    } else {
      table.entries.push_back(entry);
    }
  }
}

inline lab::Node& child(lab::Node& table, const std::string& key) {
  if (lab::Node* known = table.find(key)) return *known;
  table.entries.push_back({key, {}, {}});
  return table.entries.back().value;
}

struct PageExample {
  std::string table, key, toml;
};

/// What the page shows: headings name tables, the last column of a row is the example.
inline std::vector<PageExample> examples_of_page() {
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
inline lab::Node lab_with(const PageExample& example) {
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
    const bool sweep = inner == "stop_arms";
    lay_over(child(item("task", std::string("id = \"example\"\nkind = \"train\"\n") +
                                    (sweep ? "vary.grid = { batch = [64, 128] }\n" : "")),
                   inner),
             over);
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

inline bool of_overlay(const PageExample& example) {
  return example.table == "overlay" || example.table == "private" || example.table == "add";
}

/// The text of a minimal overlay with an example in its place.
inline std::string overlay_with(const PageExample& example) {
  std::string text = example.table == "overlay" ? "" : "[" + example.table + "]\n";
  text += example.toml;
  if (example.key == "secret") text += "lab = \"my_lab\"\n";
  if (example.key != "private" && example.table != "private")
    text = "private.lab = \"my_lab\"\n" + text;
  return text;
}

inline std::vector<std::filesystem::path> shipped_labs() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(GRADUS_LABS)) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  }
  EXPECT_GE(files.size(), 5U);
  return files;
}

inline std::string scaffold_text() {
  std::string text = *read_file(std::filesystem::path(GRADUS_LABS) / "template" / "lab.toml.in");
  for (std::size_t at; (at = text.find("@NAME@")) != std::string::npos;)
    text.replace(at, 6, "my_lab");
  return text;
}

}  // namespace gradus::grader::testing
