// Plugins that no folder of the references holds: the lab would not run without a submission, or
// not at all.

#include <algorithm>

#include "framework/core/text.hpp"
#include "framework/lab/lint.hpp"
#include "framework/lab/parts.hpp"

namespace gradus::lab {
namespace {

using Folder = std::vector<PluginName>;

std::vector<std::string> names_of(const std::map<std::string, Folder>& plugins) {
  std::vector<std::string> names;
  for (const auto& [name, folder] : plugins) names.push_back(name);
  return names;
}

std::string unknown(const std::string& name, const std::map<std::string, Folder>& plugins) {
  const auto known = names_of(plugins);
  return "found no reference plugin '" + printable(name, false, 60) + "', wanted one of " +
         enumerate(known) + did_you_mean(name, known);
}

/// How many plugins of the folder fit.
std::ptrdiff_t fitting(const Folder& folder, const PluginUse& use) {
  return std::count_if(folder.begin(), folder.end(), [&](const PluginName& plugin) {
    return plugin.kind == use.kind && (use.name.empty() || plugin.name == use.name);
  });
}

/// What is wrong with a use of a plugin; empty: nothing.
std::string trouble(const Lint& lint, const PluginUse& use) {
  const auto& plugins = lint.vocabulary.plugins;
  const std::string what = use.kind + (use.name.empty() ? "" : " '" + use.name + "'");
  if (use.role == "reference") {
    const auto folder = plugins.find(use.name);
    if (folder == plugins.end()) return unknown(use.name, plugins);
    if (fitting(folder->second, use) > 0) return "";
    return "found the reference plugin '" + use.name + "', which is no " + use.kind +
           ", wanted the name of one that is";
  }
  if (lint.lab.reference.empty()) return "";  // nothing stands in: there is always a submission
  std::ptrdiff_t count = 0;
  for (const std::string& name : lint.lab.reference) {
    const auto folder = plugins.find(name);
    if (folder == plugins.end()) return "";  // said once, of [submission]
    count += fitting(folder->second, use);
  }
  if (count == 1 || (count == 0 && lint.lab.may_do_without(use))) return "";
  return count == 0
             ? "found no " + what +
                   " among the plugins that stand in for a submission, wanted the folder "
                   "that has it in [submission] reference"
             : "found " + std::to_string(count) + " plugins of kind " + use.kind +
                   " that stand in for a submission, wanted \"submission:NAME\" to say which";
}

std::optional<PluginUse> use_of(const RunPlan& run, const std::string& kind) {
  if (kind == "model") return run.model;
  return kind == "activation" ? run.activation : run.augmentation;
}

void lint_task(const Lint& lint, const Task& task, const Node& node) {
  for (const std::string kind : {"model", "activation", "augmentation"}) {
    const bool varied =
        std::find(task.varied.begin(), task.varied.end(), kind) != task.varied.end();
    for (const Arm& arm : task.arms) {
      const auto use = use_of(run_of_arm(task, arm), kind);
      const std::string what = use ? trouble(lint, *use) : "";
      if (what.empty()) continue;
      lint.errors.add(place_of(node, varied ? "vary" : kind),
                      "task." + task.id + (varied ? ".vary." : ".") + kind + ": " + what);
      break;
    }
  }
}

}  // namespace

void lint_plugins(const Lint& lint) {
  const auto& plugins = lint.vocabulary.plugins;
  if (plugins.empty()) return;  // the caller does not know them
  for (const std::string& name : lint.lab.reference) {
    if (!plugins.contains(name)) {
      lint.errors.add(place_of(lint.root, "submission.reference"),
                      "submission.reference: " + unknown(name, plugins));
    }
  }
  for (std::size_t i = 0; i < lint.lab.tasks.size(); ++i)
    lint_task(lint, lint.lab.tasks[i], item_of(lint.root, "task", i));
}

}  // namespace gradus::lab
