#pragma once

#include <string>

#include "grader/grader.hpp"

namespace gradus::grader {

/// Everything but the submission that decides a result: the lab file, profile, overrides and tasks,
/// the runs with their data and reference plugins, the toolchain, the sandbox, and this copy of
/// Gradus. Builds the reference plugins that the plan names, so that one that does not build shows
/// before any submission is looked at.
Result<std::string> plan_hash(const Paths& paths, const Prepared& lab, const Request& request,
                              const std::function<void(const std::string&)>& say);

}  // namespace gradus::grader
