#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "framework/core/files.hpp"
#include "framework/executor/child.hpp"
#include "framework/executor/executor.hpp"

namespace gradus::executor {

/// One distinct run of a plan on its way through the pool.
struct Job {
  std::string hash;
  std::string trajectory;  ///< of all runs that are one training
  std::size_t index = 0;   ///< of the first planned run with this hash
  const RunPlan* plan = nullptr;
  double memory_mib = 0;           ///< promised to it, while it runs
  std::optional<std::size_t> gpu;  ///< that it has, while it runs
  int attempts = 0;
  bool announced_wait = false;
  std::chrono::steady_clock::time_point not_before = {};
  std::optional<FileLock> lock;
  std::unique_ptr<Child> child;
  std::optional<Failure> last_failure;  ///< of an infrastructure fault
  bool finished = false, told = false;
  bool follows = false;  ///< it goes on from the checkpoint of another run of this plan
  Entry entry;

  int threads() const { return static_cast<int>(plan->threads > 1 ? plan->threads : 1); }
  /// Ended at a rung: another run may go on from there.
  bool waits_at_rung(const std::string& state) const {
    return plan->cut_short() && (state == "done" || state == "cached");
  }
};

/// Of two runs of one training the shorter goes first: the other then goes on where it ended.
inline bool goes_after_another(const Job& job, const std::vector<Job>& jobs) {
  return std::any_of(jobs.begin(), jobs.end(), [&](const Job& other) {
    return !other.finished && other.trajectory == job.trajectory &&
           other.plan->last_epoch() < job.plan->last_epoch();
  });
}

}  // namespace gradus::executor
