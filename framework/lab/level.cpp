#include <algorithm>
#include <set>

#include "framework/lab/lab.hpp"

namespace gradus::lab {
namespace {

/// Cuts the probes that options name down to those that are left; false where none is.
bool cut(Json& options, const NamedSpec& check, const std::set<std::string>& left) {
  for (const KeySpec& key : check.keys) {
    if (key.type != ValueType::probes || !options.contains(key.name)) continue;
    Json kept = Json::array();
    for (const Json& name : options[key.name]) {
      if (left.contains(name.get<std::string>())) kept.push_back(name);
    }
    if (kept.empty()) return false;
    options[key.name] = std::move(kept);
  }
  return true;
}

/// Whether the item can still be judged.
bool stays(RubricItem& item, const Task& task, const Vocabulary& vocabulary) {
  const NamedSpec* check = spec_named(vocabulary.checks, item.check);
  if (check == nullptr || task.kind != "probe") return true;
  std::set<std::string> left;
  for (const ProbeSpec& probe : task.probes) left.insert(probe.name);
  for (const std::string& needed : check->needs_probes) {
    if (!left.contains(needed)) return false;
  }
  std::erase_if(item.partial,
                [&](RubricItem::Partial& weaker) { return !cut(weaker.options, *check, left); });
  return cut(item.options, *check, left);
}

}  // namespace

void limit_level(Lab& lab, const Vocabulary& vocabulary, int level) {
  for (Task& task : lab.tasks) {
    std::erase_if(task.probes, [&](const ProbeSpec& probe) {
      const NamedSpec* spec = spec_named(vocabulary.probes, probe.name);
      return spec != nullptr && spec->level > level;
    });
  }
  std::erase_if(lab.tasks, [&](const Task& task) {
    return task.kind == "probe" ? task.probes.empty() : level < kTrainingLevel;
  });
  std::erase_if(lab.rubric, [&](RubricItem& item) {
    const Task* task = task_named(lab.tasks, item.task);
    return task == nullptr || !stays(item, *task, vocabulary);
  });
  std::erase_if(lab.figures, [&](const FigureSpec& figure) {
    return !figure.task.empty() && task_named(lab.tasks, figure.task) == nullptr;
  });
}

}  // namespace gradus::lab
