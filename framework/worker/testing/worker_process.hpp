#pragma once

// Drives the real gradus-worker program over pipes, as a supervisor would, for tests.

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "framework/core/files.hpp"
#include "framework/record/messages.hpp"
#include "framework/record/plan.hpp"

namespace gradus::worker::test {

/// Images uint8 [N, H, W, C] and labels.
struct Images {
  std::vector<std::uint8_t> pixels, labels;
  std::int64_t count() const { return static_cast<std::int64_t>(labels.size()); }
};

/// `count` images 8×8×3 of 4 classes: the class is the bright quadrant, under noise. Learnable in
/// an epoch; chance is 1/4.
Images quadrant_images(std::int64_t count, std::uint64_t seed);

/// A plan for them: two epochs of batch 32 with crop and flip off.
RunPlan small_plan(const std::string& model);

class WorkerProcess {
 public:
  /// Starts the program with descriptors 3 and 4, and 5 and 6 where there is data.
  explicit WorkerProcess(const Images* data = nullptr);
  ~WorkerProcess();

  FrameChannel& channel() { return *channel_; }
  void send_start(const std::string& role, const Json& plan, const Json& more = Json::object());
  void write_raw(const std::string& bytes);
  /// Closes the pipe towards the worker.
  void close_input() { to_.reset(); }
  /// And the one from it: as if the supervisor had died.
  void close_all() {
    to_.reset();
    from_.reset();
  }
  /// The next frame; nullopt at the end of the stream. Fails the test on a broken or unknown frame.
  std::optional<Frame> next();
  /// Exit code, or -signal. Waits.
  int wait();
  /// What the worker wrote to standard output and error; call after wait().
  std::string printed();

 private:
  Fd to_, from_, output_;
  std::unique_ptr<FrameChannel> channel_;
  pid_t pid_ = -1;
};

/// Everything that a trainer said.
struct TrainerTalk {
  Json ready, failed, end;  ///< null where it never came
  std::vector<Json> epochs, progress, diverged;
  std::map<std::string, Json> measured;  ///< figures by probe
  std::vector<Weights> weights;
  std::vector<std::int64_t> seqs;  ///< in order of arrival
  int exit_code = -1;
  std::string printed;
};
/// What a supervisor may ask of a trainer, and say to it.
struct TrainerOrders {
  bool checkpoints = false;
  const Weights *weights = nullptr, *state = nullptr;  ///< where it goes on from; null: begin
  std::map<std::int64_t, Json> verdicts = {};          ///< after an epoch
};
/// Claims without their numbers, which count what was sent.
std::vector<Json> unnumbered(std::vector<Json> claims);
TrainerTalk run_trainer(const RunPlan& plan, const Images& data, const TrainerOrders& orders = {});

/// An examiner with a loaded model.
class Examination {
 public:
  explicit Examination(const RunPlan& plan);
  /// "loaded" or the failed frame's body.
  Frame load(const Weights& weights);
  /// The answer: "logits" or "bad_output" (or "failed").
  Frame examine(const Images& images, const std::string& mode = "eval");
  /// Share of images whose largest logit is their label's.
  double accuracy(const Images& images);
  WorkerProcess& process() { return process_; }
  const std::optional<Frame>& first() const { return first_; }  ///< "ready" or "failed"

 private:
  WorkerProcess process_;
  std::optional<Frame> first_;
};

std::vector<float> floats(const Frame& frame);

}  // namespace gradus::worker::test
