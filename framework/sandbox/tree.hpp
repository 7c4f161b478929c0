#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace gradus::sandbox {

/// Processes of a host uid, zombies left out.
std::vector<pid_t> processes_of_user(uid_t uid);
/// `root` and everything below it, by parent.
std::vector<pid_t> processes_below(pid_t root);

/// What a set of processes uses. Shared anonymous pages count once per process.
struct Usage {
  double cpu_ms = 0;        ///< with reaped children
  std::int64_t rss_kib = 0; ///< anonymous and shared memory
  std::int64_t tasks = 0;   ///< threads
};
Usage usage_of(const std::vector<pid_t>& processes);

}  // namespace gradus::sandbox
