#include "reports/renderer.hpp"

#include <fmt/format.h>

#include <string_view>

#include "framework/core/text.hpp"

namespace gradus::reports {

Result<std::string> run_filter(const Filter& filter, sandbox::Mode mode) {
  const std::string name = filter.argv.front();
  std::error_code ignored;
  if (!std::filesystem::exists(name, ignored)) {
    return infrastructure_error(name, "is not installed", "apt-get install " + filter.package);
  }
  sandbox::Spec spec;
  spec.argv = filter.argv;
  spec.env = {{"PATH", "/usr/bin:/bin"}, {"HOME", "/tmp"}, {"LANG", "C.UTF-8"}};
  spec.env.insert(filter.env.begin(), filter.env.end());
  spec.input = filter.input;
  spec.limits.cpu_s = filter.cpu_s;
  spec.limits.wall_s = filter.cpu_s * 4;  // a busy machine is no reason to give up
  spec.limits.memory_mib = filter.memory_mib;
  spec.limits.output_bytes = filter.output_bytes;
  spec.may_exec = false;
  spec.mode = mode;
  GRADUS_TRY(sandbox::Outcome outcome, sandbox::run(spec));
  if (!outcome.ok()) {
    const std::string how = !outcome.limit.empty() ? "was stopped at its limit of " + outcome.limit
                            : outcome.signal != 0
                                ? fmt::format("died of signal {}", outcome.signal)
                                : fmt::format("failed with exit code {}", outcome.exit_code);
    return infrastructure_error(name, how + ": " + printable(outcome.err, true, 2000),
                                "run `gradus doctor`; if it finds nothing, report this as a bug");
  }
  if (outcome.out_cut) {
    return infrastructure_error(name, fmt::format("wrote more than {} bytes", filter.output_bytes),
                                "leave figures out of the lab, or report this as a bug");
  }
  return std::move(outcome.out);
}

}  // namespace gradus::reports
