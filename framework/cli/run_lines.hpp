#pragma once

#include "framework/core/terminal.hpp"
#include "framework/executor/executor.hpp"

namespace gradus::cli {

/// The runs of a plan as live lines: a bar each while they train, one line each when they are done.
class RunLines {
 public:
  explicit RunLines(const Terminal& terminal) : terminal_(terminal), lines_(terminal) {}
  void show(const Plan& plan, const executor::RunProgress& progress);
  /// Removes what is drawn; the next plan may follow.
  void close() { lines_.close(); }

 private:
  const Terminal& terminal_;
  LiveLines lines_;
};

}  // namespace gradus::cli
