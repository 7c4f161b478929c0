#pragma once

// Listens to the trainer.
//
// Theory of operation. A thread of its own reads the trainer's frames, so that training never waits
// for an examination; what it read goes through a short queue to the thread that examines. A full
// queue stops the reading, and the pipe then slows the trainer: memory stays bounded. Each item of
// the queue carries the claims made since the item before. Evidence is written from items in their
// order, up to the one that ended the run: how far the trainer had got meanwhile does not matter.

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "framework/supervisor/worker.hpp"

namespace gradus::supervisor {

/// One thing that the trainer did.
struct TrainerItem {
  std::vector<Json> claims;                ///< since the item before; without nonce and sequence
  std::optional<Json> ready;               ///< in the first item, unless it died before
  std::vector<std::string> warnings;       ///< in the last item: of its "end"
  std::shared_ptr<const Weights> weights;  ///< a hand-over, or none
  bool ended = false;                      ///< it said "end" and then closed its stream
  std::optional<Error> error;              ///< the conversation is over: ask Worker::failure()
  double at_ms = 0;                        ///< since the listener began; for observed.json only
};

/// The texts under "warnings" of a checked "ready" or "end"; none where it has no such key.
std::vector<std::string> warnings_of(const Json& body);

/// Checks that claims and hand-overs come in an order that the plan allows.
class TrainerProtocol {
 public:
  explicit TrainerProtocol(const RunPlan& plan) : plan_(plan) {}
  /// A claim (progress, epoch_end, diverged) or weights_begin. Error: TAMPERED.
  Status check(const Frame& frame);
  /// Every hand-over has the tensors of the first.
  Status check(const Weights& weights);
  /// "end" is in place. Error: TAMPERED, work is missing.
  Status check_end() const;

 private:
  const RunPlan& plan_;
  std::int64_t next_seq_ = 0, epoch_ = 0, step_ = 0, epochs_handed_ = -1, frames_ = 0;
  bool diverged_ = false;
  std::vector<std::string> handed_;      ///< names of hand-overs, "init", "one_step", ...
  std::vector<std::string> tensor_set_;  ///< name, kind, dtype, shape of each tensor
};

class TrainerListener {
 public:
  using OnProgress = std::function<void(const Json& progress)>;  ///< from the listening thread
  /// Starts listening. `worker` and `plan` outlive the listener.
  TrainerListener(Worker& worker, const RunPlan& plan, OnProgress on_progress);
  ~TrainerListener();  ///< kills the worker if it still runs
  TrainerListener(const TrainerListener&) = delete;
  TrainerListener& operator=(const TrainerListener&) = delete;

  /// Waits for the next item. After one with `ended` or `error` there is none: do not call again.
  TrainerItem next();

 private:
  static constexpr std::size_t kQueued = 4;
  void listen();
  Status listen_to_end();
  Status handle(const Frame& frame);
  void push(TrainerItem item);

  Worker& worker_;
  TrainerProtocol protocol_;
  bool train_;
  std::int64_t epochs_;
  OnProgress on_progress_;
  std::optional<Json> ready_;  ///< until the first item takes it
  std::vector<Json> claims_;
  std::vector<std::string> end_warnings_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<TrainerItem> queue_;
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace gradus::supervisor
