#pragma once

// Findings beyond the reader's: private to this room. A lab that is linted has been read without a
// problem, so its lists stand side by side with the tree's.

#include <map>
#include <string>
#include <vector>

#include "framework/lab/document.hpp"

namespace gradus::lab {

struct Lint {
  const Lab& lab;
  const Node& root;      ///< under the profile
  const Node& original;  ///< the file as it stands
  const Vocabulary& vocabulary;
  Problems& errors;
  Problems& warnings;
};

void lint_rubric(const Lint& lint);
void lint_arms(const Lint& lint);
void lint_bounds(const Lint& lint);
void lint_data(const Lint& lint);
void lint_plugins(const Lint& lint);
void lint_partial(const Lint& lint);
void lint_tasks(const Lint& lint);
void lint_sweeps(const Lint& lint);
void lint_claims(const Lint& lint);

/// Item number `index` of a list of the file ("rubric"), which must exist.
const Node& item_of(const Node& root, const std::string& list, std::size_t index);

/// A value of a check's options with the dotted path to it.
struct Option {
  std::string path, name;  ///< "expect.total", "total"
  const Json* value;
};
std::vector<Option> options_of(const Json& options);
/// The value at that path; null where there is none.
const Json* value_at(const Json& options, const std::string& path);
/// The number at that path; nothing where there is none.
std::optional<double> number_at(const Json& options, const std::string& path);

using Arm = std::map<std::string, Json>;
/// True where the arm has the values that a condition's table names.
bool same_arm(const Arm& arm, const Json& wanted);
/// Arms of the task that a condition looks at: those of `arm`, without those of `except`.
std::vector<const Arm*> arms_of(const Task& task, const Json& options);

/// One condition of a rubric item: its own, or one of its partial ones.
struct Condition {
  const Lint& lint;
  const Task& task;
  const Json& options;
  const Node& node;
  std::string subject;  ///< "rubric.reach", "rubric.reach.partial"

  /// Adds an error at the option's place; `what`: "found ..., wanted ...".
  void error(const std::string& path, const std::string& what) const;
};
/// Every item's own condition, and its partial ones where nothing was found in that: they inherit
/// it.
void for_each_condition(const Lint& lint, void (*look)(const Condition& condition));

}  // namespace gradus::lab
