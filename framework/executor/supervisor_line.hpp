#pragma once

#include <optional>
#include <string>

#include "framework/executor/executor.hpp"

namespace gradus::executor {

/// What one line of a supervisor's output says; neither, where it says nothing that we know.
struct SupervisorLine {
  std::optional<Failure> failure;       ///< of the infrastructure
  std::optional<RunProgress> progress;  ///< always "running": done is what is published
};

/// The lines are ours, but parsed with care. Never throws.
SupervisorLine read_line(const std::string& line);

}  // namespace gradus::executor
