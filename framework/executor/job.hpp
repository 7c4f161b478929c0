#pragma once

// One distinct run in the pool; private to this room.

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

using Clock = std::chrono::steady_clock;

struct Job {
  std::string hash;
  std::size_t index = 0;  ///< of the first planned run with this hash
  const RunPlan* plan = nullptr;
  double memory_mib = 0;  ///< promised to it
  int attempts = 0;
  bool announced_wait = false;
  Clock::time_point not_before = {};
  std::optional<FileLock> lock;
  std::unique_ptr<Child> child;
  std::optional<Failure> last_failure;  ///< of an infrastructure fault
  bool finished = false, told = false;
  bool follows = false;  ///< it goes on from the checkpoint of another run of this plan
  std::string trajectory;
  Entry entry;

  int threads() const { return static_cast<int>(std::max<std::int64_t>(1, plan->threads)); }
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

inline Failure infrastructure(std::string what, std::string cure = "call the command again") {
  return {Fault::infrastructure, "ERROR", "supervise", std::move(what), std::move(cure)};
}

}  // namespace gradus::executor
