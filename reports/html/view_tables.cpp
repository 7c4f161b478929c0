// Tables of a task: arms of a sweep, layers, probes.
#include <fmt/format.h>

#include <algorithm>

#include "framework/core/text.hpp"
#include "framework/record/probes.hpp"
#include "reports/html/view.hpp"

namespace gradus::reports {
namespace {

View column(const std::string& name, bool numeric, std::optional<Trust> trust = std::nullopt) {
  View view;
  view.set("name", name);
  view.set("class", std::string(numeric ? "num" : ""));
  view.set("trust", trust ? View(std::string(trust_sign(*trust))) : View(false));
  return view;
}

View cell(const std::string& value, bool numeric) {
  View view;
  view.set("value", value);
  view.set("class", std::string(numeric ? "num" : ""));
  return view;
}

std::string status_text(const RunView& run) {
  if (!run.folder) return "missing";
  const Evidence& e = run.folder->evidence;
  if (e.status == "diverged") {
    return e.diverged_epoch ? fmt::format("diverged, epoch {}", *e.diverged_epoch) : "diverged";
  }
  if (e.status == "failed") return e.failure ? "failed: " + e.failure->code : "failed";
  return e.status;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::vector<std::string> extents;
  for (const std::int64_t extent : shape) extents.push_back(std::to_string(extent));
  return "[" + join(extents, ", ") + "]";
}

bool same_tensors(const std::vector<TensorInfo>& a, const std::vector<TensorInfo>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const TensorInfo& x, const TensorInfo& y) {
                      return x.name == y.name && x.kind == y.kind && x.shape == y.shape;
                    });
}

/// "loss 2.3073; wanted loss 2.3026, tolerance 0.05".
std::string numbers_text(const ProbeOutcome& probe) {
  const auto pairs = [](const std::map<std::string, Json>& values) {
    std::vector<std::string> parts;
    for (const auto& [name, value] : values) {
      parts.push_back(name + " " + (value.is_number_float()
                                        ? fmt::format("{:.5g}", value.get<double>())
                                        : printable(value_text(value), false, 80)));
    }
    return join(parts, ", ");
  };
  const std::string found = pairs(probe.found), wanted = pairs(probe.wanted);
  if (found.empty() && wanted.empty()) return "";
  return "found " + (found.empty() ? "–" : found) + (wanted.empty() ? "" : "; wanted " + wanted);
}

}  // namespace

View sweep_table(const TaskView& task) {
  std::vector<std::string> keys = task.task->varied;
  std::stable_partition(keys.begin(), keys.end(),
                        [&](const std::string& key) { return key == task.key; });
  const auto any = [&](auto&& has) { return std::any_of(task.runs.begin(), task.runs.end(), has); };
  const bool test = any([](const RunView& run) {
    return run.folder && run.folder->evidence.scores.contains("test");
  });
  const bool trials = any([](const RunView& run) { return run.run->trial != 0; });
  const bool recomputed = any([](const RunView& run) { return run.train_is_recomputed(); });
  const RunView* best = task.main_run();

  View columns = list(), rows = list();
  for (const std::string& key : keys) columns << column(key_title(key), true);
  if (trials) columns << column("trial", true);
  columns << column("best val.", true, Trust::recomputed) << column("at epoch", true);
  columns << column("last val.", true, Trust::recomputed);
  columns << column("last train", true, recomputed ? Trust::recomputed : Trust::claimed);
  columns << column("gap", true);
  if (test) columns << column("test", true, Trust::recomputed);
  columns << column("time", true, Trust::observed);
  View outcome = column("outcome", false);
  outcome.set("class", std::string("w14"));
  columns << outcome;
  for (const RunView& run : task.runs) {
    View cells = list();
    for (const std::string& key : keys) {
      const auto value = run.run->arm.find(key);
      cells << cell(value == run.run->arm.end() ? "–" : value_text(value->second), true);
    }
    if (trials) cells << cell(std::to_string(run.run->trial + 1), true);
    const Evidence* e = run.evidence();
    cells << cell(run.diverged() ? "–" : percent_text(run.best_val()), true);
    cells << cell(e && e->best_epoch && !run.diverged() ? std::to_string(*e->best_epoch) : "–", true);
    cells << cell(percent_text(run.final_val()), true) << cell(percent_text(run.final_train()), true);
    cells << cell(run.gap() ? fmt::format("{:.1f}", *run.gap() * 100) : "–", true);
    if (test) {
      const bool has = e && e->scores.contains("test");
      cells << cell(has ? percent(e->scores.at("test").accuracy) : "–", true);
    }
    cells << cell(run.folder ? duration(run.folder->observed.wall_ms) : "–", true);
    cells << cell(status_text(run), false);
    View row;
    row.set("cells", cells);
    row.set("best", &run == best && run.best_val().has_value() && !run.diverged());
    rows << row;
  }
  View view;
  view.set("columns", columns);
  view.set("rows", rows);
  return view;
}

