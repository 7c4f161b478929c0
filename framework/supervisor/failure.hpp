#pragma once

#include <optional>
#include <string>

#include "framework/record/evidence.hpp"
#include "framework/record/frame.hpp"
#include "framework/sandbox/sandbox.hpp"

namespace gradus::supervisor {

/// All that is known of a worker that did not reach its end.
struct EndOfWorker {
  std::string role, phase;
  sandbox::Outcome outcome;
  bool ready = false;           ///< it had said "ready": the plugin was loaded and constructed
  std::optional<Failure> said;  ///< its own "failed" frame: words, not facts
  std::string killed_for;       ///< why we killed it; empty: we did not
  RunLimits limits;
  Error error;  ///< what ended the conversation
};

/// The verdict. What was seen from outside comes first (limits, protocol, signal); the worker's own
/// words only explain an exit that says nothing by itself. A student's process can choose its exit
/// code and its words, so neither can make a failure the infrastructure's.
Failure classify(const EndOfWorker& end);

/// The "failed" frame as a Failure of the submission; codes that only the supervisor may give
/// (TIMEOUT, OOM, TAMPERED, ...) become ERROR.
Failure failure_from_frame(const Frame& frame);

/// "SIGSEGV"; "signal 77" for one without a name.
std::string signal_name(int signal);

/// A failure of ours, from an infrastructure Error.
Failure failure_from_error(const Error& error, const std::string& phase);

}  // namespace gradus::supervisor
