// The recipe and the seeds: what all tasks share, then one column a task.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "framework/core/text.hpp"
#include "framework/record/recipe_json.hpp"
#include "reports/html/view.hpp"

namespace gradus::reports {
namespace {

/// Text at a path of a plan ("recipe.optimizer.lr"); empty where absent.
std::string plan_text(const Json& plan, const std::string& path) {
  const Json* node = &plan;
  for (const std::string& part : split(path, '.')) {
    if (!node->is_object() || !node->contains(part)) return "";
    node = &(*node)[part];
  }
  if (node->is_null()) return "";
  if (node->is_array()) {
    std::vector<std::string> parts;
    for (const Json& item : *node) parts.push_back(value_text(item));
    return join(parts, ", ");
  }
  return node->is_object() ? "" : value_text(*node);
}

std::string plugin_text(const Json& plan, const std::string& kind) {
  const std::string name = plan_text(plan, kind + ".name"), role = plan_text(plan, kind + ".role");
  if (role.empty()) return "–";
  return (name.empty() ? "its only " + kind : name) + (role == "reference" ? " (reference)" : "");
}

/// "45,000" of "45000"; anything else as it is.
std::string grouped(const std::string& text) {
  if (text.empty() || text.size() > 15 ||
      text.find_first_not_of("0123456789") != std::string::npos) {
    return text;
  }
  return with_commas(std::stoll(text));
}

/// As plan_text(); an object becomes its name, then its keys with their values.
std::string flat_text(const Json& plan, const std::string& path) {
  const Json* node = &plan;
  for (const std::string& part : split(path, '.')) {
    if (!node->is_object() || !node->contains(part)) return "";
    node = &(*node)[part];
  }
  if (!node->is_object()) return plan_text(plan, path);
  std::vector<std::string> parts;
  if (node->contains("name")) parts.push_back(value_text((*node)["name"]));
  for (const auto& [key, value] : node->items()) {
    if (key != "name" && !value.is_null()) parts.push_back(key + " " + value_text(value));
  }
  return join(parts, ", ");
}

/// Penalties, clipping, early stopping and the like; empty for a plain recipe.
std::string extras_text(const Json& plan) {
  if (!plan.is_object() || !plan.contains("recipe")) return "";
  const auto recipe = recipe_from_json(plan.at("recipe"));
  return recipe.ok() ? summary_of_extras(*recipe) : "";
}

/// The pipeline of a plan; nothing where the plan has none that can be read.
std::optional<InputSpec> input_of(const Json& plan) {
  if (!plan.is_object() || !plan.contains("input")) return std::nullopt;
  auto input = input_from_json(plan.at("input"));
  return input.ok() ? std::optional(std::move(*input)) : std::nullopt;
}

struct Row {
  std::string name;
  std::string (*text)(const Json& plan);
};

constexpr const char* kRunSeed = "Seed of the run";

std::string or_dash(std::string text) { return text.empty() ? "–" : text; }

const std::vector<Row>& recipe_rows() {
  static const std::vector<Row> kRows = {
      {"Model", [](const Json& p) { return plugin_text(p, "model"); }},
      {"Activation", [](const Json& p) { return plugin_text(p, "activation"); }},
      {"Augmentation",
       [](const Json& p) {
         if (const std::string plugin = plugin_text(p, "augmentation"); plugin != "–")
           return plugin;
         const auto input = input_of(p);
         return or_dash(input ? summary(*input) : "");
       }},
      {"Image sizes",
       [](const Json& p) {
         const auto input = input_of(p);
         const bool plugin = plugin_text(p, "augmentation") != "–";
         return or_dash(input && !plugin ? summary_of_sizes(*input) : "");
       }},
      {"Optimizer",
       [](const Json& p) {
         const std::string name = plan_text(p, "recipe.optimizer.name");
         const bool nesterov = plan_text(p, "recipe.optimizer.nesterov") == "true";
         return or_dash((name == "sgd" ? "SGD" : name) + (nesterov ? ", Nesterov" : ""));
       }},
      {"Learning rate", [](const Json& p) { return or_dash(plan_text(p, "recipe.optimizer.lr")); }},
      {"Schedule", [](const Json& p) { return or_dash(flat_text(p, "recipe.schedule")); }},
      {"Besides", [](const Json& p) { return or_dash(extras_text(p)); }},
      {"Momentum",
       [](const Json& p) { return or_dash(plan_text(p, "recipe.optimizer.momentum")); }},
      {"Weight decay",
       [](const Json& p) {
         const std::string decay = plan_text(p, "recipe.optimizer.weight_decay");
         const bool weights = plan_text(p, "recipe.optimizer.decays") == "weights";
         return or_dash(decay) + (weights ? ", weights only" : "");
       }},
      {"Epochs", [](const Json& p) { return or_dash(plan_text(p, "recipe.epochs")); }},
      {"Batch size", [](const Json& p) { return or_dash(plan_text(p, "recipe.batch")); }},
      {"Loss",
       [](const Json& p) {
         std::string loss = plan_text(p, "recipe.loss");
         std::replace(loss.begin(), loss.end(), '_', '-');
         return or_dash(loss);
       }},
      {"Data", [](const Json& p) { return or_dash(plan_text(p, "data.name")); }},
      {"Split (train / validation)",
       [](const Json& p) {
         const std::string train = plan_text(p, "data.split.train"),
                           val = plan_text(p, "data.split.val");
         const std::string used = plan_text(p, "train_images");
         if (train.empty()) return std::string("–");
         return grouped(train) + " / " + grouped(val) +
                (used.empty() || used == "0" ? "" : ", trained on " + grouped(used));
       }},
      {"Normalised with mean", [](const Json& p) { return or_dash(plan_text(p, "input.mean")); }},
      {"and deviation", [](const Json& p) { return or_dash(plan_text(p, "input.std")); }},
      {"Seed of the split", [](const Json& p) { return or_dash(plan_text(p, "data.split.seed")); }},
      {kRunSeed, [](const Json& p) { return or_dash(plan_text(p, "seed")); }},
      {"Device, type, threads",
       [](const Json& p) {
         const std::string gpu = plan_text(p, "device_name");
         return plan_text(p, "device") + (gpu.empty() ? "" : " (" + gpu + ")") + ", " +
                plan_text(p, "dtype") + ", " + plan_text(p, "threads");
       }},
  };
  return kRows;
}

/// One text where all runs agree, else the list of what there is.
std::string over_runs(const TaskView& task, const Row& row) {
  std::vector<std::string> texts;
  for (const RunView& run : task.runs) {
    if (!run.folder) continue;
    std::string text = row.text(run.folder->evidence.plan);
    if (std::find(texts.begin(), texts.end(), text) == texts.end())
      texts.push_back(std::move(text));
  }
  return texts.empty() ? "–" : join(texts, "; ");
}

/// Whose recipe each task was trained by.
View origin_row(const LabResult& result, const std::vector<const TaskView*>& shown) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : result.own_recipe.at("values").items())
    keys.push_back(key_title(key));
  View cells = list();
  for (const TaskView* task : shown) {
    cells << View("value", !task->task->own_recipe ? std::string("the lab’s")
                           : keys.empty() ? std::string("the lab’s; the submission’s says nothing")
                                          : "the submission’s own: " + join(keys, ", "));
  }
  View row;
  row.set("name", "Recipe of");
  row.set("cells", cells);
  return row;
}

}  // namespace

