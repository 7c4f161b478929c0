#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "framework/core/awake_time.hpp"
#include "framework/core/files.hpp"
#include "framework/core/paths.hpp"
#include "framework/record/plan.hpp"

namespace gradus::executor {

/// One gradus-supervisor at work: a process group of its own, so that an interrupt from the
/// keyboard reaches us only, and bound to our life (SIGKILL when the thread that started it ends).
class Child {
 public:
  /// Makes `folder` with plan.json in it; the supervisor writes its evidence to folder/staging, and
  /// goes on from `checkpoint` where there is such a file. `gpu`: that the run has; empty: none.
  /// `last`: it will not be tried again.
  static Result<Child> start(const Paths& paths, const RunPlan& plan,
                             const std::filesystem::path& folder,
                             const std::filesystem::path& checkpoint, const std::string& gpu = "",
                             bool last = false);
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  ~Child();  ///< kills the group and waits

  /// Standard output; readable when there is something to take().
  int output_fd() const { return output_.get(); }
  /// Whole lines that have come since; does not block.
  std::vector<std::string> take();
  /// Wait status once it has ended. To be asked often: wall_ms() counts by it.
  std::optional<int> ended();
  /// Asks it to stop its workers and end (SIGTERM); the destructor does not ask.
  void stop();
  std::filesystem::path staging() const { return folder_ / "staging"; }
  /// The last lines of its standard error.
  std::string errors() const;
  /// Memory that it and its workers hold now, counted as a run's evidence does.
  double memory_mib() const;
  /// How long it has run, but for times in which we were stopped (core/awake_time.hpp).
  double wall_ms() const { return awake_.total_ms(); }

 private:
  Child(pid_t pid, Fd output, std::filesystem::path folder)
      : pid_(pid), output_(std::move(output)), folder_(std::move(folder)) {}

  pid_t pid_;
  Fd output_;
  std::filesystem::path folder_;
  std::string buffer_;
  std::optional<int> status_;
  AwakeTime awake_{std::chrono::seconds(2)};
};

}  // namespace gradus::executor
