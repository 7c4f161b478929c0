#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "framework/record/plan.hpp"

namespace gradus::executor {

/// Images that are examined, in images trained on: a forward pass costs about a third of a step.
double examination_cost(double images);

/// Cost of a run in training images: what it trains on, and what it examines after every epoch.
double cost(const RunPlan& plan);

/// The same up to a point in the run: `epoch` counts from 1, `step` of `steps` in it.
double cost_until(const RunPlan& plan, std::int64_t epoch, std::int64_t step, std::int64_t steps);

/// Which runs (each with its threads and memory, in the order wanted) may start now: at most `jobs`
/// side by side, never more threads than `cores` together, never more memory than `memory_mib` (0:
/// not known) or than is free; except that one run may always go alone. A run that does not fit yet
/// lets smaller ones behind it go first.
struct Slots {
  int jobs = 1, cores = 1;
  int running = 0, threads = 0;         ///< at work already
  double memory_mib = 0, used_mib = 0;  ///< of the machine; promised to runs
  /// Seen lately: what others, too, have left, less what runs at work are promised and do not hold.
  double free_mib = std::numeric_limits<double>::infinity();
  bool fits(int wanted_threads, double wanted_mib = 0) const {
    return running == 0 ||
           (running < jobs && threads + wanted_threads <= cores &&
            (memory_mib <= 0 || used_mib + wanted_mib <= memory_mib) && wanted_mib <= free_mib);
  }
};

/// Memory that new processes may take without swapping, and within the limits of our container,
/// MiB; 0 where it is not known.
double available_memory_mib();

/// One run that is at work or waits.
struct Pending {
  double seconds = 0;  ///< still to go
  int threads = 1;
  bool running = false;
};

/// When all are done, in seconds from now: runs at work go on, the others start in their order as
/// soon as they fit.
double makespan(const std::vector<Pending>& runs, int jobs, int cores);

}  // namespace gradus::executor
