// Whose fault a failed run is.
//
// Theory of operation. A supervisor sees processes, and charges what happens in one to the
// submission: it cannot tell whose code it was, since all plugins of a run share it and any may
// lie. A run without a plugin of the submission's is another matter: what its constructors refuse
// is what the lab gives them. Only that is taken from the submission here; later phases also depend
// on its recipe.

#include "grader/lab_fault.hpp"

#include "framework/core/text.hpp"
#include "framework/record/evidence.hpp"

namespace gradus::grader {
namespace {

std::vector<const PluginUse*> plugins_of(const RunPlan& run) {
  std::vector<const PluginUse*> all = {&run.model};
  if (run.activation) all.push_back(&*run.activation);
  if (run.augmentation) all.push_back(&*run.augmentation);
  return all;
}

bool only_references(const RunPlan& run) {
  for (const PluginUse* use : plugins_of(run)) {
    if (use->role != "reference") return false;
  }
  return true;
}

/// "model = reference:resnet with depth = 21".
std::string use_text(const PluginUse& use) {
  std::vector<std::string> options;
  for (const auto& [key, value] : use.options) options.push_back(key + " = " + value.dump());
  const std::string with = options.empty() ? " without options" : " with " + join(options, ", ");
  return printable(use.kind + " = " + use.role + ":" + use.name + with, false, 300);
}

}  // namespace

Status check_references(const lab::Lab& lab, const Plan& plan,
                        const std::vector<executor::Entry>& entries) {
  for (std::size_t i = 0; i < plan.runs.size() && i < entries.size(); ++i) {
    const PlannedRun& planned = plan.runs[i];
    if (entries[i].evidence.empty() || !only_references(planned.run)) continue;
    const auto folder = read_evidence(entries[i].evidence);
    if (!folder.ok() || !folder->evidence.failure) continue;  // damage is told when it is marked
    const Failure& failure = *folder->evidence.failure;
    if (failure.fault != Fault::submission || !failure.phase.starts_with("construct")) continue;
    std::vector<std::string> uses;
    for (const PluginUse* use : plugins_of(planned.run)) uses.push_back(use_text(*use));
    return user_error(lab.file.string(),
                      "task." + planned.task + ": found " + join(uses, ", ") +
                          ", wanted what can be constructed: " + printable(failure.what),
                      "Mend the options in the lab; no submission is at fault.");
  }
  return {};
}

}  // namespace gradus::grader
