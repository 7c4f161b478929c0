#pragma once

#include <optional>
#include <string>

#include "framework/record/evidence.hpp"
#include "framework/record/frame.hpp"
#include "framework/sandbox/sandbox.hpp"

namespace gradus::supervisor {

/// Codes of runs on a GPU. DEVICE_LOST: it stopped answering, which is the infrastructure's and
/// tried again. GPU_MEMORY: the network wanted more of its memory than the plan gives.
inline constexpr const char* kDeviceLost = "DEVICE_LOST";
inline constexpr const char* kGpuMemory = "GPU_MEMORY";

/// All that is known of a worker that did not reach its end.
struct EndOfWorker {
  std::string role, phase;
  sandbox::Outcome outcome;
  bool ready = false;           ///< it had said "ready": the plugin was loaded and constructed
  std::optional<Failure> said;  ///< its own "failed" frame: words, not facts
  std::string killed_for;       ///< why we killed it; empty: we did not
  RunLimits limits;
  Error error;              ///< what ended the conversation
  std::string gpu;          ///< name of the GPU that it had; empty: none
  bool gpu_answers = true;  ///< asked after the end, from outside
  /// This is a run's last attempt, and the kernel has ended nobody for want of memory meanwhile.
  bool kills_are_its_own = false;
};

/// The verdict. What was seen from outside comes first (limits, protocol, signal); the worker's own
/// words only explain an exit that says nothing by itself. A student's process can choose its exit
/// code and its words, so neither can make a failure the infrastructure's. One exception: a worker
/// that had a GPU is believed that this was lost, because a lost one often answers again when it is
/// asked from outside. A plugin that lies there gains nothing: what is not graded has no points.
Failure classify(const EndOfWorker& end);

/// The "failed" frame as a Failure of the submission; codes that only the supervisor may give
/// (TIMEOUT, OOM, TAMPERED, ...) become ERROR.
Failure failure_from_frame(const Frame& frame);

/// "SIGSEGV"; "signal 77" for one without a name.
std::string signal_name(int signal);

/// A failure of ours, from an infrastructure Error; its `where` may be a code (DEVICE_LOST).
Error error_from_failure(const Failure& failure);
Failure failure_from_error(const Error& error, const std::string& phase);

}  // namespace gradus::supervisor
