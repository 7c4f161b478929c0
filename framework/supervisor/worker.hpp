#pragma once

// One confined worker process and the frames to and from it.
//
// Theory of operation. The two pipes are made here; the sandbox places them at descriptors 3 and 4.
// A thread waits for the process from the start on, which keeps its output drained and its limits
// watched. Whoever talks to the worker uses receive() and send(): they check nonce and form of what
// comes, and turn every end of the conversation into an Error whose `where` is a Trouble word. What
// the worker's death means is decided afterwards, by failure(), from exit status, signal, limits
// and which frames had been seen: never from what the worker said about itself alone.
//
// Nothing waits forever: the sandbox ends a worker at its CPU and wall limits, and a Watch
// (watch.hpp) kills one that neither sends nor computes. A dead worker's pipe ends, and so does
// every receive().

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "framework/core/files.hpp"
#include "framework/core/gpu.hpp"
#include "framework/core/machine.hpp"
#include "framework/core/paths.hpp"
#include "framework/record/evidence.hpp"
#include "framework/record/messages.hpp"
#include "framework/sandbox/sandbox.hpp"

namespace gradus::supervisor {

/// `where` of an Error from a worker's stream.
inline constexpr const char* kStreamEnded = "stream ended";  ///< ask failure() what it died of
inline constexpr const char* kTampered = "TAMPERED";
inline constexpr const char* kInvalidOutput = "INVALID_OUTPUT";

/// Reason of a kill by Watch.
inline constexpr const char* kStalled = "stalled";

Error tampered(const std::string& what);

/// How a worker is to be started.
struct WorkerSpec {
  std::string role;  ///< "trainer" or "examiner"
  RunPlan plan;
  std::filesystem::path program;  ///< gradus-worker
  std::vector<sandbox::Mount> mounts;
  std::vector<std::pair<int, int>> data_fds;  ///< trainer only: train images → 5, train labels → 6
  std::uint64_t payload_limit = kMaxFramePayload;
  bool checkpoints = false;                    ///< trainer: hands out its state after every epoch
  std::int64_t resume_epoch = 0;               ///< trainer: goes on behind this epoch; 0: begins
  double spent_cpu_ms = 0, spent_wall_ms = 0;  ///< of the limits, before the run was interrupted
  std::optional<Gpu> gpu;                      ///< its device files are handed in
  std::function<bool()> gpu_answers;           ///< asked once a worker with a GPU has failed
  bool last_attempt = false;                   ///< who is killed again is the submission's then
  const sandbox::Layers* layers_for_test = nullptr;  ///< see sandbox::Spec
};

/// The sandbox of a worker, without its descriptors: program, environment, mounts, limits, devices.
Result<sandbox::Spec> confinement(const WorkerSpec& spec);

class Worker {
 public:
  /// Errors are infrastructure's. Call from a thread that lives as long as the worker.
  static Result<std::unique_ptr<Worker>> start(const WorkerSpec& spec,
                                               const std::string& run_nonce);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// The next frame, well-formed and with the wanted nonce. "failed" is kept for failure() and then
  /// reported as the stream's end.
  Result<Frame> receive(const std::string& nonce);
  /// The next frame must be of this type.
  Result<Frame> expect(const std::string& type, const std::string& nonce);
  Status send(const std::string& type, const std::string& nonce, const Json& body,
              const void* payload = nullptr, std::uint64_t payload_size = 0);
  Status send_weights(const std::string& nonce, const Weights& weights);
  Result<Weights> receive_weights(const Frame& begin, const WeightLimits& limits = {});
  /// Sends only if that cannot block; a worker that does not read its verdicts misses them.
  void send_if_room(const std::string& type, const std::string& nonce, const Json& body);
  /// Wants the end of the stream. Error: TAMPERED where more comes.
  Status expect_silence();

  /// First words: waits for "ready", keeps its warnings.
  Result<Frame> expect_ready();

  /// What is going on, for messages: "train, epoch 3".
  void set_phase(std::string phase);
  std::string phase() const;
  const std::string& role() const { return role_; }
  const std::string& run_nonce() const { return run_nonce_; }

  void kill(const std::string& why);  ///< from any thread; `why` is kept if it is the first
  /// Waits until the whole process tree is gone.
  const sandbox::Outcome& finish();
  /// finish(), but a worker that does not end by itself within `patience_ms` is killed. Time in
  /// which we were stopped, or it got no core, does not count.
  const sandbox::Outcome& finish_within(double patience_ms);
  /// Why there is no outcome: from outside facts. Calls finish(). `error`: what ended the talk.
  Failure failure(const Error& error);
  WorkerObserved observed();

  /// For Watch: somebody waits for this worker to say or take something.
  bool awaited() const { return awaited_.load() && !owed_.load(); }
  /// While we owe it an answer, its silence is none of its own.
  void owe(bool answer) { owed_ = answer; }
  std::uint64_t exchanges() const { return exchanges_.load(); }
  double cpu_ms();
  double wall_ms();  ///< since it was started, as its limit counts it
  bool at_work();    ///< a thread of it runs, or would if it got a core or its disk

 private:
  Worker(WorkerSpec spec, std::string run_nonce, Fd to, Fd from, sandbox::Process process);
  Error stream_error(const Error& error) const;

  std::string role_, run_nonce_;
  RunLimits limits_;
  std::string gpu_;
  std::function<bool()> gpu_answers_;
  std::optional<std::int64_t> kernel_kills_;  ///< at the start of a last attempt
  Fd to_worker_, from_worker_;
  FrameChannel channel_;
  sandbox::Process process_;
  std::atomic<bool> awaited_ = false, ready_ = false, owed_ = false;
  std::atomic<std::uint64_t> exchanges_ = 0;
  std::optional<Failure> said_;  ///< the worker's own "failed" frame

  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::optional<sandbox::Outcome> outcome_;
  std::string phase_ = "load", killed_for_;
  std::thread waiter_;
};

}  // namespace gradus::supervisor
