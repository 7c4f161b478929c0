#pragma once

#include <functional>
#include <string>
#include <vector>

#include "grader/grader.hpp"

namespace gradus::grader {

/// What a caller sees of the work while it goes on. Each may be empty.
struct Hooks {
  std::function<void(const std::string&)> say;  ///< a line for what may take a while
  std::function<void(const Prepared&, const executor::RunProgress&)> progress;
  std::function<void(const executor::Estimate&)> estimate;  ///< about once a second
  std::function<bool()> cancelled;  ///< polled; true stops the runs
};

/// A submission from plan to result.
struct Session {
  Prepared prepared;
  std::vector<executor::Entry> entries;
  LabResult result;
};

/// Executes the runs of a prepared submission and grades them. Error (infrastructure): cancelled,
/// or this machine failed; (user): a reference plugin refuses what the lab gives it. A submission's
/// failures are in the result.
Result<Session> run_session(const Paths& paths, Prepared prepared, int jobs, bool fresh,
                            const Hooks& hooks);

}  // namespace gradus::grader
