#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/record/lab_result.hpp"
#include "framework/record/plan.hpp"

namespace gradus::lab {

enum class ValueType { boolean, integer, number, text, list, table };

/// One key that a check or probe takes.
struct KeySpec {
  std::string name;
  ValueType type = ValueType::number;
  bool required = false;
  std::optional<double> min, max;
  std::vector<std::string> choices;
  std::string help;
};

/// A check or probe that exists, as the lab reader must know it.
struct NamedSpec {
  std::string name, help;
  std::vector<KeySpec> keys;          ///< beside the common ones (id, title, check, task, points, ...)
  std::vector<std::string> task_kinds;  ///< kinds of task it can be asked of: "probe", "train"
};

/// What exists outside this room; the caller hands it in (design: Vocabulary).
struct Vocabulary {
  std::vector<NamedSpec> checks, probes;
  std::vector<std::string> datasets;
};

struct RubricItem {
  std::string id, title, check, task;
  double points = 0;
  bool bonus = false, accept_claimed = false;
  std::string visibility = "visible", feedback;
  Json options;                     ///< the check's own keys
  struct Partial { Json options; double points = 0; };
  std::vector<Partial> partial;     ///< weaker conditions, tried in order
};

struct Task {
  std::string id, title, text, kind;  ///< "probe" or "train"
  PluginUse model;
  std::optional<PluginUse> activation, augmentation;
  Recipe recipe;                      ///< lab's defaults with the task's values
  InputSpec input;
  std::vector<ProbeSpec> probes;
  /// Arms in order; each maps varied keys ("optimizer.lr") to values. One empty arm where nothing varies.
  std::vector<std::map<std::string, Json>> arms;
  std::vector<std::string> varied;
  std::int64_t trials = 1;
};

/// A lab under one profile: every value resolved but hashes of data and plugins.
struct Lab {
  std::string id, title, text, profile;
  std::filesystem::path file;
  std::vector<std::string> profiles;  ///< all that the file has, with the lab's default first
  std::string reference;              ///< [submission] reference: plugins that stand in
  std::vector<std::string> required_kinds;  ///< kinds a submission must bring
  bool prebuilt_allowed = false;
  DataSpec data;
  std::uint64_t seed = 0;
  std::int64_t threads = 1;
  RunLimits limits;
  std::vector<Task> tasks;
  std::vector<RubricItem> rubric;
  std::vector<FigureSpec> figures;
  /// Experiment sizes: exam_val_images, exam_train_images, train_images as in RunPlan.
  std::int64_t exam_val_images = 0, exam_train_images = 5000, train_images = 0;
};

/// `--set k=v` on the command line: same keys as in the file, e.g. "recipe.epochs=2".
struct Override { std::string key, value; };

/// Reads a lab file under a profile. All problems of the file are reported at once; each line is
/// "file:line:column: found ..., wanted ... (nearest key ...)", joined by newlines in Error::what.
Result<Lab> read_lab(const std::filesystem::path& file, const std::string& profile,
                     const Vocabulary& vocabulary, const std::vector<Override>& overrides = {});

/// Expands tasks × arms × trials; libraries and hashes are still empty. seed = H(lab.seed, trial).
/// `only_tasks`: empty for all.
Plan expand(const Lab& lab, const std::vector<std::string>& only_tasks = {});

/// Labs installed with Gradus and a user's own: an id, a folder or a file → the lab.toml.
Result<std::filesystem::path> find_lab(const std::filesystem::path& labs_folder, const std::string& name);
std::vector<std::filesystem::path> list_labs(const std::filesystem::path& labs_folder);

}  // namespace gradus::lab