View layers_view(const TaskView& task, const std::string& title, std::vector<ShownLayers>& shown) {
  const RunView* run = task.main_run();
  if (!run || run->folder->evidence.tensors.empty()) return View(false);
  const Evidence& e = run->folder->evidence;
  View view;
  const FigureSpec* spec = task.spec("layers");
  view.set("heading", spec && !spec->title.empty() ? spec->title : "Layers");
  view.set("caption", maybe(spec ? spec->caption : ""));
  view.set("same", false);
  view.set("table", false);
  for (const ShownLayers& other : shown) {
    if (!same_tensors(other.tensors, e.tensors)) continue;
    view.set("same", fmt::format("The same {} parameters in {} tensors as under “{}”.",
                                 with_commas(e.parameters), e.tensors.size(), other.title));
    return view;
  }
  shown.push_back({title, e.tensors});

  View rows = list();
  std::int64_t weights = 0, largest = 1;
  for (const TensorInfo& tensor : e.tensors) {
    if (tensor.kind == "parameter") largest = std::max(largest, tensor.count);
  }
  for (const TensorInfo& tensor : e.tensors) {
    const bool parameter = tensor.kind == "parameter";
    if (parameter && tensor.shape.size() > 1) weights += tensor.count;
    View row;
    row.set("name", printable(tensor.name, false, 200));
    row.set("shape", shape_text(tensor.shape));
    row.set("count", parameter ? with_commas(tensor.count) : "–");
    const double share =
        100 * static_cast<double>(tensor.count) / static_cast<double>(largest);
    row.set("share", parameter ? View(fmt::format("{:.2f}", std::clamp(share, 0.3, 100.0))) : View(false));
    row.set("kind", parameter ? View(false)
                              : View(fmt::format("{}, {}", tensor.kind, tensor.dtype)));
    rows << row;
  }
  View table;
  table.set("rows", rows);
  table.set("total", with_commas(e.parameters));
  table.set("weights", with_commas(weights));
  view.set("table", table);
  return view;
}

View probes_view(const TaskView& task) {
  View rows = list();
  bool any = false;
  for (const RunView& run : task.runs) {
    if (!run.folder) continue;
    for (const ProbeOutcome& probe : run.folder->evidence.probes) {
      std::string help;
      for (const ProbeInfo& info : probe_table()) {
        if (info.name == probe.name) help = info.help;
      }
      std::string name = probe.name;
      std::replace(name.begin(), name.end(), '_', ' ');
      View row;
      row.set("icon", verdict_icon(probe.verdict));
      row.set("name", name);
      row.set("trust", std::string(trust_sign(probe.trust)));
      row.set("help", help);
      row.set("message", printable(probe.message, false, 1000));
      row.set("numbers", maybe(numbers_text(probe)));
      rows << row;
      any = true;
    }
  }
  return any ? View("rows", rows) : View(false);
}

}  // namespace gradus::reports
