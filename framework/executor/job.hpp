#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "framework/core/files.hpp"
#include "framework/executor/child.hpp"
#include "framework/executor/executor.hpp"

namespace gradus::executor {

/// One distinct run of a plan on its way through the pool.
struct Job {
  std::string hash;
  std::size_t index = 0;  ///< of the first planned run with this hash
  const RunPlan* plan = nullptr;
  double memory_mib = 0;           ///< promised to it, while it runs
  std::optional<std::size_t> gpu;  ///< that it has, while it runs
  int attempts = 0;
  bool announced_wait = false;
  std::chrono::steady_clock::time_point not_before = {};
  std::optional<FileLock> lock;
  std::unique_ptr<Child> child;
  std::optional<Failure> last_failure;  ///< of an infrastructure fault
  bool finished = false;
  Entry entry;

  int threads() const { return static_cast<int>(plan->threads > 1 ? plan->threads : 1); }
};

}  // namespace gradus::executor
