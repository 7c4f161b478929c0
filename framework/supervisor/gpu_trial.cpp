#include "framework/supervisor/gpu_trial.hpp"

#include "framework/core/text.hpp"
#include "framework/supervisor/failure.hpp"
#include "framework/supervisor/inputs.hpp"
#include "framework/supervisor/worker.hpp"

namespace gradus::supervisor {
namespace {

/// The last line of what a program printed.
std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

Status judge(const sandbox::Outcome& outcome) {
  if (outcome.ok()) return {};
  const auto failed = [](const std::string& what, const std::string& cure) {
    return infrastructure_error(kDeviceLost, what, cure);
  };
  const std::string cure = "See what nvidia-smi and the kernel's log say of it.";
  if (!outcome.limit.empty()) return failed("went over its limit of " + outcome.limit, cure);
  if (outcome.signal != 0) return failed("was ended by " + signal_name(outcome.signal), cure);
  const Json said = Json::parse(last_line(outcome.out), nullptr, false);
  if (said.is_object() && said.value("what", Json()).is_string())
    return failed(
        printable(said["what"].get<std::string>()),
        said.value("cure", Json()).is_string() ? printable(said["cure"].get<std::string>()) : cure);
  return failed("exited with code " + std::to_string(outcome.exit_code) + ": " +
                    printable(last_line(outcome.err)),
                cure);
}

}  // namespace

Status try_gpu(const Paths& paths, const Gpu& gpu, const std::string& mode) {
  GRADUS_TRY(const Toolchain toolchain, read_toolchain(paths));
  WorkerSpec spec;
  spec.program = paths.program("gradus-worker");
  spec.mounts = {{spec.program, {}, false}, {toolchain.torch_mount, {}, false}};
  mount_gpu(paths, spec.mounts);
  spec.gpu = gpu;
  spec.plan.threads = 1;
  spec.plan.sandbox = mode;
  spec.plan.limits.cpu_s = 120;
  spec.plan.limits.wall_s = 120;
  GRADUS_TRY(sandbox::Spec confined, confinement(spec));
  confined.argv.emplace_back("--try-gpu");
  GRADUS_TRY(const sandbox::Outcome outcome, sandbox::run(confined));
  return judge(outcome);
}

}  // namespace gradus::supervisor
