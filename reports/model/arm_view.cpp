#include "reports/model/arm_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace gradus::reports {
namespace {

std::optional<Spread> spread_of(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  Spread s;
  s.n = values.size();
  const auto n = static_cast<double>(s.n);
  for (const double value : values) s.mean += value / n;
  for (const double value : values) s.deviation += (value - s.mean) * (value - s.mean) / n;
  s.deviation = std::sqrt(s.deviation);
  return s;
}

}  // namespace

std::optional<Spread> ArmView::spread(FigureOf figure) const {
  std::vector<double> values;
  for (const RunView* run : runs) {
    if (const auto value = (run->*figure)()) values.push_back(*value);
  }
  return spread_of(values);
}

std::optional<Spread> ArmView::score(const std::string& split) const {
  std::vector<double> values;
  for (const RunView* run : runs) {
    if (!run->folder) continue;
    const auto score = run->folder->evidence.scores.find(split);
    if (score != run->folder->evidence.scores.end()) values.push_back(score->second.accuracy);
  }
  return spread_of(values);
}

std::size_t ArmView::diverged() const {
  return static_cast<std::size_t>(
      std::count_if(runs.begin(), runs.end(), [](const RunView* run) { return run->diverged(); }));
}

bool ArmView::stopped() const { return stopped_after() > 0; }

std::int64_t ArmView::stopped_after() const {
  std::int64_t epochs = 0;
  for (const RunView* run : runs) epochs = std::max(epochs, run->run->stopped_after.value_or(0));
  return epochs;
}

std::vector<std::vector<double>> ArmView::curve(std::optional<double> EpochRecord::*field,
                                                double scale) const {
  std::map<std::int64_t, std::vector<double>> values;
  for (const RunView* run : runs) {
    if (!run->folder) continue;
    for (const EpochRecord& record : run->folder->evidence.epochs) {
      const auto& value = record.*field;
      if (value && std::isfinite(*value)) values[record.epoch].push_back(*value * scale);
    }
  }
  std::vector<std::vector<double>> rows;
  for (const auto& [epoch, figures] : values) {
    rows.push_back({static_cast<double>(epoch), spread_of(figures)->mean});
  }
  return rows;
}

std::vector<ArmView> arms_of(const TaskView& task) {
  std::vector<ArmView> arms;
  for (const RunView& run : task.runs) {
    const auto same = std::find_if(arms.begin(), arms.end(), [&](const ArmView& arm) {
      return arm.runs.front()->run->arm == run.run->arm;
    });
    if (same != arms.end()) {
      same->runs.push_back(&run);
      continue;
    }
    ArmView arm;
    arm.number = arms.size();
    arm.label = run.arm_label;
    arm.short_label = run.arm_short_label;
    arm.compact_label = run.arm_compact_label;
    arm.runs = {&run};
    if (task.reported && arm.number < task.reported->val_accuracy.size()) {
      arm.reported = task.reported->val_accuracy[arm.number];
    }
    arms.push_back(std::move(arm));
  }
  return arms;
}

std::string spread_text(const std::optional<Spread>& spread, int digits) {
  if (!spread) return "–";
  const std::string mean = fmt::format("{:.{}f}", spread->mean * 100, digits);
  if (spread->n < 2) return mean;
  return mean + fmt::format(" ±\u00A0{:.{}f}", spread->deviation * 100, digits);
}

}  // namespace gradus::reports
