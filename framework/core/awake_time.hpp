#pragma once

#include <algorithm>
#include <chrono>

namespace gradus {

/// Time in which our own process ran, for a loop that looks at the clock often. A step between two
/// looks counts for `longest` at most: what is beyond passed while we were stopped (Ctrl-Z, a
/// debugger, a scheduler that suspends jobs) or got no core, and whoever we watch is not to be
/// blamed for it.
class AwakeTime {
 public:
  using Clock = std::chrono::steady_clock;

  explicit AwakeTime(std::chrono::milliseconds longest, Clock::time_point now = Clock::now())
      : longest_ms_(static_cast<double>(longest.count())), last_(now) {}

  /// What has passed since the last look, in ms and as far as it counts.
  double step(Clock::time_point now = Clock::now()) {
    const double passed_ms = std::chrono::duration<double, std::milli>(now - last_).count();
    last_ = now;
    const double counted_ms = std::clamp(passed_ms, 0.0, longest_ms_);
    total_ms_ += counted_ms;
    return counted_ms;
  }
  /// The sum of all steps.
  double total_ms() const { return total_ms_; }

 private:
  double longest_ms_, total_ms_ = 0;
  Clock::time_point last_;
};

}  // namespace gradus
