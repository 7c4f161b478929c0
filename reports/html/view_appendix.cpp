// Recipe, seeds, environment, time and memory.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "framework/core/text.hpp"
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

struct Row {
  std::string name;
  std::string (*text)(const Json& plan);
};

std::string or_dash(std::string text) { return text.empty() ? "–" : text; }

const std::vector<Row>& recipe_rows() {
  static const std::vector<Row> kRows = {
      {"Model", [](const Json& p) { return plugin_text(p, "model"); }},
      {"Activation", [](const Json& p) { return plugin_text(p, "activation"); }},
      {"Augmentation",
       [](const Json& p) {
         if (const std::string plugin = plugin_text(p, "augmentation"); plugin != "–") return plugin;
         const std::string crop = plan_text(p, "input.crop");
         std::vector<std::string> parts;
         if (!crop.empty() && crop != "0") parts.push_back("random crop, padding " + crop);
         if (plan_text(p, "input.flip") == "true") parts.emplace_back("flip");
         return or_dash(join(parts, ", "));
       }},
      {"Optimizer",
       [](const Json& p) {
         const std::string name = plan_text(p, "recipe.optimizer.name");
         const bool nesterov = plan_text(p, "recipe.optimizer.nesterov") == "true";
         return or_dash((name == "sgd" ? "SGD" : name) + (nesterov ? ", Nesterov" : ""));
       }},
      {"Learning rate", [](const Json& p) { return or_dash(plan_text(p, "recipe.optimizer.lr")); }},
      {"Schedule", [](const Json& p) { return or_dash(plan_text(p, "recipe.schedule")); }},
      {"Momentum", [](const Json& p) { return or_dash(plan_text(p, "recipe.optimizer.momentum")); }},
      {"Weight decay",
       [](const Json& p) { return or_dash(plan_text(p, "recipe.optimizer.weight_decay")); }},
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
         const std::string train = plan_text(p, "data.split.train"), val = plan_text(p, "data.split.val");
         const std::string used = plan_text(p, "train_images");
         if (train.empty()) return std::string("–");
         return train + " / " + val + (used.empty() || used == "0" ? "" : ", trained on " + used);
       }},
      {"Normalised with mean", [](const Json& p) { return or_dash(plan_text(p, "input.mean")); }},
      {"and deviation", [](const Json& p) { return or_dash(plan_text(p, "input.std")); }},
      {"Seed of the split", [](const Json& p) { return or_dash(plan_text(p, "data.split.seed")); }},
      {"Seed of the run", [](const Json& p) { return or_dash(plan_text(p, "seed")); }},
      {"Device, type, threads",
       [](const Json& p) {
         return plan_text(p, "device") + ", " + plan_text(p, "dtype") + ", " + plan_text(p, "threads");
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
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
  }
  return texts.empty() ? "–" : join(texts, "; ");
}

View named(const std::string& name, const std::string& value, const std::string& trust = "") {
  View view;
  view.set("name", name);
  view.set("value", value);
  view.set("trust", maybe(trust));
  return view;
}

std::string ended_text(const Observed& observed) {
  std::vector<std::string> parts;
  for (const WorkerObserved& worker : observed.workers) {
    if (worker.signal != 0) {
      parts.push_back(fmt::format("{}: signal {}", worker.role, worker.signal));
    } else if (worker.exit_code != 0) {
      parts.push_back(fmt::format("{}: exit {}", worker.role, worker.exit_code));
    }
  }
  return parts.empty() ? "normally" : join(parts, "; ");
}

View resource_row(const std::string& name, const Observed& observed) {
  View row, workers = list();
  row.set("run", name);
  row.set("wall", duration(observed.wall_ms));
  double epochs_ms = 0;
  for (const double ms : observed.epoch_wall_ms) epochs_ms += ms;
  const auto epochs = static_cast<double>(observed.epoch_wall_ms.size());
  row.set("epoch", std::string(epochs > 0 ? duration(epochs_ms / epochs) : "–"));
  for (const char* role : {"trainer", "examiner"}) {
    double cpu_ms = 0;
    std::int64_t rss_kib = 0;
    bool any = false;
    for (const WorkerObserved& worker : observed.workers) {
      if (worker.role != role) continue;
      cpu_ms += worker.cpu_ms;
      rss_kib = std::max(rss_kib, worker.rss_kib);
      any = true;
    }
    View cells;
    cells.set("cpu", std::string(any ? duration(cpu_ms) : "–"));
    cells.set("memory", std::string(any ? byte_size(static_cast<double>(rss_kib) * 1024) : "–"));
    workers << cells;
  }
  row.set("workers", workers);
  row.set("ended", ended_text(observed));
  return row;
}

}  // namespace

View recipe_view(const std::vector<TaskPage>& tasks) {
  View columns = list(), rows = list();
  std::vector<const TaskView*> shown;
  for (const TaskPage& page : tasks) {
    if (!page.task->main_run()) continue;
    shown.push_back(page.task);
    columns << View("name", page.task->task->title.empty() ? page.task->task->id : page.task->task->title);
  }
  if (shown.empty()) return View(false);
  for (const Row& recipe : recipe_rows()) {
    View cells = list();
    bool any = false;
    for (const TaskView* task : shown) {
      const std::string text = over_runs(*task, recipe);
      any = any || text != "–";
      cells << View("value", text);
    }
    if (!any) continue;
    View row;
    row.set("name", recipe.name);
    row.set("cells", cells);
    rows << row;
  }
  View view;
  view.set("columns", columns);
  view.set("rows", rows);
  return view;
}

View environment_view(const ReportData& data) {
  View rows = list();
  bool any = false;
  for (const auto& [name, value] : data.result.environment) {
    rows << named(name, value);
    any = true;
  }
  // Hosts: most often one; where runs came from several, all of them.
  std::map<std::string, std::set<std::string>> hosts;
  std::set<std::string> layers;
  for (const auto& [hash, folder] : data.evidence) {
    for (const auto& [name, value] : folder.observed.host) hosts[name].insert(value);
    layers.insert(join(folder.observed.sandbox_layers, ", "));
  }
  const std::string observed = trust_sign(Trust::observed);
  for (const auto& [name, values] : hosts) {
    if (const auto known = data.result.environment.find(name);
        known != data.result.environment.end() && values == std::set<std::string>{known->second}) {
      continue;
    }
    rows << named(name, join(std::vector<std::string>(values.begin(), values.end()), "; "), observed);
    any = true;
  }
  layers.erase("");
  if (!layers.empty()) {
    rows << named("sandbox layers in force",
                  join(std::vector<std::string>(layers.begin(), layers.end()), "; "), observed);
    any = true;
  }
  return any ? View("rows", rows) : View(false);
}

View resources_view(const std::vector<TaskPage>& tasks) {
  View rows = list();
  std::set<std::string> shown;
  bool any = false;
  for (const TaskPage& page : tasks) {
    for (const RunView& run : page.task->runs) {
      if (!run.folder || !shown.insert(run.run->run_hash).second) continue;
      std::string name = page.task->task->title.empty() ? page.task->task->id : page.task->task->title;
      if (!run.label.empty()) name += ": " + run.label;
      rows << resource_row(name, run.folder->observed);
      any = true;
    }
  }
  return any ? View("rows", rows) : View(false);
}

}  // namespace gradus::reports
