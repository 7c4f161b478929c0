#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <vector>

namespace gradus::sandbox {

/// Processes of a host uid; zombies, which run no more but still count against the uid's limit,
/// only where asked.
std::vector<pid_t> processes_of_user(uid_t uid, bool zombies = false);
/// `root` and everything below it, by parent.
std::vector<pid_t> processes_below(pid_t root);

/// What a set of processes uses. Shared anonymous pages count once per process.
struct Usage {
  double cpu_ms = 0;         ///< with reaped children
  std::int64_t rss_kib = 0;  ///< anonymous and shared memory
  std::int64_t tasks = 0;    ///< threads
};
Usage usage_of(const std::vector<pid_t>& processes);

/// Whether a thread of theirs has work: it runs, waits for a core, or waits for the disk. One that
/// sleeps, waits for another or was stopped has none.
bool any_at_work(const std::vector<pid_t>& processes);

/// What lies below a folder, links not followed; stops counting at `enough_files`.
struct DiskUse {
  std::int64_t bytes = 0, files = 0;
};
DiskUse disk_use(const std::filesystem::path& folder, std::int64_t enough_files);

}  // namespace gradus::sandbox
