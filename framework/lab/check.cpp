#include "framework/lab/check.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "framework/core/text.hpp"
#include "framework/lab/lint.hpp"

namespace gradus::lab {
namespace {

/// What was found under one profile after the other, the same only once.
class Collection {
 public:
  void add(const Problems& problems, bool error, const std::string& profile) {
    for (const auto& problem : problems.sorted()) {
      const auto key =
          std::tuple(problem.at.source, problem.at.line, problem.at.column, problem.what, error);
      auto& profiles = found_[key];
      if (std::find(profiles.begin(), profiles.end(), profile) == profiles.end())
        profiles.push_back(profile);
    }
  }
  std::vector<Finding> findings(std::size_t profiles) const {
    std::vector<Finding> all;
    for (const auto& [key, under] : found_) {
      const auto& [source, line, column, what, error] = key;
      all.push_back({Origin{source, line, column}.text(), what, error,
                     under.size() < profiles ? under : std::vector<std::string>()});
    }
    return all;
  }

 private:
  std::map<std::tuple<std::string, int, int, std::string, bool>, std::vector<std::string>> found_;
};

/// Profiles of the overlay's own that were probably meant to be the lab's.
void lint_profiles(const Document& document, Problems& warnings) {
  if (!document.overlay) return;
  std::vector<std::string> of_lab = {"full"};
  for (const Entry& entry : document.changes.entries) of_lab.push_back(entry.key);
  for (const Entry& entry : document.overlay->profiles.entries) {
    const std::string near = did_you_mean(entry.key, of_lab);
    if (near.empty() || std::find(of_lab.begin(), of_lab.end(), entry.key) != of_lab.end())
      continue;
    warnings.add(entry.at, "profile." + printable(entry.key, false, 60) +
                               ": found a profile that the lab itself has not, wanted one of "
                               "its own" +
                               near);
  }
}

}  // namespace

bool Checked::sound() const {
  return std::none_of(findings.begin(), findings.end(),
                      [](const Finding& finding) { return finding.error; });
}

Result<Checked> check_lab(const std::filesystem::path& file, const Vocabulary& vocabulary,
                          const std::filesystem::path& private_overlay) {
  Problems of_file;
  GRADUS_TRY(const Document document, open_document(file, private_overlay, of_file));
  Problems of_overlay;
  lint_profiles(document, of_overlay);
  Collection collection;
  Checked checked;
  checked.profiles = document.profiles;
  for (const std::string& profile : document.profiles) {
    Problems errors, warnings;
    const Tree tree = tree_of(document, profile, {}, errors);
    const Lab lab = lab_of(document, tree, profile, vocabulary, errors);
    if (checked.lab.empty()) checked.lab = lab.id;
    collection.add(of_file, true, profile);
    collection.add(of_overlay, false, profile);
    if (errors.empty() && of_file.empty()) {
      const Lint lint{lab, tree.root, document.root, vocabulary, errors, warnings};
      lint_rubric(lint);
      lint_arms(lint);
      lint_bounds(lint);
      lint_partial(lint);
      lint_tasks(lint);
      lint_data(lint);
      lint_plugins(lint);
      lint_sweeps(lint);
      lint_claims(lint);
    }
    collection.add(errors, true, profile);
    collection.add(warnings, false, profile);
  }
  checked.findings = collection.findings(document.profiles.size());
  return checked;
}

const Node& item_of(const Node& root, const std::string& list, std::size_t index) {
  return root.find(list)->items.at(index);
}

void Condition::error(const std::string& path, const std::string& what) const {
  lint.errors.add(place_of(node, path), subject + "." + path + ": " + what);
}

void for_each_condition(const Lint& lint, void (*look)(const Condition& condition)) {
  for (std::size_t i = 0; i < lint.lab.rubric.size(); ++i) {
    const RubricItem& item = lint.lab.rubric[i];
    const Task* task = task_named(lint.lab.tasks, item.task);
    if (task == nullptr) continue;
    const Node& node = item_of(lint.root, "rubric", i);
    const std::string subject = "rubric." + item.id;
    const std::size_t before = lint.errors.added();
    look({lint, *task, item.options, node, subject});
    if (lint.errors.added() > before) continue;  // weaker conditions inherit it
    for (std::size_t k = 0; k < item.partial.size(); ++k) {
      look({lint, *task, item.partial[k].options, node.find("partial")->items.at(k),
            subject + ".partial"});
    }
  }
}

std::vector<Option> options_of(const Json& options) {
  std::vector<Option> all;
  const auto collect = [&all](auto&& self, const Json& table, const std::string& prefix) -> void {
    for (const auto& [key, value] : table.items()) {
      if (value.is_object()) {
        self(self, value, prefix + key + ".");
      } else {
        all.push_back({prefix + key, key, &value});
      }
    }
  };
  if (options.is_object()) collect(collect, options, "");
  return all;
}

const Json* value_at(const Json& options, const std::string& path) {
  for (const Option& option : options_of(options)) {
    if (option.path == path) return option.value;
  }
  return nullptr;
}

std::optional<double> number_at(const Json& options, const std::string& path) {
  const Json* value = value_at(options, path);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->get<double>();
}

}  // namespace gradus::lab
