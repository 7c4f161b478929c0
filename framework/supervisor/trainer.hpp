#pragma once

// Listens to the trainer.
//
// Theory of operation. A thread of its own reads the trainer's frames, so that training never waits
// for an examination; what it read goes through a short queue to the thread that examines. A full
// queue stops the reading, and the pipe then slows the trainer: memory stays bounded. Each item of
// the queue carries the claims made since the item before. Evidence is written from items in their
// order, up to the one that ended the run: how far the trainer had got meanwhile does not matter.

#include <atomic>
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
  std::shared_ptr<const Weights> state;    ///< with the weights of an epoch, where asked for
  bool ended = false;                      ///< it said "end" and then closed its stream
  std::optional<Error> error;              ///< the conversation is over: ask Worker::failure()
  double at_ms = 0;                        ///< since the listener began; for observed.json only
};

/// The texts under "warnings" of a checked "ready" or "end"; none where it has no such key.
std::vector<std::string> warnings_of(const Json& body);

/// What a trainer that goes on behind an epoch is given.
struct Resume {
  std::int64_t epoch = 0;
  std::shared_ptr<const Weights> weights, state;
  std::optional<Json> verdict;  ///< of that epoch, where the recipe needs one
};

/// Checks that claims and hand-overs come in an order that the plan allows.
class TrainerProtocol {
 public:
  /// `resume`: null for a run from its beginning.
  TrainerProtocol(const RunPlan& plan, const Resume* resume);
  /// A claim (progress, epoch_end, diverged) or weights_begin. Error: TAMPERED.
  Status check(const Frame& frame);
  /// Every hand-over has the tensors of the first.
  Status check(const Weights& weights);
  /// A trainer's state stands right behind the weights of its epoch.
  Status check_state(const Frame& begin);
  /// Caps on a state, from the weights that it belongs to.
  static WeightLimits state_limits(const Weights& weights);
  /// No epoch may follow this one, and the trainer may end after it. From any thread.
  void stop_after(std::int64_t epoch) { stop_after_ = epoch; }
  /// "end" is in place. Error: TAMPERED, work is missing.
  Status check_end() const;

 private:
  Status check_number(const Frame& frame);
  Status check_measured(const Frame& frame);

  const RunPlan& plan_;
  std::int64_t next_seq_ = 0, epoch_ = 0, step_ = 0, epochs_handed_ = -1, frames_ = 0;
  bool diverged_ = false;
  std::atomic<std::int64_t> stop_after_ = -1;
  std::vector<std::string> handed_;      ///< names of hand-overs, "init", "one_step", ...
  std::vector<std::string> measured_;    ///< claimed probes that were measured
  std::vector<std::string> tensor_set_;  ///< name, kind, dtype, shape of each tensor
};

class TrainerListener {
 public:
  using OnProgress = std::function<void(const Json& progress)>;  ///< from the listening thread
  /// Starts listening. `worker` and `plan` outlive the listener. `states`: the trainer was asked
  /// for checkpoints.
  TrainerListener(Worker& worker, const RunPlan& plan, OnProgress on_progress, bool states = false,
                  std::optional<Resume> resume = std::nullopt);
  ~TrainerListener();  ///< kills the worker if it still runs
  TrainerListener(const TrainerListener&) = delete;
  TrainerListener& operator=(const TrainerListener&) = delete;

  /// Waits for the next item. After one with `ended` or `error` there is none: do not call again.
  TrainerItem next();
  /// The same, but nullopt where none has come by then.
  std::optional<TrainerItem> next_until(std::chrono::steady_clock::time_point moment);
  /// To be called before the trainer is told: it may end after this epoch, and not go on.
  void stop_after(std::int64_t epoch) { protocol_.stop_after(epoch); }

 private:
  static constexpr std::size_t kQueued = 4;
  void listen();
  Status listen_to_end();
  Status handle(const Frame& frame);
  Status begin_again();
  std::string phase_after(const Weights& weights) const;
  Result<std::shared_ptr<const Weights>> receive_state(const Weights& weights);
  void push(TrainerItem item);

  Worker& worker_;
  std::optional<Resume> resume_;
  TrainerProtocol protocol_;
  std::string last_hand_over_;  ///< of a probe run
  bool measures_;               ///< claims figures for probes
  bool train_, states_, waits_;
  std::int64_t epochs_, last_epoch_;
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
