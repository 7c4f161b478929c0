#include "reports/model/task_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
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

std::string arm_label(const ResultRun& run, const std::vector<std::string>& varied,
                      const std::function<std::string(const std::string&)>& title) {
  std::vector<std::string> parts;
  for (const std::string& key : varied) {
    const auto value = run.arm.find(key);
    if (value == run.arm.end()) continue;
    const std::string text = value_text(value->second);
    parts.push_back(key != "epochs" ? title(key) + " " + text
                    : text == "1"   ? "1 epoch"
                                    : text + " epochs");
  }
  return join(parts, ", ");
}

const std::map<std::string, std::string>& key_titles() {
  static const std::map<std::string, std::string> kTitles = {
      {"optimizer.lr", "learning rate"},
      {"optimizer.weight_decay", "weight decay"},
      {"optimizer.l1", "L1 strength"},
      {"l1", "L1 strength"},
      {"l2", "L2 strength"},
      {"optimizer.momentum", "momentum"},
      {"optimizer.nesterov", "Nesterov"},
      {"optimizer.name", "optimizer"},
      {"batch", "batch size"},
      {"input.crop", "crop padding"},
      {"input.flip", "flip"},
      {"input.pad", "padding"},
      {"input.flip_by", "flip by"},
      {"input.resize", "image height"},
      {"input.resize_else", "else"},
      {"optimizer.decays", "weight decay of"},
  };
  return kTitles;
}

/// For legends, which have little room.
std::string short_title(const std::string& key) {
  static const std::map<std::string, std::string> kShort = {
      {"optimizer.lr", "lr"}, {"optimizer.weight_decay", "decay"},
      {"optimizer.l1", "L1"}, {"l1", "L1"},
      {"l2", "L2"},           {"batch", "batch"},
      {"input.crop", "crop"}};
  const auto found = kShort.find(key);
  return found == kShort.end() ? key_title(key) : found->second;
}

void name_runs(TaskView& view, std::vector<std::string> varied) {
  // The main key first, whatever order the lab has.
  std::stable_partition(varied.begin(), varied.end(),
                        [&](const std::string& key) { return key == view.key; });
  std::map<std::string, std::set<std::string>> seen;  // arms that share a short label
  bool trials = false;
  for (RunView& run : view.runs) {
    run.label = arm_label(*run.run, varied, key_title);
    const auto value = run.run->arm.find(view.key);
    run.short_label = value == run.run->arm.end() ? run.run->id : value_text(value->second);
    seen[run.short_label].insert(run.label);
    trials = trials || run.run->trial != 0;
  }
  for (RunView& run : view.runs) {
    run.arm_compact_label = arm_label(*run.run, varied, short_title);
    if (seen[run.short_label].size() > 1) run.short_label = run.arm_compact_label;
    run.arm_label = run.label;
    run.arm_short_label = run.short_label;
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

bool TaskView::one_key() const {
  // An arm without the key stands alone: it shares a value with nobody.
  std::vector<std::pair<Json, const std::map<std::string, Json>*>> seen;
  for (const RunView& run : runs) {
    const auto value = run.run->arm.find(key);
    if (value == run.run->arm.end()) continue;
    for (const auto& [other, arm] : seen) {
      if (other == value->second && *arm != run.run->arm) return false;
    }
    seen.emplace_back(value->second, &run.run->arm);
  }
  return true;
}

std::string TaskView::arms_title() const {
  if (one_key()) return key_title(key);
  std::vector<std::string> titles = {key_title(key)};
  for (const std::string& other : task->varied) {
    if (other != key) titles.push_back(key_title(other));
  }
  const std::string last = titles.back();
  titles.pop_back();
  return "combination of " + join(titles, ", ") + " and " + last;
}

bool TaskView::several_trials() const {
  return std::any_of(runs.begin(), runs.end(),
                     [](const RunView& run) { return run.run->trial != 0; });
}

const RunView* TaskView::main_run() const {
  const RunView* chosen = nullptr;
  for (const RunView& run : runs) {
    if (!run.folder) continue;
    // What a run reached before it diverged is lost.
    const auto worth = [](const RunView& one) {
      return one.diverged() ? -0.5 : one.best_val().value_or(-1);
    };
    if (!chosen || worth(run) > worth(*chosen)) chosen = &run;
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
    if (const auto known = data.reported.find(task.id); known != data.reported.end()) {
      view.reported = &known->second;
    }
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
  const auto title = key_titles().find(key);
  return title == key_titles().end() ? key : title->second;
}

std::string with_key_titles(std::string text) {
  const auto in_key = [](char c) { return c == '_' || c == '.' || (c >= 'a' && c <= 'z'); };
  for (const auto& [key, title] : key_titles()) {
    if (key.find('.') == std::string::npos) continue;  // "batch" is a word of sentences
    for (std::size_t at = 0; (at = text.find(key, at)) != std::string::npos;) {
      const std::size_t end = at + key.size();
      const bool whole =
          (at == 0 || !in_key(text[at - 1])) && (end == text.size() || !in_key(text[end]));
      if (whole) text.replace(at, key.size(), title);
      at += whole ? title.size() : key.size();
    }
  }
  return text;
}

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
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
  if (value.is_number()) {
    std::string text = number(value.get<double>());
    const std::size_t zero = text.find("e-0");
    return zero == std::string::npos ? text : text.erase(zero + 2, 1);
  }
  if (value.is_null()) return "none";
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace gradus::reports
