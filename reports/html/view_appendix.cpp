// Environment, time and memory.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "framework/core/text.hpp"
#include "reports/html/view.hpp"

namespace gradus::reports {
namespace {

/// "cpu_capability AVX2, dtype float32" of a JSON object in a text; any other text as it is.
std::string readable(const std::string& text) {
  const Json json = text.starts_with('{') ? Json::parse(text, nullptr, false) : Json();
  if (!json.is_object()) return text;
  std::vector<std::string> parts;
  for (const auto& [key, value] : json.items()) {
    std::string name = key;
    std::replace(name.begin(), name.end(), '_', ' ');
    parts.push_back(name + " " + value_text(value));
  }
  return join(parts, ", ");
}

View named(const std::string& name, const std::string& value, const std::string& trust = "") {
  View view;
  view.set("name", name);
  view.set("value", readable(value));
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
    std::vector<std::string> texts;
    for (const std::string& value : values) texts.push_back(readable(value));
    rows << named(name, join(texts, "; "), observed);
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
  View groups = list();
  std::set<std::string> shown;
  std::size_t count = 0;
  for (const TaskPage& page : tasks) {
    const std::string title =
        page.task->task->title.empty() ? page.task->task->id : page.task->task->title;
    View rows = list();
    bool here = false, labelled = false;
    for (const RunView& run : page.task->runs) {
      if (!run.folder || !shown.insert(run.run->run_hash).second) continue;
      rows << resource_row(run.label.empty() ? title : run.label, run.folder->observed);
      here = true;
      ++count;
      labelled = labelled || !run.label.empty();
    }
    if (!here) continue;
    View group;
    group.set("task", labelled ? View(title) : View(false));
    group.set("rows", rows);
    groups << group;
  }
  if (count == 0) return View(false);
  View table;
  table.set("groups", groups);
  table.set("long", count > kShortTable);
  return table;
}

}  // namespace gradus::reports
