#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <optional>
#include <string>

#include "framework/record/plan.hpp"

namespace gradus::supervisor {

/// The lines on gradus-supervisor's standard output, one JSON object each: {"epoch", "epochs",
/// "step", "steps", "loss", "val_accuracy", "state"}. At most five a second, but every change of
/// epoch, accuracy and state. From any thread.
class Progress {
 public:
  /// `out` may be null: nothing is written.
  Progress(std::FILE* out, std::int64_t epochs) : out_(out), epochs_(epochs) {}
  /// The trainer's claim.
  void step(const Json& claim);
  void examined(std::int64_t epoch, std::optional<double> val_accuracy);
  void state(const std::string& state);

 private:
  void write();

  std::FILE* out_;
  std::int64_t epochs_;
  std::mutex mutex_;
  std::int64_t epoch_ = 0, step_ = 0, steps_ = 0;
  std::optional<double> loss_, val_accuracy_;
  std::string state_ = "running";
  std::chrono::steady_clock::time_point next_ = {};
};

}  // namespace gradus::supervisor
