#include "framework/sandbox/order.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <set>

#include "framework/sandbox/filter.hpp"
#include "framework/sandbox/tree.hpp"
#include "framework/sandbox/view.hpp"

namespace gradus::sandbox {
namespace {

/// Processes of ours in the tree besides the program's: bubblewrap and gradus-confine, and some
/// room, so that the watchdog, or the control group's counter, sees a bomb before this limit stops
/// it without leaving a trace.
constexpr std::int64_t kSpareTasks = 32;
/// Files in /tmp or /dev/shm: each costs kernel memory that no size limit covers.
constexpr std::uint64_t kScratchFiles = 65536;

std::uint64_t mib(std::int64_t count) { return static_cast<std::uint64_t>(count) << 20; }

std::vector<std::pair<std::uint32_t, std::uint64_t>> rlimits_of(const Limits& limits,
                                                                bool own_user) {
  std::int64_t tasks = limits.processes + kSpareTasks;
  if (!own_user) tasks += usage_of(processes_of_user(getuid())).tasks;
  return {
      {RLIMIT_CPU, static_cast<std::uint64_t>(std::ceil(limits.cpu_s)) + 1},
      {RLIMIT_FSIZE, mib(limits.file_mib)},
      {RLIMIT_NOFILE, static_cast<std::uint64_t>(limits.open_files)},
      {RLIMIT_NPROC, static_cast<std::uint64_t>(tasks)},
      {RLIMIT_CORE, 0},
      {RLIMIT_MEMLOCK, 0},
      {RLIMIT_MSGQUEUE, 0},
      {RLIMIT_NICE, 0},
      {RLIMIT_RTPRIO, 0},
      {RLIMIT_STACK, mib(8)},
      {RLIMIT_SIGPENDING, 1024},
  };
}

/// A path below /tmp moves to the scratch folder, unless it is a mount or lies in one.
std::string relocate(const std::string& value, const std::filesystem::path& scratch,
                     const std::vector<Mount>& mounts) {
  if (scratch.empty() || (value != "/tmp" && !value.starts_with("/tmp/"))) return value;
  for (const Mount& mount : mounts)
    if ((value + "/").starts_with(mount.host.string() + "/")) return value;
  return scratch.string() + value.substr(4);
}

}  // namespace

Status check_spec(const Spec& spec, const Layers& layers) {
  const auto wrong = [](const std::string& what, const std::string& cure) {
    return infrastructure_error("sandbox", what, cure);
  };
  if (spec.argv.empty() || !spec.argv.front().starts_with('/'))
    return wrong("the program's path is not absolute", "Give its full path inside.");
  for (const std::string& word : spec.argv)
    if (word.find('\0') != std::string::npos)
      return wrong("an argument holds a NUL byte", "Check the names that are passed on.");
  std::set<int> places;
  for (const auto& [host, inside] : spec.fds)
    if (host < 0 || inside < 3 || inside > 200 || !places.insert(inside).second)
      return wrong("descriptor " + std::to_string(host) + " cannot be " + std::to_string(inside),
                   "Use each number from 3 to 200 once.");
  const Limits& limits = spec.limits;
  if (!(limits.cpu_s > 0) || !(limits.wall_s > 0) || limits.memory_mib <= 0 ||
      limits.processes <= 0 || limits.file_mib < 0 || limits.scratch_mib <= 0 ||
      limits.open_files < 16)
    return wrong("a limit is not positive (or open_files is below 16)", "Check the limits.");
  for (const Mount& mount : spec.mounts) {
    if (!mount.host.is_absolute() || (!mount.inside.empty() && !mount.inside.is_absolute()))
      return wrong("the mount " + mount.host.string() + " is not an absolute path", "");
    if (!layers.namespaces && !mount.inside.empty() && mount.inside != mount.host)
      return wrong("without namespaces " + mount.host.string() + " cannot appear as " +
                       mount.inside.string(),
                   "Mount it at its own path.");
  }
  for (const std::filesystem::path& device : spec.devices) {
    struct stat info {};
    if (!device.is_absolute() || stat(device.c_str(), &info) != 0 || !S_ISCHR(info.st_mode))
      return wrong("the device " + device.string() + " is not there, or is none",
                   "See what 'gradus doctor' says of the GPU.");
  }
  return {};
}

Result<Order> make_order(const Spec& spec, const Layers& layers,
                         const std::filesystem::path& scratch, bool own_user) {
  Order order;
  order.argv = spec.argv;
  order.cwd = relocate(spec.cwd, scratch, spec.mounts);
  for (const auto& [name, value] : spec.env)
    order.env.push_back(name + "=" + relocate(value, scratch, spec.mounts));
  if (!scratch.empty() && !spec.env.contains("TMPDIR"))
    order.env.push_back("TMPDIR=" + scratch.string());
  if (layers.landlock) order.rules = landlock_rules(spec, scratch);
  order.landlock_required = layers.landlock && !layers.namespaces;
  order.may_exec = spec.may_exec;
  if (layers.seccomp) {
    GRADUS_TRY(order.filter, system_call_filter(spec.may_exec, !spec.devices.empty()));
  }
  order.guard_signals = layers.seccomp && !layers.namespaces;
  if (layers.rlimits) order.rlimits = rlimits_of(spec.limits, own_user);
  if (layers.namespaces) {
    order.scratch = {"/tmp", "/dev/shm"};
    order.scratch_files = kScratchFiles;
  }
  return order;
}

Result<Fd> sealed_file(const char* name, std::string_view bytes) {
  Fd file(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.valid()) return system_error("sandbox", "memfd_create", errno);
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t wrote = write(file.get(), bytes.data() + done, bytes.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return system_error("sandbox", "writing a memory file", errno);
    done += static_cast<std::size_t>(wrote);
  }
  if (lseek(file.get(), 0, SEEK_SET) != 0 ||
      fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
    return system_error("sandbox", "sealing a memory file", errno);
  return file;
}

}  // namespace gradus::sandbox
