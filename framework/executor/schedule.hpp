#pragma once

#include <cstddef>
#include <vector>

#include "framework/record/plan.hpp"

namespace gradus::executor {

/// Rough cost of a run, in images through the network; only the order matters.
double cost(const RunPlan& plan);

/// Which of `waiting` (threads each, in the order wanted) may start now: at most `jobs` runs side
/// by side and never more threads than `cores` together, except that one run may always go alone. A
/// run that does not fit yet lets smaller ones behind it go first.
struct Slots {
  int jobs = 1, cores = 1;
  int running = 0, threads = 0;  ///< at work already
  bool fits(int wanted_threads) const {
    return running < jobs && (running == 0 || threads + wanted_threads <= cores);
  }
};

}  // namespace gradus::executor
