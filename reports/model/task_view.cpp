#include "reports/model/task_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "framework/core/text.hpp"

namespace gradus::reports {
namespace {

/// The key a sweep is about. Labs lengthen runs together with a small learning rate, so "epochs"
/// is the x axis only where nothing else varies.
std::string main_key(const ResultTask& task, const std::vector<const FigureSpec*>& specs) {
  const auto varies = [&](const std::string& key) {
    return std::find(task.varied.begin(), task.varied.end(), key) != task.varied.end();
  };
  for (const FigureSpec* spec : specs) {
    if (!spec->key.empty() && varies(spec->key)) return spec->key;
  }
  for (const std::string& key : task.varied) {
    if (key != "epochs") return key;
  }
  return task.varied.empty() ? std::string() : task.varied.front();
}

std::string arm_label(const ResultRun& run, const std::vector<std::string>& varied) {
  std::vector<std::string> parts;
  for (const std::string& key : varied) {
    const auto value = run.arm.find(key);
    if (value == run.arm.end()) continue;
    parts.push_back(key == "epochs" ? value_text(value->second) + " epochs"
                                    : key_title(key) + " " + value_text(value->second));
  }
  return join(parts, ", ");
}

void name_runs(TaskView& view, std::vector<std::string> varied) {
  // The main key first, whatever order the lab has.
  std::stable_partition(varied.begin(), varied.end(),
                        [&](const std::string& key) { return key == view.key; });
  std::map<std::string, int> seen;
  bool trials = false;
  for (RunView& run : view.runs) {
    run.label = arm_label(*run.run, varied);
    const auto value = run.run->arm.find(view.key);
    run.short_label = value == run.run->arm.end() ? run.run->id : value_text(value->second);
    ++seen[run.short_label];
    trials = trials || run.run->trial != 0;
  }
  for (RunView& run : view.runs) {
    if (seen[run.short_label] > 1 && !run.label.empty()) run.short_label = run.label;
    if (!trials) continue;
    const std::string trial = fmt::format("trial {}", run.run->trial + 1);
    run.label += (run.label.empty() ? "" : ", ") + trial;
    run.short_label += ", " + trial;
  }
}

}  // namespace

bool RunView::has_curve() const {
  return folder && std::any_of(folder->evidence.epochs.begin(), folder->evidence.epochs.end(),
                               [](const EpochRecord& e) { return e.epoch > 0; });
}

std::optional<double> RunView::best_val() const {
  if (!folder) return std::nullopt;
  const Evidence& e = folder->evidence;
  if (const auto score = e.scores.find("best_val"); score != e.scores.end()) {
    return score->second.accuracy;
  }
  std::optional<double> best;
  for (const EpochRecord& record : e.epochs) {
    if (record.epoch > 0 && record.val_accuracy && (!best || *record.val_accuracy > *best)) {
      best = record.val_accuracy;
    }
  }
  return best;
}

std::optional<double> RunView::final_val() const {
  if (!folder || folder->evidence.status != "done") return std::nullopt;
  const Evidence& e = folder->evidence;
  if (const auto score = e.scores.find("final_val"); score != e.scores.end()) {
    return score->second.accuracy;
  }
  return e.epochs.size() > 1 ? e.epochs.back().val_accuracy : std::nullopt;
}

bool RunView::train_is_recomputed() const {
  return folder && folder->evidence.scores.contains("train");
}

std::optional<double> RunView::final_train() const {
  if (!folder || folder->evidence.status != "done") return std::nullopt;
  const Evidence& e = folder->evidence;
  if (const auto score = e.scores.find("train"); score != e.scores.end()) {
    return score->second.accuracy;
  }
  return e.epochs.empty() ? std::nullopt : e.epochs.back().train_accuracy;
}

std::optional<double> RunView::gap() const {
  const auto train = final_train(), val = final_val();
  return train && val ? std::optional<double>(*train - *val) : std::nullopt;
}

const RunView* TaskView::main_run() const {
  const RunView* chosen = nullptr;
  for (const RunView& run : runs) {
    if (!run.folder) continue;
    if (!chosen || run.best_val().value_or(-1) > chosen->best_val().value_or(-1)) chosen = &run;
  }
  return chosen;
}

const FigureSpec* TaskView::spec(const std::string& kind) const {
  for (const FigureSpec* candidate : specs) {
    if (candidate->kind == kind) return candidate;
  }
  return nullptr;
}

std::int64_t TaskView::classes() const {
  if (!data->result.classes.empty()) return static_cast<std::int64_t>(data->result.classes.size());
  for (const RunView& run : runs) {
    if (!run.folder) continue;
    for (const auto& [name, score] : run.folder->evidence.scores) {
      if (!score.confusion.empty()) return static_cast<std::int64_t>(score.confusion.size());
    }
  }
  return 0;
}

std::vector<TaskView> task_views(const ReportData& data) {
  std::vector<TaskView> views;
  for (const ResultTask& task : data.result.tasks) {
    TaskView view;
    view.data = &data;
    view.task = &task;
    for (const FigureSpec& spec : data.result.figures) {
      if (spec.task == task.id) view.specs.push_back(&spec);
    }
    view.key = main_key(task, view.specs);
    for (const ResultRun& run : data.result.runs) {
      if (run.task != task.id) continue;
      const auto found = data.evidence.find(run.run_hash);
      RunView item;
      item.run = &run;
      if (run.status != "missing" && found != data.evidence.end()) item.folder = &found->second;
      view.runs.push_back(std::move(item));
    }
    name_runs(view, task.varied);
    views.push_back(std::move(view));
  }
  return views;
}

std::string key_title(const std::string& key) {
  static const std::map<std::string, std::string> kTitles = {
      {"optimizer.lr", "learning rate"},
      {"optimizer.weight_decay", "weight decay"},
      {"optimizer.momentum", "momentum"},
      {"optimizer.nesterov", "Nesterov"},
      {"optimizer.name", "optimizer"},
      {"batch", "batch size"},
      {"input.crop", "crop padding"},
      {"input.flip", "flip"},
  };
  const auto title = kTitles.find(key);
  return title == kTitles.end() ? key : title->second;
}

std::string clipped(const std::string& text, std::size_t characters) {
  const std::string clean = printable(text, false, characters * 4 + 16);
  std::size_t count = 0, kept = 0;
  for (std::size_t at = 0; at < clean.size(); ++at) {
    if ((static_cast<unsigned char>(clean[at]) & 0xC0U) == 0x80U) continue;  // inside a character
    if (count + 1 == characters) kept = at;
    if (count == characters) return clean.substr(0, kept) + "…";
    ++count;
  }
  return clean;
}

std::string value_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return value.dump();
  if (value.is_number()) return number(value.get<double>());
  if (value.is_null()) return "none";
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace gradus::reports
