#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>

#include "framework/core/process.hpp"
#include "framework/sandbox/cgroup.hpp"
#include "framework/sandbox/confine/landlock.hpp"
#include "framework/sandbox/confine/seccomp.hpp"
#include "framework/sandbox/sandbox.hpp"

namespace gradus::sandbox {
namespace {

/// Runs /bin/true with one layer only; what start() says against it is the report.
LayerReport try_layer(const std::string& name, bool Layers::*layer, std::string detail) {
  Layers layers{false, false, false, false, false, false};
  layers.*layer = true;
  Spec spec;
  spec.argv = {"/usr/bin/true"};
  spec.may_exec = false;
  spec.limits.memory_mib = 256;
  spec.layers_for_test = &layers;
  LayerReport report{name, false, {}, {}};
  const auto outcome = run(spec);
  if (!outcome.ok()) {
    report.detail = outcome.error().what;
    report.cure = outcome.error().cure;
  } else if (!outcome->ok()) {
    report.detail = "/usr/bin/true failed under it (exit " + std::to_string(outcome->exit_code) +
                    ", signal " + std::to_string(outcome->signal) + ")";
    report.cure = "Ask for '--sandbox reduced' or 'off'; the report will say so.";
  } else {
    report.available = true;
    report.detail = std::move(detail);
  }
  return report;
}

}  // namespace

std::vector<LayerReport> probe_layers() {
  std::vector<LayerReport> reports;
  if (geteuid() == 0)
    reports.push_back(try_layer("user", &Layers::user, "each sandbox gets a uid of its own"));
  else
    reports.push_back({"user", true, "sandboxes run as you, in a user namespace", ""});
  reports.push_back(
      try_layer("namespaces", &Layers::namespaces, "bubblewrap: mounts, processes, network, IPC"));
  utsname kernel{};
  uname(&kernel);
  if (landlock_abi() == 0)
    reports.push_back({"landlock", false, "kernel " + std::string(kernel.release) + " has none",
                       "Boot with lsm=landlock,... (Linux 5.13 or newer); the mode full works "
                       "without, reduced does not."});
  else
    reports.push_back(
        try_layer("landlock", &Layers::landlock, "version " + std::to_string(landlock_abi())));
  if (!seccomp_available())
    reports.push_back({"seccomp", false, "the kernel takes no filter", "Use another kernel."});
  else
    reports.push_back(try_layer("seccomp", &Layers::seccomp, "system call filter"));
  reports.push_back(try_layer("rlimits", &Layers::rlimits, "limits of each process"));
  const auto group = Cgroup::make(std::int64_t{1} << 28, 64);
  reports.push_back(
      {"cgroup", group != nullptr,
       group ? "version " + std::to_string(group->version()) +
                   ": memory and tasks capped by the kernel"
             : "no control group can be made: the watchdog alone holds memory and tasks",
       group ? ""
             : "Nothing needs doing; a delegated group (systemd-run --scope -p Delegate=yes) "
               "helps."});
  return reports;
}

}  // namespace gradus::sandbox
