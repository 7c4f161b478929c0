#include "grader/resolve.hpp"

#include <algorithm>

#include "framework/core/text.hpp"

namespace gradus::grader {
namespace {

std::string quoted_list(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back("'" + printable(name, false, 60) + "'");
  return join(quoted, ", ");
}

std::string article(const std::string& kind) { return (kind == "model" ? "a " : "an ") + kind; }

}  // namespace

std::vector<Resolver::Candidate> Resolver::of_kind(const std::string& kind) const {
  std::vector<Candidate> found;
  for (const Source& source : submission_) {
    for (const build::ListedPlugin& plugin : source.built.plugins) {
      if (plugin.kind == kind) found.push_back({&source, plugin.name});
    }
  }
  return found;
}

std::string Resolver::inventory() const {
  std::vector<std::string> all;
  for (const Source& source : submission_) {
    for (const build::ListedPlugin& plugin : source.built.plugins) {
      all.push_back(plugin.kind + " '" + printable(plugin.name, false, 60) + "'");
    }
  }
  return all.empty() ? "it registers no plugin" : "it has: " + join(all, ", ");
}

Error Resolver::missing(const PluginUse& use) const {
  const std::string wanted =
      use.name.empty() ? "no " + use.kind : "no " + use.kind + " '" + use.name + "'";
  const std::string macro = use.kind == "model"        ? "GRADUS_MODEL"
                            : use.kind == "activation" ? "GRADUS_ACTIVATION"
                                                       : "GRADUS_AUGMENTATION";
  if (stand_in_) {
    return user_error(
        lab_.file.string(),
        "the plugins that stand in for a submission have " + wanted + "; " + inventory(),
        "Add the folder that has it to [submission] reference.");
  }
  std::vector<std::string> names;
  for (const Candidate& candidate : of_kind(use.kind)) names.push_back(candidate.name);
  const std::string near = nearest(use.name, names);
  return submission_error("submission",
                          "the submission has " + wanted + "; " + inventory() +
                              (near.empty() ? "" : " (did you mean '" + near + "'?)"),
                          "Register it with " + macro + "(Class, " +
                              (use.name.empty() ? "name" : use.name) + ", \"1.0\").");
}

Status Resolver::fill_from_submission(PluginUse& use) const {
  std::vector<Candidate> found = of_kind(use.kind);
  if (!use.name.empty()) {
    std::erase_if(found, [&](const Candidate& candidate) { return candidate.name != use.name; });
  }
  if (found.empty()) return missing(use);
  if (found.size() > 1) {
    std::vector<std::string> names;
    for (const Candidate& candidate : found) names.push_back(candidate.name);
    const std::string what = std::to_string(found.size()) + " plugins of kind " + use.kind +
                             " fit '" + use.role + (use.name.empty() ? "" : ":" + use.name) +
                             "': " + quoted_list(names);
    if (stand_in_)
      return user_error(lab_.file.string(), what, "Write \"submission:NAME\" in the lab's task.");
    return submission_error("submission", "the submission is ambiguous: " + what,
                            "Hand in one " + use.kind +
                                ", or let the lab say which: \"submission:" + names.front() +
                                "\".");
  }
  use.name = found.front().name;
  use.library = found.front().source->built.library.string();
  use.library_hash = found.front().source->built.hash;
  return {};
}

Status Resolver::fill_from_reference(PluginUse& use) {
  auto at = references_.find(use.name);
  if (at == references_.end()) {
    GRADUS_TRY(Source source, build_(use.name));
    at = references_.emplace(use.name, std::move(source)).first;
  }
  const build::Built& built = at->second.built;
  const bool there = std::any_of(built.plugins.begin(), built.plugins.end(),
                                 [&](const build::ListedPlugin& plugin) {
                                   return plugin.kind == use.kind && plugin.name == use.name;
                                 });
  if (!there) {
    return user_error(
        lab_.file.string(),
        "the reference folder '" + use.name + "' holds no " + use.kind + " '" + use.name + "'",
        "Name " + article(use.kind) + " in the lab's task.");
  }
  use.library = built.library.string();
  use.library_hash = built.hash;
  return {};
}

Status Resolver::fill(PluginUse& use) {
  return use.role == "reference" ? fill_from_reference(use) : fill_from_submission(use);
}

Status Resolver::fill(std::optional<PluginUse>& use) {
  if (!use) return {};
  if (lab_.may_do_without(*use) && of_kind(use->kind).empty()) {
    use.reset();
    return {};
  }
  return fill(*use);
}

Status Resolver::resolve(RunPlan& run) {
  GRADUS_CHECK(fill(run.model));
  GRADUS_CHECK(fill(run.activation));
  return fill(run.augmentation);
}

Status Resolver::check_required() const {
  for (const std::string& kind : lab_.required_kinds) {
    if (of_kind(kind).empty()) return missing({.kind = kind, .role = "submission"});
  }
  return {};
}

}  // namespace gradus::grader
