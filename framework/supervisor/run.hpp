#pragma once

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "framework/core/gpu.hpp"
#include "framework/record/evidence.hpp"
#include "framework/record/npy.hpp"
#include "framework/sandbox/sandbox.hpp"
#include "framework/supervisor/checkpoint.hpp"
#include "framework/supervisor/examiner.hpp"
#include "framework/supervisor/image_set.hpp"
#include "framework/supervisor/progress.hpp"
#include "framework/supervisor/trainer.hpp"

namespace gradus::supervisor {

/// Everything that one run needs, opened already.
struct RunInputs {
  RunPlan plan;
  std::filesystem::path worker;        ///< program
  std::vector<sandbox::Mount> mounts;  ///< worker, LibTorch, plugin libraries
  ImageSet train, val, test;           ///< whole splits; the plan's limits are applied here
  int train_images_fd = -1, train_labels_fd = -1;  ///< what the trainer gets
  std::string secret;                              ///< exam order derives from it
  std::map<std::string, std::string> host;
  std::FILE* progress = nullptr;
  const std::atomic<bool>* cancelled = nullptr;
  /// File of a train run's checkpoint: it goes on from there and keeps it up to date; empty: none.
  std::filesystem::path checkpoint;
  std::optional<Gpu> gpu;             ///< that a run with device "cuda" has; both workers use it
  std::function<bool()> gpu_answers;  ///< asks the driver whether it is still there
  bool last_attempt = false;          ///< it is not tried again, whatever happens
  double stall_ms = 60'000;           ///< patience with a worker that neither computes nor talks
};

/// What a run leaves, before it is written.
struct RunRecord {
  Evidence evidence;
  Observed observed;
  std::vector<Json> events;                ///< claims in order
  std::map<std::string, NpyArray> arrays;  ///< file name → content
  std::optional<Json> histograms;          ///< of the last weights
};

/// One run while it goes on: the two workers and the record so far. Kinds of run (train_run.cpp,
/// probe_run.cpp) are functions over it.
struct Run {
  const RunInputs& inputs;
  Worker& trainer_worker;
  TrainerListener& trainer;
  Examiner& examiner;
  Progress& progress;
  RunRecord& record;

  ImageSet train, val;                  ///< cut to the plan's train_images and exam_val_images
  double tolerance = 0;                 ///< of two answers to one image, relative
  const Checkpoint* resumed = nullptr;  ///< what the run goes on from; null: from its beginning
  bool examiner_gone = false;
  bool trainer_dismissed = false;  ///< we ended it because the rest of its work is not wanted

  Json trainer_ready = Json::object();

  /// Adds the claims of an item to the events, and what it says of the model.
  void take_claims(const TrainerItem& item);
  /// Keeps tensor table and parameter count of the first hand-over.
  void take_tensors(const Weights& weights);
  /// Adds a warning once; the text must not depend on timing.
  void warn(const std::string& text);
  /// Examines `set` in the secret order of `subject`; repeats that disagree become a warning.
  Result<Logits> examine_set(const ImageSet& set, const std::string& subject);
  /// Ends the run as failed: by what happened to that worker.
  void fail(Worker& worker, const Error& error);
  ExamOrder order(const ImageSet& set, const std::string& subject) const;
};

void train_run(Run& run);
/// What a trainer is told after an epoch: accuracy in three digits, and what was decided.
Json verdict_body(std::int64_t epoch, std::optional<double> val_accuracy, bool stop,
                  double plateau_factor);
void probe_run(Run& run);

/// Starts the workers, runs the plan, ends the workers. Whatever the submission does ends in a
/// record; an Error is infrastructure's (no sandbox, no worker program, cancelled). Ignores SIGPIPE
/// for the whole process. Call from a thread that lasts: the workers die with it.
Result<RunRecord> supervise(const RunInputs& inputs);

/// Writes the evidence files into a staging folder.
Status write_record(const std::filesystem::path& staging, const RunRecord& record);

}  // namespace gradus::supervisor
