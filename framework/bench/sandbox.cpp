#include "framework/sandbox/sandbox.hpp"

#include "framework/bench/suites.hpp"
#include "framework/core/files.hpp"

// A worker whose supervisor has gone: it loads LibTorch, finds the end of its frames and leaves.
// That is the part of a worker's life that the sandbox can make longer; training costs it nothing.
namespace gradus::bench {
namespace {

Result<double> worker_ms(const Setup& setup, sandbox::Mode mode) {
  const fs::path worker = setup.paths.program("gradus-worker");
  GRADUS_TRY(Pipe to, make_pipe());
  GRADUS_TRY(Pipe from, make_pipe());
  sandbox::Spec spec;
  spec.argv = {worker.string()};
  spec.env = {{"HOME", "/tmp"},
              {"PATH", "/usr/bin:/bin"},
              {"OMP_NUM_THREADS", "1"},
              {"MKL_NUM_THREADS", "1"}};
  spec.mounts = {{worker, {}, false}, {setup.toolchain.torch_mount, {}, false}};
  spec.fds = {{to.read.get(), 3}, {from.write.get(), 4}};
  spec.limits.memory_mib = 4096;
  spec.mode = mode;
  spec.may_exec = false;
  to.write.reset();
  GRADUS_TRY(const sandbox::Outcome outcome, sandbox::run(spec));
  if (outcome.signal == 0 && outcome.limit.empty() && outcome.exit_code >= 0 &&
      outcome.exit_code < 126) {
    return outcome.wall_ms;
  }
  return infrastructure_error(
      worker.string(), "did not start: exit code " + std::to_string(outcome.exit_code) +
                           ", signal " + std::to_string(outcome.signal) + ": " + outcome.err);
}

}  // namespace

Result<std::vector<Row>> measure_sandbox(const Setup& setup) {
  Row row{"sandbox: one worker's start",
          "ms",
          {"full", {}},
          Sample{"off", {}},
          "difference",
          "<= 50 ms (a run has two workers)",
          "off: a uid of its own, limits and the watchdog only"};
  GRADUS_CHECK(alternate(
      setup.rounds_or(15), true, [&] { return worker_ms(setup, sandbox::Mode::off); },
      [&] { return worker_ms(setup, sandbox::Mode::full); }, *row.other, row.ours));
  return std::vector<Row>{std::move(row)};
}

}  // namespace gradus::bench
