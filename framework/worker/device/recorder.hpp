#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/worker/device/device.hpp"

namespace gradus::worker {

/// What a recorded step depends on beside memory: images in the batch, their height and width.
using StepShape = std::tuple<std::int64_t, std::int64_t, std::int64_t>;

/// Takes steps one by one at first (libraries allocate and choose in the first calls, which cannot
/// be recorded), then records one of each shape and replays it. Steps that ask LibTorch for other
/// operations from one to the next are not recorded.
class StepRecorder {
 public:
  using Addresses = std::vector<const void*>;
  /// `on`: whether to record at all. `addresses`: where the memory lies that outlives a step; a
  /// step that exchanges it cannot be replayed.
  StepRecorder(Device& device, bool on, std::function<Status()> step,
               std::function<Addresses()> addresses);

  /// Takes a step of that shape. Error: the step's own.
  Status take(const StepShape& shape);
  /// Records no further step and forgets those that were.
  void give_up(std::string why);
  /// Why nothing is recorded though it was asked for; "" while it is.
  const std::string& reason() const { return reason_; }
  /// Steps that were replayed so far.
  std::int64_t replayed() const { return replayed_; }

 private:
  struct Recorded {
    int taken = 0;
    std::optional<std::uint64_t> operations;  ///< of the last plain step (operations_of())
    std::unique_ptr<StepGraph> graph;
  };
  Status take_plainly(Recorded& recorded);

  Device& device_;
  bool on_;
  std::function<Status()> step_;
  std::function<Addresses()> addresses_;
  Status last_;
  bool begun_ = false;
  std::map<StepShape, Recorded> shapes_;
  std::string reason_;
  std::int64_t replayed_ = 0;
};

}  // namespace gradus::worker
