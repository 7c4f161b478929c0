#pragma once

#include <chrono>
#include <ctime>

#include "framework/core/terminal.hpp"
#include "framework/executor/executor.hpp"

namespace gradus::cli {

/// The runs of a plan as live lines: a bar each while they train, one line each when they are done,
/// and one for what happens to them on their way.
class RunLines {
 public:
  explicit RunLines(const Terminal& terminal) : terminal_(terminal), lines_(terminal) {}
  void show(const Plan& plan, const executor::RunProgress& progress);
  /// "12 of 18 runs done, about 41 min left (14:32)": as the last line on a terminal; elsewhere
  /// once, a minute after the start.
  void show(const executor::Estimate& estimate);
  /// Removes what is drawn; the next plan may follow.
  void close() { lines_.close(); }

 private:
  const Terminal& terminal_;
  LiveLines lines_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  bool told_ = false;
};

/// What is said of an estimate; `now` in seconds of the epoch, the end in local time.
std::string estimate_text(const executor::Estimate& estimate, std::time_t now);

}  // namespace gradus::cli
