#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/record/input.hpp"
#include "framework/record/recipe.hpp"

namespace gradus {

using Json = nlohmann::json;  ///< objects keep their keys sorted: dump() is canonical

inline constexpr const char* kPlanSchema = "gradus.plan/1";
/// Raised whenever our training or scoring code changes what evidence comes out of a plan.
inline constexpr int kEvidenceVersion = 7;

/// One plugin that a run uses, by role and name; the grader fills in the library.
struct PluginUse {
  std::string kind;     ///< "model", "activation", "augmentation"
  std::string role;     ///< "submission" or "reference"; there is no fallback between them
  std::string name;     ///< alias without prefix, e.g. "simplenn"; empty: the only one of its kind
  std::string library;  ///< built shared library, absolute path under GRADUS_HOME; not hashed
  std::string library_hash;  ///< hash of sources, toolchain, SDK and LibTorch (framework/build)
  std::map<std::string, Json> options;  ///< flat: bool, integer, float or string
};

struct SplitSpec {
  std::int64_t train = 0, val = 0;  ///< images taken from the published training set
  std::uint64_t seed = 0;
};

struct DataSpec {
  std::string name;  ///< "cifar10"
  std::string hash;  ///< of the converted files; filled in when resolved
  SplitSpec split;
  std::string split_hash;                                         ///< filled in when resolved
  std::int64_t channels = 0, height = 0, width = 0, classes = 0;  ///< filled in when resolved
};

/// What a worker may use. A time-out is a verdict only together with these.
struct RunLimits {
  std::int64_t cpu_s = 3600;       ///< CPU seconds of a worker's process tree
  std::int64_t wall_s = 7200;      ///< backstop
  std::int64_t memory_mib = 4096;  ///< resident memory of the tree
  std::int64_t scratch_mib = 64;   ///< tmpfs
  /// Memory of a GPU: what a run with device "cuda" may allocate there, trainer and examiner
  /// together (record/gpu_share.hpp); 0 for all other runs.
  std::int64_t gpu_memory_mib = 0;
};

struct ProbeSpec {
  std::string name;  ///< a name of the probe table, e.g. "shape"
  std::map<std::string, Json> options;
};

/// Everything that decides one run's evidence. kind "train": train, examine after every epoch.
/// kind "probe": hand out the initial weights, weights after one step, and weights that overfit one
/// batch; examine those.
struct RunPlan {
  std::string kind = "train";
  PluginUse model;
  std::optional<PluginUse> activation, augmentation;
  Recipe recipe;
  InputSpec input;
  DataSpec data;
  std::uint64_t seed = 0;  ///< H(base seed, trial): never of task or arm
  /// "cpu", "cuda" (one NVIDIA GPU) or "emulated": the GPU's way through the worker, its kernels
  /// run as host code; for tests, on any machine.
  std::string device = "cpu";
  /// Class of the GPU, e.g. "NVIDIA H100 80GB HBM3"; filled in when resolved, empty for the others.
  std::string device_name;
  /// dtype: of what the network computes, "float32", "bfloat16" or (GPU only) "tfloat32": float32
  /// whose products are rounded to ten bits. Weights are float32 always.
  std::string dtype = "float32", memory_format = "channels_last";
  /// The worker's engine, "gradus", or LibTorch's kernels and glibc's heap as they are, "stock". On
  /// a GPU "stock" also means that no step is captured in a graph.
  std::string engine = "gradus";
  std::int64_t threads = 1;
  std::string sandbox = "full";  ///< "full", "reduced", "off"
  std::string toolchain;  ///< SDK and LibTorch versions, worker build; filled in when resolved
  RunLimits limits;
  std::vector<ProbeSpec> probes;          ///< kind "probe" only
  std::int64_t exam_train_images = 5000;  ///< fixed unaugmented training images examined at the end
  std::int64_t exam_val_images = 0;       ///< 0: all (tests examine fewer)
  std::int64_t train_images = 0;          ///< 0: all of the split; smoke profiles train on fewer
  /// The test images are also examined mirrored, and both answers averaged (score "test_mirror").
  bool exam_mirror = false;
  /// Where above 0: training ends after so many epochs, at a rung of its sweep. Schedules and all
  /// else still look at recipe.epochs, so the run is the beginning of the one without this key.
  std::int64_t stop_after = 0;

  /// The last epoch that is trained.
  std::int64_t last_epoch() const {
    return stop_after > 0 ? std::min(stop_after, recipe.epochs) : recipe.epochs;
  }
  /// It ends before the recipe does.
  bool cut_short() const { return kind == "train" && last_epoch() < recipe.epochs; }
  /// Training images of one epoch.
  std::int64_t images_an_epoch() const {
    return train_images > 0 ? train_images : data.split.train;
  }
  /// The fields that decide the evidence, canonical; library paths are left out.
  Json hashed() const;
  /// 64 hex digits of sha256(hashed() and kEvidenceVersion).
  std::string hash() const;
  /// hash() of the run without stop_after. What runs share that differ in that alone goes by this
  /// name: their checkpoint, their lock, the order of examination.
  std::string trajectory_hash() const;
};

Json to_json(const RunPlan& plan);                ///< all fields, paths too
Result<RunPlan> run_plan_from_json(const Json&);  ///< unknown and missing keys are errors

/// A run in a lab: which task and arm it answers. Several may share one hash (and so one training).
struct PlannedRun {
  std::string id;  ///< "lr_sweep/optimizer.lr=0.1" (+ "/trial=1"), unique in the plan
  std::string task;
  std::map<std::string, Json> arm;  ///< varied key → value, in the lab's order by key
  std::int64_t trial = 0;
  RunPlan run;
};

struct Plan {
  std::string lab, profile;
  std::vector<PlannedRun> runs;
};
Json to_json(const Plan& plan);

}  // namespace gradus
