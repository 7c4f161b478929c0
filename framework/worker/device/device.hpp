#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "framework/worker/device/jobs.hpp"

namespace gradus::worker {

/// A training step, recorded once and replayed with one call instead of one a kernel: small
/// networks spend most of their time on a GPU waiting to be told the next thing.
class StepGraph {
 public:
  virtual ~StepGraph() = default;
  /// Calls `step` once while what it asks of the device is written down, not done. "" or why it
  /// could not be recorded: what `step` returned, or what the device says; then this object is of
  /// no further use, and the device is as before.
  virtual std::string capture(const std::function<std::string()>& step) = 0;
  /// Does what was written down, on the memory that was used then.
  virtual void replay() = 0;
};

/// Where networks are trained, if not on the CPU. One process has one. Errors are exceptions of
/// LibTorch (c10::Error).
class Device {
 public:
  virtual ~Device() = default;
  virtual c10::Device place() const = 0;
  /// For the report: "name", "compute_capability", "driver", …
  virtual std::map<std::string, std::string> facts() const = 0;
  /// Seeds the generator of operations that run here.
  virtual void seed(std::uint64_t value) = 0;

  virtual void fill(const FillJob& job) = 0;
  /// `loss`: one value; `correct`: number of images whose largest logit is their label's.
  virtual void tally(const float* loss, const std::int64_t* correct, std::int64_t count,
                     Cursor* cursor) = 0;
  virtual void update(const UpdateJob& job, std::span<const UpdateTensor> tensors) = 0;
  /// The next step of the epoch.
  virtual void advance(Cursor* cursor) = 0;

  virtual std::unique_ptr<StepGraph> graph() = 0;
};

/// What a run wants of its device.
struct DeviceWish {
  std::int64_t memory_mib = 0;  ///< at most; 0: all of it
  bool tfloat32 = false;        ///< products of float32 may be rounded to ten bits
};

}  // namespace gradus::worker