View recipe_view(const ReportData& data, const std::vector<TaskPage>& tasks) {
  View columns = list(), rows = list(), common = list();
  bool any_common = false, any_row = false;
  std::vector<const TaskView*> shown;
  for (const TaskPage& page : tasks) {
    if (!page.task->main_run()) continue;
    shown.push_back(page.task);
    columns << View("name",
                    page.task->task->title.empty() ? page.task->task->id : page.task->task->title);
  }
  if (shown.empty()) return View(false);
  if (!data.result.own_recipe.is_null()) {
    rows << origin_row(data.result, shown);
    any_row = true;
  }
  for (const Row& recipe : recipe_rows()) {
    if (data.hide_seeds && std::string_view(recipe.name) == kRunSeed) continue;
    View cells = list();
    std::vector<std::string> texts;
    for (const TaskView* task : shown) {
      texts.push_back(over_runs(*task, recipe));
      cells << View("value", texts.back());
    }
    const bool same = std::all_of(texts.begin(), texts.end(),
                                  [&](const std::string& text) { return text == texts.front(); });
    if (same && texts.front() == "–") continue;
    View row;
    row.set("name", recipe.name);
    if (same) {  // once is enough, and columns of many tasks are narrow
      row.set("value", texts.front());
      common << row;
      any_common = true;
    } else {
      row.set("cells", cells);
      rows << row;
      any_row = true;
    }
  }
  View view;
  view.set("columns", columns);
  view.set("rows", rows);
  view.set("common", common);
  view.set("any_common", any_common);
  view.set("any_row", any_row);
  view.set("both", any_common && any_row);
  return view;
}

}  // namespace gradus::reports
