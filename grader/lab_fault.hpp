#pragma once

#include <vector>

#include "framework/core/result.hpp"
#include "framework/executor/executor.hpp"
#include "framework/lab/lab.hpp"

namespace gradus::grader {

/// Error (user) where a run whose plugins are all references could not construct them: no code of a
/// submission is in it, so that its options in the lab are at fault. `entries`: one per planned
/// run.
Status check_references(const lab::Lab& lab, const Plan& plan,
                        const std::vector<executor::Entry>& entries);

}  // namespace gradus::grader
