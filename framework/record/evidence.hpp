#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/record/plan.hpp"

namespace gradus {

inline constexpr const char* kEvidenceSchema = "gradus.evidence/1";

/// Where a number comes from. Points rest on observed and recomputed numbers.
enum class Trust { claimed, observed, recomputed };
const char* to_string(Trust trust);
Result<Trust> trust_from_string(const std::string& text);

/// Why a run has no (whole) outcome. Decided from outside facts only.
struct Failure {
  Fault fault = Fault::submission;
  /// BUILD_FAILED, LOAD_FAILED, CRASHED, TIMEOUT, OOM, LIMIT, DISK, INVALID_OUTPUT, TAMPERED, ERROR
  std::string code;
  std::string phase;  ///< "load", "construct", "train", "exam", "probe overfit_batch", ...
  std::string what;   ///< printable; what was found and wanted
  std::string cure;
};

/// One epoch; epoch 0 is before the first step (no training figures). NaN never occurs: absent
/// values are nullopt.
struct EpochRecord {
  std::int64_t epoch = 0;
  std::optional<double> train_loss, train_accuracy, lr;  ///< claimed: running means over the epoch
  std::optional<double> val_loss, val_accuracy;          ///< recomputed
};

/// Beside run.json: how the last weights are spread (framework/docs/formats.md).
inline constexpr const char* kHistogramsFile = "weight_histograms.json";
inline constexpr const char* kHistogramsSchema = "gradus.histograms/1";

/// Scores of one split under one set of weights; all recomputed by the supervisor.
struct SplitScore {
  std::int64_t count = 0;
  double accuracy = 0;                               ///< fraction
  double loss = 0;                                   ///< mean cross-entropy, computed in double
  std::vector<std::vector<std::int64_t>> confusion;  ///< [K][K]: row truth, column prediction
  struct Bin {
    std::int64_t count = 0;
    double confidence = 0, accuracy = 0;
  };
  std::vector<Bin> calibration;  ///< 10 equal bins of the top probability
};

/// One handed-out tensor.
struct TensorInfo {
  std::string name;   ///< "conv1.weight"
  std::string kind;   ///< "parameter" or "buffer"
  std::string dtype;  ///< "float32", "int64", ...
  std::vector<std::int64_t> shape;
  std::int64_t count = 0;  ///< elements
};

struct ProbeOutcome {
  std::string name;
  std::string verdict;                 ///< "pass", "fail", "error" (could not be measured)
  std::map<std::string, Json> found;   ///< measured figures, e.g. {"loss": 2.307}
  std::map<std::string, Json> wanted;  ///< e.g. {"loss": 2.3026, "tolerance": 0.05}
  std::string message;                 ///< one sentence: found, wanted, likely cause
  Trust trust = Trust::recomputed;
};

/// What a run left: run.json in the evidence folder. Equal plans give equal bytes.
struct Evidence {
  std::string run_hash;
  Json plan;           ///< RunPlan::hashed()
  std::string status;  ///< "done", "diverged" (a result!), "failed"
  std::optional<Failure> failure;
  std::optional<std::int64_t> diverged_epoch;
  std::optional<std::int64_t> stopped_epoch;  ///< the last one, where early stopping ended training
  std::vector<EpochRecord> epochs;            ///< [0] is before training
  std::optional<std::int64_t> best_epoch;     ///< highest validation accuracy, first on ties
  std::map<std::string, SplitScore> scores;   ///< "best_val", "final_val", "test", "train";
                                              ///< "test_mirror" where the plan asks for it
  std::vector<TensorInfo> tensors;
  std::int64_t parameters = 0;  ///< elements of handed-out parameters (tied count once)
  std::vector<ProbeOutcome> probes;
  std::vector<std::string> warnings;
};

/// One worker process as the supervisor saw it.
struct WorkerObserved {
  std::string role;  ///< "trainer", "examiner"
  int exit_code = 0, signal = 0;
  double wall_ms = 0, cpu_ms = 0;
  std::int64_t rss_kib = 0;
};

/// observed.json: clocks, memory, host. Differs from run to run.
struct Observed {
  std::string started;  ///< UTC, ISO 8601
  double wall_ms = 0;
  std::vector<WorkerObserved> workers;
  std::vector<double> epoch_wall_ms;        ///< per epoch, training and validation
  std::vector<std::string> sandbox_layers;  ///< e.g. "namespaces", "landlock", "seccomp"
  std::map<std::string, std::string> host;  ///< "cpu", "os", "compiler", "libtorch", ...
  std::string log;                          ///< printable tail of the workers' standard error
};

Json to_json(const Evidence&);
Json to_json(const Observed&);
Result<Evidence> evidence_from_json(const Json&);
Result<Observed> observed_from_json(const Json&);

/// An evidence folder: run.json, observed.json, events.jsonl (claims in order), and tensors:
/// {best_val,final_val,test,train}_logits.npy float32 [N, K], val_labels.npy int64 [N], and
/// mistakes_{images,labels,predictions}.npy (validation only, at most 64).
struct EvidenceFolder {
  Evidence evidence;
  Observed observed;
  std::filesystem::path path;
};
Result<EvidenceFolder> read_evidence(const std::filesystem::path& folder);
/// Writes run.json and observed.json into a staging folder (publish it with publish_folder()).
Status write_evidence(const std::filesystem::path& folder, const Evidence&, const Observed&);

}  // namespace gradus
