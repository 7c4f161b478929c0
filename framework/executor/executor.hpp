#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "framework/core/gpu.hpp"
#include "framework/core/paths.hpp"
#include "framework/executor/estimate.hpp"
#include "framework/record/evidence.hpp"
#include "framework/record/plan.hpp"

namespace gradus::executor {

/// Progress of one distinct run (by hash).
struct RunProgress {
  std::size_t index = 0;  ///< of PlannedRun in the plan that started it
  std::string state;      ///< "cached", "running", "done", "diverged", "failed", "not_graded"
  std::int64_t epoch = 0, epochs = 0, step = 0, steps = 0;
  std::optional<double> loss, val_accuracy;
  double wall_ms = 0;
  std::string text;  ///< failure message, printable
};

/// What a pool may use of the machine.
struct Resources {
  int cores = 1;
  double memory_mib = 0;  ///< 0: not known, not bounded
  std::vector<Gpu> gpus;
  std::function<double()> available_mib = {};  ///< of its memory now; absent: not bounded
};

struct Entry;

/// A run that another run's end lets begin.
struct FollowUp {
  std::size_t index = 0;  ///< of the planned run whose progress it continues
  RunPlan run;
  std::int64_t after_epoch = 0;  ///< it most likely goes on behind this epoch; for estimates
};

struct Options {
  int jobs = 0;                                         ///< runs side by side; 0: one a core
  int per_gpu = 8;                                      ///< runs side by side on one GPU, at most
  std::optional<Resources> resources;                   ///< absent: all of this machine
  bool fresh = false;                                   ///< ignore cached evidence (it is replaced)
  std::function<void(const RunProgress&)> on_progress;  ///< called from the calling thread only
  std::function<void(const Estimate&)> on_estimate;     ///< likewise, about once a second
  /// Asked after every run that is over, with what became of it: which runs shall follow. Their
  /// entries come through here, too, not from execute().
  std::function<std::vector<FollowUp>(const Entry&)> then;
  std::function<bool()>
      cancelled;  ///< polled; then workers are stopped, nothing half-written stays
};

/// Runs every distinct run of a resolved plan that has no evidence yet, `jobs` supervisors at a
/// time, probes first, then the longest. Evidence appears under GRADUS_HOME/evidence/HASH whole or
/// not at all. Infrastructure faults are tried again (twice), then reported in the entry, never
/// cached.
struct Entry {
  std::string run_hash;
  std::filesystem::path evidence;  ///< empty where there is none
  std::optional<Failure> not_graded;
};
/// One entry per planned run, same order.
Result<std::vector<Entry>> execute(const Paths& paths, const Plan& plan, const Options& options);

/// Which runs are cached already, same order (for plans and estimates).
std::vector<bool> cached(const Paths& paths, const Plan& plan);

}  // namespace gradus::executor
