#include "framework/sandbox/view.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace gradus::sandbox {
namespace {

namespace fs = std::filesystem;

const fs::path& place_of(const Mount& mount) {
  return mount.inside.empty() ? mount.host : mount.inside;
}

/// The loader of dynamic programs, which must stay executable where nothing else is.
constexpr const char* kLoaders[] = {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"};

std::string mib(std::int64_t count) { return std::to_string(count * 1024 * 1024); }

}  // namespace

std::vector<fs::path> system_folders() {
  std::vector<fs::path> found;
  // Whole of /usr; of /etc only what the loader, fontconfig and the compilers' alternatives read;
  // of /sys what thread libraries read to count the cores and glibc to ask for large pages.
  for (const char* path :
       {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/alternatives",
        "/etc/fonts", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
        "/var/cache/fontconfig", "/sys/devices/system/cpu", "/sys/devices/system/node",
        "/sys/kernel/mm/transparent_hugepage/enabled",
        "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"}) {
    struct stat info {};
    if (lstat(path, &info) == 0) found.emplace_back(path);
  }
  return found;
}

std::vector<std::string> bubblewrap_call(const fs::path& bubblewrap, const Spec& spec) {
  std::vector<std::string> call = {bubblewrap,      "--unshare-all", "--die-with-parent",
                                   "--new-session", "--as-pid-1",    "--cap-drop",
                                   "ALL",           "--hostname",    "gradus"};
  auto add = [&](std::initializer_list<std::string> words) {
    call.insert(call.end(), words.begin(), words.end());
  };
  for (const fs::path& path : system_folders()) {
    std::error_code error;
    if (fs::is_symlink(path, error))
      add({"--symlink", fs::read_symlink(path, error), path});
    else
      add({"--ro-bind", path, path});
  }
  const std::int64_t scratch = std::min(spec.limits.scratch_mib, spec.limits.memory_mib);
  add({"--proc", "/proc", "--dev", "/dev", "--size", mib(scratch), "--tmpfs", "/dev/shm", "--size",
       mib(scratch), "--tmpfs", "/tmp"});
  std::vector<Mount> mounts = spec.mounts;
  // Parents first, or an outer mount would hide an inner one.
  std::stable_sort(mounts.begin(), mounts.end(), [](const Mount& a, const Mount& b) {
    return place_of(a).native().size() < place_of(b).native().size();
  });
  for (const Mount& mount : mounts)
    add({mount.writable ? "--bind" : "--ro-bind", mount.host, place_of(mount)});
  for (const fs::path& device : spec.devices) add({"--dev-bind", device, device});
  add({"--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--"});
  return call;
}

std::vector<PathRule> landlock_rules(const Spec& spec, const fs::path& scratch) {
  std::vector<PathRule> rules;
  const Access read = spec.may_exec ? Access::read_exec : Access::read;
  for (const fs::path& path : system_folders()) rules.push_back({path, read});
  for (const Mount& mount : spec.mounts)
    rules.push_back({place_of(mount), mount.writable ? Access::write : read});
  if (!spec.may_exec) {
    rules.push_back({spec.argv.front(), Access::read_exec});
    for (const char* loader : kLoaders) rules.push_back({loader, Access::read_exec});
  }
  // Drivers from 570 on name their threads through /proc/self/task/TID/comm, and do not start
  // (cuInit says 304) where that is refused. A thread's folder does not exist before the thread, so
  // no narrower rule can name it. What else of /proc might be written there the kernel gives to
  // its owner alone: the program's own processes.
  rules.push_back({"/proc", spec.devices.empty() ? Access::read : Access::change});
  for (const char* device : {"/dev/null", "/dev/zero", "/dev/full"})
    rules.push_back({device, Access::device});
  for (const fs::path& device : spec.devices) rules.push_back({device, Access::control});
  for (const char* device : {"/dev/urandom", "/dev/random"})
    rules.push_back({device, Access::read});
  if (scratch.empty()) {
    rules.push_back({"/tmp", Access::scratch});
    rules.push_back({"/dev/shm", Access::scratch});
  } else {
    rules.push_back({scratch, Access::scratch});
  }
  return rules;
}

Status check_reachable(const Spec& spec) {
  for (const Mount& mount : spec.mounts) {
    fs::path parent = mount.host.parent_path();
    for (;; parent = parent.parent_path()) {
      struct stat info {};
      if (stat(parent.c_str(), &info) == 0 && (info.st_mode & S_IXOTH) == 0)
        return infrastructure_error(
            "sandbox: " + mount.host.string(),
            "the folder " + parent.string() +
                " is closed to other users, so a sandbox cannot mount "
                "what lies below it",
            "Run 'chmod o+x " + parent.string() + "', or put GRADUS_HOME elsewhere.");
      if (parent == parent.root_path() || parent.empty()) break;
    }
    struct stat info {};
    if (stat(mount.host.c_str(), &info) != 0)
      return system_error("sandbox: " + mount.host.string(), "a path to mount", errno);
    const mode_t wanted = S_ISDIR(info.st_mode) ? S_IROTH | S_IXOTH : S_IROTH;
    if (!mount.writable && (info.st_mode & wanted) != wanted)
      return infrastructure_error(
          "sandbox: " + mount.host.string(), "this path to mount is not readable for other users",
          "Run 'chmod " + std::string(S_ISDIR(info.st_mode) ? "o+rx " : "o+r ") +
              mount.host.string() + "'.");
  }
  for (const fs::path& device : spec.devices) {
    struct stat info {};
    constexpr mode_t kWanted = S_IROTH | S_IWOTH;
    if (stat(device.c_str(), &info) == 0 && (info.st_mode & kWanted) != kWanted)
      return infrastructure_error("sandbox: " + device.string(),
                                  "other users may not read and write this device",
                                  "Run 'chmod o+rw " + device.string() + "'.");
  }
  return {};
}

}  // namespace gradus::sandbox
