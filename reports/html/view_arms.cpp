// The table of a task's arms: one row an arm, mean and deviation where it has several trials.
#include <fmt/format.h>

#include <algorithm>

#include "framework/core/text.hpp"
#include "reports/html/view.hpp"
#include "reports/model/arm_view.hpp"

namespace gradus::reports {
namespace {

View column(const std::string& name, const char* cls, std::optional<Trust> trust = std::nullopt) {
  View view;
  view.set("name", name);
  view.set("class", std::string(cls));
  view.set("trust", trust ? View(std::string(trust_sign(*trust))) : View(false));
  return view;
}

View cell(const std::string& value, const char* cls = "num") {
  View view;
  view.set("value", value);
  view.set("class", std::string(cls));
  return view;
}

std::string status_text(const RunView& run) {
  if (!run.folder) return "missing";
  const Evidence& e = run.folder->evidence;
  if (e.status == "diverged") {
    return e.diverged_epoch ? fmt::format("diverged, epoch {}", *e.diverged_epoch) : "diverged";
  }
  if (e.status == "failed") return e.failure ? "failed: " + e.failure->code : "failed";
  if (run.stopped()) {
    return fmt::format("stopped after {} epoch{}", *run.run->stopped_after,
                       *run.run->stopped_after == 1 ? "" : "s");
  }
  return e.status;
}

/// What the trials of an arm say, each different text once: "11, 8" or "done; diverged, epoch 3".
std::string over_trials(const ArmView& arm, const char* separator,
                        std::string (*text)(const RunView& run)) {
  std::vector<std::string> texts;
  for (const RunView* run : arm.runs) {
    std::string one = text(*run);
    if (std::find(texts.begin(), texts.end(), one) == texts.end()) texts.push_back(std::move(one));
  }
  return join(texts, separator);
}

std::string best_epoch(const RunView& run) {
  const Evidence* e = run.evidence();
  return e && e->best_epoch && !run.diverged() ? std::to_string(*e->best_epoch) : "–";
}

std::optional<double> wall_ms(const ArmView& arm) {
  double total = 0, n = 0;
  for (const RunView* run : arm.runs) {
    if (!run->folder) continue;
    total += run->folder->observed.wall_ms;
    n += 1;
  }
  return n > 0 ? std::optional<double>(total / n) : std::nullopt;
}

struct Shown {
  bool reported = false, test = false, trials = false, recomputed = false;
};

View columns_of(const std::vector<std::string>& keys, const Shown& shown) {
  View columns = list();
  for (const std::string& key : keys) columns << column(key_title(key), "num");
  if (keys.empty()) columns << column("trials", "num");
  if (shown.reported) columns << column("document", "num");
  columns << column("best val.", "num", Trust::recomputed) << column("at epoch", "num");
  columns << column("last val.", "num", Trust::recomputed);
  columns << column("last train", "num", shown.recomputed ? Trust::recomputed : Trust::claimed);
  columns << column("gap", "num");
  if (shown.test) columns << column("test", "num", Trust::recomputed);
  columns << column("time", "num", Trust::observed) << column("outcome", "outcome");
  return columns;
}

}  // namespace

View arms_table(const TaskView& task) {
  const std::vector<ArmView> arms = arms_of(task);
  std::vector<std::string> keys = task.task->varied;
  std::stable_partition(keys.begin(), keys.end(),
                        [&](const std::string& key) { return key == task.key; });
  Shown shown;
  shown.trials = task.several_trials();
  for (const ArmView& arm : arms) {
    shown.reported = shown.reported || arm.reported.has_value();
    shown.test = shown.test || arm.test().has_value();
    for (const RunView* run : arm.runs)
      shown.recomputed = shown.recomputed || run->train_is_recomputed();
  }
  const auto best_of = [](const ArmView& arm) {
    const auto best = arm.spread(&RunView::best_val);
    return best && arm.diverged() < arm.runs.size() ? best->mean : -1.0;
  };
  double best = -1;
  for (const ArmView& arm : arms) best = std::max(best, best_of(arm));

  View rows = list();
  for (const ArmView& arm : arms) {
    View cells = list();
    for (const std::string& key : keys) {
      const auto value = arm.runs.front()->run->arm.find(key);
      cells << cell(value == arm.runs.front()->run->arm.end() ? "–" : value_text(value->second));
    }
    if (keys.empty()) cells << cell(std::to_string(arm.runs.size()));
    if (shown.reported) {
      cells << cell(arm.reported ? fmt::format("{:.2f}", *arm.reported * 100) : "–");
    }
    const bool lost = arm.diverged() == arm.runs.size();
    cells << cell(lost ? "–" : spread_text(arm.spread(&RunView::best_val)));
    cells << cell(over_trials(arm, ", ", best_epoch));
    cells << cell(spread_text(arm.spread(&RunView::final_val)));
    cells << cell(spread_text(arm.spread(&RunView::final_train)));
    cells << cell(spread_text(arm.spread(&RunView::gap), 1));
    if (shown.test) cells << cell(spread_text(arm.test()));
    const auto wall = wall_ms(arm);
    cells << cell(wall ? duration(*wall) : "–", "num time");
    cells << cell(over_trials(arm, "; ", status_text), "outcome");
    View row;
    row.set("cells", cells);
    const bool first_best = arms.size() > 1 && best >= 0 && best_of(arm) >= best;
    row.set("best", first_best);
    if (first_best) best = 2;  // of equal arms the first
    rows << row;
  }
  View view;
  view.set("heading", std::string(task.sweep() ? "Arms in numbers" : "Trials in numbers"));
  view.set("columns", columns_of(keys, shown));
  view.set("rows", rows);
  view.set("long", arms.size() > kShortTable);
  view.set("several", arms.size() > 1);
  view.set("trials",
           shown.trials ? View(fmt::format("{}", arms.front().runs.size())) : View(false));
  view.set("document", shown.reported && task.reported && !task.reported->source.empty()
                           ? View(task.reported->source)
                           : View(false));
  return view;
}

}  // namespace gradus::reports
