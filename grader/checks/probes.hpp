#pragma once

#include "grader/checks/measure.hpp"

namespace gradus::grader {

/// The outcome of a probe in evidence; null where there is none.
const ProbeOutcome* find_probe(const Evidence& evidence, const std::string& name);
/// Failure: the evidence has no verdict for the probe. Absence is failure.
CheckResult absent_probe(const std::string& name, const std::string& wanted);

}  // namespace gradus::grader
