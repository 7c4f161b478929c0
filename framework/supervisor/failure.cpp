#include "framework/supervisor/failure.hpp"

#include <csignal>
#include <cstring>

#include "framework/core/text.hpp"
#include "framework/record/gpu_share.hpp"
#include "framework/supervisor/worker.hpp"

namespace gradus::supervisor {
namespace {

/// sandbox::Outcome::limit after Process::kill(): ours, and no fact about the submission.
constexpr const char* kKilled = "killed";

Failure submission(const EndOfWorker& end, std::string code, std::string what, std::string cure) {
  return {Fault::submission, std::move(code), end.phase, std::move(what), std::move(cure)};
}

std::string cause_of(int signal) {
  switch (signal) {
    case SIGSEGV:
    case SIGBUS:
      return "look for a pointer or index out of range, or endless recursion";
    case SIGABRT:
      return "look for a failed assertion or an exception that nobody catches";
    case SIGFPE:
      return "look for an integer division by zero";
    case SIGILL:
      return "look for a function without a return statement";
    case SIGSYS:
      return "plugins may not open the network, start programs or look at other processes";
    default:
      return "run it under a debugger: 'gradus check' shows the output of the plugin";
  }
}

Failure of_limit(const EndOfWorker& end) {
  const std::string& limit = end.outcome.limit;
  if (limit == "cpu") {
    return submission(end, "TIMEOUT",
                      "the " + end.role + " used more than " + std::to_string(end.limits.cpu_s) +
                          " s of CPU time",
                      "look for an endless loop, or make the network smaller");
  }
  if (limit == "wall") {
    return submission(
        end, "TIMEOUT",
        "the " + end.role + " was not done after " + std::to_string(end.limits.wall_s) + " s",
        "look for code that sleeps or waits");
  }
  if (limit == "memory") {
    return submission(
        end, "OOM",
        "the " + end.role + " used more than " + std::to_string(end.limits.memory_mib) +
            " MiB of memory",
        "look for tensors that are kept from step to step, or make the network smaller");
  }
  if (limit == "disk") {
    return submission(end, "DISK", "the " + end.role + " wrote more files than it may",
                      "plugins write no files");
  }
  return submission(end, "LIMIT", "the " + end.role + " went over its limit of " + printable(limit),
                    "plugins need no threads or processes of their own and little output");
}

Failure of_gpu(const EndOfWorker& end) {
  if (end.said && end.said->code == kGpuMemory && end.gpu_answers) {
    const std::int64_t share =
        end.role == "examiner" ? examiner_gpu_mib(end.limits) : trainer_gpu_mib(end.limits);
    return submission(end, kGpuMemory,
                      "the " + end.role + " wanted more than its " + std::to_string(share) +
                          " MiB of the GPU's memory (of the run's " +
                          std::to_string(end.limits.gpu_memory_mib) + ")",
                      "make the network or the batch smaller, or keep fewer tensors");
  }
  std::string what = "the " + end.role + " lost its GPU (" + printable(end.gpu) + ")";
  if (!end.gpu_answers) what += ", which answers no longer";
  if (end.said && !end.said->what.empty()) what += ": " + end.said->what;
  // The worker knows whether the GPU was gone or its memory was.
  const bool explained = end.gpu_answers && end.said && !end.said->cure.empty();
  return {Fault::infrastructure, kDeviceLost, end.phase, what,
          explained
              ? end.said->cure
              : "see what 'gradus doctor' and the kernel's log ('dmesg | grep -i xid') say of it"};
}

std::string exit_text(const EndOfWorker& end) {
  return "the " + end.role + " exited with code " + std::to_string(end.outcome.exit_code);
}

}  // namespace

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

Failure classify(const EndOfWorker& end) {
  if (!end.outcome.limit.empty() && end.outcome.limit != kKilled) return of_limit(end);
  if (end.error.where == kTampered || end.error.where == kInvalidOutput) {
    return submission(end, end.error.where, end.error.what, end.error.cure);
  }
  const bool gpu_word = end.said && (end.said->code == kDeviceLost || end.said->code == kGpuMemory);
  if (!end.gpu.empty() && (!end.gpu_answers || gpu_word)) return of_gpu(end);
  if (end.killed_for == kStalled) {
    return submission(end, "TIMEOUT", "the " + end.role + " neither computed nor answered",
                      "look for code that sleeps, waits for input or for a lock");
  }
  if (end.outcome.signal == SIGKILL && end.outcome.limit.empty() && end.killed_for.empty()) {
    // Nobody else is left: or a submission could choose not to be graded.
    if (end.kills_are_its_own) {
      return submission(end, "CRASHED",
                        "the " + end.role +
                            " was killed (SIGKILL) in every attempt; we did not, and the machine "
                            "had memory",
                        "look for kill(), raise() or a timer that sends a signal");
    }
    // The kernel short of memory, or a person: not deterministic, so never kept as a verdict.
    return {
        Fault::infrastructure, "ERROR", end.phase,
        "the " + end.role + " was killed (SIGKILL), and not by us",
        "look whether this machine ran out of memory; a plugin that kills itself looks the same"};
  }
  if (end.outcome.signal != 0 && end.outcome.limit.empty() && end.killed_for.empty()) {
    return submission(end, "CRASHED",
                      "the " + end.role + " was ended by " + signal_name(end.outcome.signal) +
                          " (" + ::strsignal(end.outcome.signal) + ")",
                      cause_of(end.outcome.signal));
  }
  if (end.said && end.outcome.exit_code != 0) {
    Failure said = *end.said;
    if (said.code == kDeviceLost || said.code == kGpuMemory) said.code = "ERROR";  // it had no GPU
    if (said.phase.empty()) said.phase = end.phase;
    return said;
  }
  if (!end.killed_for.empty() || end.outcome.limit == kKilled) {
    return submission(end, "TAMPERED", "the " + end.role + " closed its descriptors and ran on",
                      "a plugin must leave the worker's descriptors alone");
  }
  const std::string before =
      end.ready ? " before its work was done" : " while it loaded the plugin and tried it";
  const std::string cure =
      end.outcome.exit_code == 0
          ? "a plugin must not call exit(), neither in forward() nor in a static constructor"
          : "look for calls of exit() or an error that ended the process";
  return submission(end, end.ready ? "CRASHED" : "LOAD_FAILED", exit_text(end) + before, cure);
}

Failure failure_from_frame(const Frame& frame) {
  const auto text = [&](const char* key) { return printable(frame.body.value(key, "")); };
  Failure failure;
  failure.fault = Fault::submission;
  failure.code = text("code");
  failure.phase = text("phase");
  failure.what = text("what");
  failure.cure = text("cure");
  if (failure.code != "LOAD_FAILED" && failure.code != "CRASHED" &&
      failure.code != "INVALID_OUTPUT" && failure.code != "OOM" && failure.code != kDeviceLost &&
      failure.code != kGpuMemory) {
    failure.code = "ERROR";
  }
  return failure;
}

Error error_from_failure(const Failure& failure) {
  const bool lost = failure.code == kDeviceLost;
  return {failure.fault, lost ? kDeviceLost : failure.phase, failure.what, failure.cure};
}

Failure failure_from_error(const Error& error, const std::string& phase) {
  if (error.where == kDeviceLost)
    return {error.fault, kDeviceLost, phase, printable(error.what), printable(error.cure)};
  std::string what = error.where.empty() ? error.what : error.where + ": " + error.what;
  return {error.fault, "ERROR", phase, printable(what), printable(error.cure)};
}

}  // namespace gradus::supervisor
