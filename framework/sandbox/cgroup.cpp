#include "framework/sandbox/cgroup.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <sstream>
#include <string>

#include "framework/core/cgroup_limits.hpp"
#include "framework/core/text.hpp"

namespace gradus::sandbox {
namespace {

namespace fs = std::filesystem;

/// Where the hierarchies are mounted and which group of them is ours; found once.
struct Parents {
  fs::path memory, pids;  ///< version 1: both set
  fs::path unified;       ///< version 2: an ancestor that hands memory and pids to its children
};

std::string slurp(const fs::path& path) {
  auto text = read_file(path, 1 << 20);
  return text.ok() ? std::move(*text) : std::string();
}

bool write_value(const fs::path& path, const std::string& value) {
  const Fd fd(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return fd.valid() &&
         write(fd.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size());
}

bool has_word(const std::string& text, const std::string& word) {
  std::istringstream words(text);
  for (std::string one; words >> one;)
    if (one == word) return true;
  return false;
}

/// Line of /proc/self/cgroup → our group in the hierarchy of that controller ("" = unified).
std::string own_group(const std::string& controller) {
  for (const CgroupLine& line : cgroup_lines(slurp("/proc/self/cgroup"))) {
    for (const std::string& name : split(line.controllers, ','))
      if (name == controller) return line.group;
  }
  return {};
}

/// Groups whose maker died without removing them (SIGKILL) are empty by now: remove them, here and
/// in the groups beside ours, where an earlier session may have left some.
void remove_stale(const fs::path& parent, bool beside = true) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("gradus-")) continue;
    const pid_t maker = static_cast<pid_t>(std::atoi(name.c_str() + 7));
    if (maker > 0 && kill(maker, 0) != 0 && errno == ESRCH) rmdir(entry.path().c_str());
  }
  if (!beside) return;
  for (const auto& entry : fs::directory_iterator(parent.parent_path(), error))
    if (entry.is_directory(error)) remove_stale(entry.path(), false);
}

Parents find_parents() {
  Parents parents;
  fs::path unified_mount, memory_mount, pids_mount;
  for (const std::string& line : split(slurp("/proc/self/mounts"), '\n')) {
    const auto fields = split(line, ' ');
    if (fields.size() < 4) continue;
    const auto options = split(fields[3], ',');
    auto has = [&](const char* name) {
      for (const auto& option : options)
        if (option == name) return true;
      return false;
    };
    if (fields[2] == "cgroup2") unified_mount = fields[1];
    if (fields[2] == "cgroup" && has("memory")) memory_mount = fields[1];
    if (fields[2] == "cgroup" && has("pids")) pids_mount = fields[1];
  }
  if (!memory_mount.empty() && !pids_mount.empty()) {
    parents.memory = memory_mount / fs::path(own_group("memory")).relative_path();
    parents.pids = pids_mount / fs::path(own_group("pids")).relative_path();
    remove_stale(parents.memory);
    remove_stale(parents.pids);
  } else if (!unified_mount.empty()) {
    // A group with processes of its own cannot hand controllers down: look among its ancestors.
    for (fs::path group = fs::path(own_group("")).relative_path();; group = group.parent_path()) {
      const fs::path folder = unified_mount / group;
      const std::string given = slurp(folder / "cgroup.subtree_control");
      if (has_word(given, "memory") && has_word(given, "pids") &&
          access(folder.c_str(), W_OK) == 0) {
        parents.unified = folder;
        remove_stale(folder);
        break;
      }
      if (group.empty()) break;
    }
  }
  return parents;
}

std::int64_t counter(const fs::path& file, const std::string& name) {
  std::istringstream words(slurp(file));
  for (std::string word; words >> word;)
    if (word == name && words >> word) return std::atoll(word.c_str());
  return 0;
}

}  // namespace

bool Cgroup::add(const fs::path& parent, const std::string& name) {
  if (parent.empty()) return false;
  const fs::path folder = parent / name;
  if (mkdir(folder.c_str(), 0755) != 0) return false;
  folders_.push_back(folder);
  Fd join(open((folder / "cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
  if (!join.valid()) return false;
  join_.push_back(std::move(join));
  return true;
}

std::unique_ptr<Cgroup> Cgroup::make(std::int64_t memory_bytes, std::int64_t tasks) {
  static std::mutex mutex;
  static Parents parents;
  static pid_t found_by = 0;
  static std::atomic<unsigned> counter_of_groups{0};
  {
    const std::lock_guard lock(mutex);
    if (found_by != getpid()) {
      parents = find_parents();
      found_by = getpid();
    }
  }
  const std::string name =
      "gradus-" + std::to_string(getpid()) + "-" + std::to_string(counter_of_groups++);
  const std::string memory = std::to_string(memory_bytes);
  std::unique_ptr<Cgroup> group(new Cgroup);
  if (!parents.memory.empty()) {
    group->version_ = 1;
    if (!group->add(parents.memory, name) || !group->add(parents.pids, name)) return nullptr;
    const fs::path& folder = group->folders_[0];
    if (!write_value(folder / "memory.limit_in_bytes", memory) ||
        !write_value(group->folders_[1] / "pids.max", std::to_string(tasks)))
      return nullptr;
    write_value(folder / "memory.memsw.limit_in_bytes", memory);  // only where swap is accounted
    return group;
  }
  group->version_ = 2;
  if (!group->add(parents.unified, name)) return nullptr;
  const fs::path& folder = group->folders_[0];
  if (!write_value(folder / "memory.max", memory) ||
      !write_value(folder / "pids.max", std::to_string(tasks)))
    return nullptr;
  write_value(folder / "memory.swap.max", "0");
  write_value(folder / "memory.oom.group", "1");
  return group;
}

Cgroup::~Cgroup() {
  join_.clear();
  for (const fs::path& folder : folders_) {
    // The last member may still be on its way out; the kernel answers EBUSY until it is gone.
    for (int attempt = 0; attempt < 200; ++attempt) {
      if (rmdir(folder.c_str()) == 0 || errno != EBUSY) break;
      const timespec pause{0, 5'000'000};
      nanosleep(&pause, nullptr);
    }
  }
}

std::vector<int> Cgroup::join_fds() const {
  std::vector<int> fds;
  for (const Fd& fd : join_) fds.push_back(fd.get());
  return fds;
}

std::optional<std::vector<pid_t>> Cgroup::processes() const {
  if (folders_.empty()) return std::nullopt;
  auto text = read_file(folders_.back() / "cgroup.procs", 1 << 20);
  if (!text.ok()) return std::nullopt;
  std::vector<pid_t> found;
  std::istringstream words(*text);
  for (pid_t pid = 0; words >> pid;)
    if (pid > 0) found.push_back(pid);
  return found;
}

bool Cgroup::out_of_memory() const {
  return counter(folders_.front() / (version_ == 1 ? "memory.oom_control" : "memory.events"),
                 "oom_kill") > 0;
}

bool Cgroup::out_of_tasks() const { return counter(folders_.back() / "pids.events", "max") > 0; }

}  // namespace gradus::sandbox
