#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "framework/core/files.hpp"

namespace gradus::sandbox {

/// A control group for one sandbox, version 1 or 2, below our own group where the kernel allows
/// it: memory and number of tasks are then capped by the kernel, not only watched. Removed with
/// the object. Absent (nullptr) where no group can be made: the watchdog alone then holds.
class Cgroup {
 public:
  /// `memory_bytes` with swap; `tasks` processes and threads.
  static std::unique_ptr<Cgroup> make(std::int64_t memory_bytes, std::int64_t tasks);
  ~Cgroup();
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;

  /// Descriptors to write "0" to in the child, which so joins; valid until opened() is dropped.
  std::vector<int> join_fds() const;
  void close_join_fds() { join_.clear(); }
  /// Members now; nothing where the list cannot be read.
  std::optional<std::vector<pid_t>> processes() const;
  bool out_of_memory() const;  ///< the kernel killed a member for memory
  bool out_of_tasks() const;   ///< a fork or a thread was refused
  const std::vector<std::filesystem::path>& folders() const { return folders_; }
  /// "v1" or "v2".
  int version() const { return version_; }

 private:
  Cgroup() = default;
  bool add(const std::filesystem::path& parent, const std::string& name);

  int version_ = 0;
  std::vector<std::filesystem::path> folders_;  ///< v1: memory, pids; v2: one
  std::vector<Fd> join_;
};

}  // namespace gradus::sandbox
