#include "framework/sandbox/tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace gradus::sandbox {
namespace {

/// A whole small file of /proc into the buffer; empty where the process is gone.
std::string_view read_small(const std::string& path, char* buffer, std::size_t size) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const ssize_t got = read(fd, buffer, size - 1);
  close(fd);
  if (got <= 0) return {};
  buffer[got] = '\0';
  return {buffer, static_cast<std::size_t>(got)};
}

struct Stat {
  bool present = false;
  char state = 'X';
  pid_t parent = 0;
  std::int64_t ticks = 0, threads = 0;
};

/// Of a process, or of a thread: `folder` is then /proc/PID/task/TID.
Stat read_stat(const std::string& folder) {
  char buffer[1024];
  const std::string_view text = read_small(folder + "/stat", buffer, sizeof buffer);
  // The name may hold anything, ')' too: fields start after the last one.
  const std::size_t end = text.rfind(')');
  if (end == std::string_view::npos || end + 2 >= text.size()) return {};
  Stat stat;
  stat.present = true;
  stat.state = text[end + 2];
  char* cursor = buffer + end + 3;
  for (int field = 4; field <= 20; ++field) {
    const std::int64_t value = std::strtoll(cursor, &cursor, 10);
    if (field == 4) stat.parent = static_cast<pid_t>(value);
    if (field >= 14 && field <= 17) stat.ticks += value;
    if (field == 20) stat.threads = value;
  }
  return stat;
}

Stat read_stat(pid_t pid) { return read_stat("/proc/" + std::to_string(pid)); }

std::int64_t field_kib(std::string_view text, std::string_view name) {
  const std::size_t at = text.find(name);
  return at == std::string_view::npos ? 0
                                      : std::strtoll(text.data() + at + name.size(), nullptr, 10);
}

template <class F>
void each_number_in(const char* path, F&& visit) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path), closedir);
  if (!folder) return;
  while (const dirent* entry = readdir(folder.get())) {
    char* end = nullptr;
    const long pid = std::strtol(entry->d_name, &end, 10);
    if (pid > 0 && *end == '\0') visit(static_cast<pid_t>(pid), dirfd(folder.get()), entry->d_name);
  }
}

template <class F>
void each_process(F&& visit) {
  each_number_in("/proc", std::forward<F>(visit));
}

}  // namespace

std::vector<pid_t> processes_of_user(uid_t uid, bool zombies) {
  std::vector<pid_t> found;
  each_process([&](pid_t pid, int folder, const char* name) {
    // The folder of a process that is not dumpable belongs to root: ask the real uid then.
    struct stat info {};
    if (fstatat(folder, name, &info, 0) != 0 || (info.st_uid != uid && info.st_uid != 0)) return;
    if (info.st_uid == 0) {
      char buffer[4096];
      const std::string_view text =
          read_small("/proc/" + std::to_string(pid) + "/status", buffer, sizeof buffer);
      if (field_kib(text, "\nUid:") != static_cast<std::int64_t>(uid)) return;
    }
    const Stat stat = read_stat(pid);
    if (stat.present && (zombies || (stat.state != 'Z' && stat.state != 'X'))) found.push_back(pid);
  });
  return found;
}

std::vector<pid_t> processes_below(pid_t root) {
  std::multimap<pid_t, pid_t> children;
  each_process([&](pid_t pid, int, const char*) {
    const Stat stat = read_stat(pid);
    if (stat.present) children.emplace(stat.parent, pid);
  });
  std::vector<pid_t> found{root};
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto [first, last] = children.equal_range(found[i]);
    for (auto it = first; it != last; ++it) found.push_back(it->second);
  }
  return found;
}

Usage usage_of(const std::vector<pid_t>& processes) {
  static const double kTickMs = 1000.0 / static_cast<double>(sysconf(_SC_CLK_TCK));
  Usage usage;
  for (pid_t pid : processes) {
    const Stat stat = read_stat(pid);
    if (!stat.present) continue;
    usage.cpu_ms += static_cast<double>(stat.ticks) * kTickMs;
    usage.tasks += stat.threads;
    char buffer[4096];
    const std::string_view text =
        read_small("/proc/" + std::to_string(pid) + "/status", buffer, sizeof buffer);
    usage.rss_kib += field_kib(text, "\nRssAnon:") + field_kib(text, "\nRssShmem:");
  }
  return usage;
}

bool any_at_work(const std::vector<pid_t>& processes) {
  bool found = false;
  for (pid_t pid : processes) {
    const std::string folder = "/proc/" + std::to_string(pid) + "/task";
    each_number_in(folder.c_str(), [&](pid_t, int, const char* name) {
      const char state = found ? 'R' : read_stat(folder + "/" + name).state;
      found = found || state == 'R' || state == 'D';
    });
  }
  return found;
}

DiskUse disk_use(const std::filesystem::path& folder, std::int64_t enough_files) {
  namespace fs = std::filesystem;
  DiskUse use;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    struct stat info {};
    if (lstat(at->path().c_str(), &info) == 0) use.bytes += std::int64_t{512} * info.st_blocks;
    if (++use.files >= enough_files) break;
  }
  return use;
}

}  // namespace gradus::sandbox
