#pragma once

// A run that is interrupted goes on behind its last examined epoch.
//
// Theory of operation. The trainer hands its state over with each epoch's weights; once that epoch
// is examined, everything that the rest of the run depends on is one file, replaced by a rename: at
// any instant it holds one whole epoch, or there is none. It lies outside every sandbox. The state
// is never looked into here; its bytes go back to a trainer of the same run (the file names the
// run's hash) and to nobody else. A file that is damaged, or of another run, is as good as none.
//
//   8 bytes "GRADUSCP", 8 bytes length of the header (little-endian), the header (JSON, strict),
//   the bytes of all tensors and logits in the header's order, 64 hex digits: SHA-256 of all
//   before.

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "framework/record/evidence.hpp"
#include "framework/record/messages.hpp"
#include "framework/supervisor/scores.hpp"

namespace gradus::supervisor {

/// Weights and their answers for the validation split.
struct Examined {
  std::shared_ptr<const Weights> weights;
  Logits val;
};

/// What a worker had used of its limits.
struct Spent {
  double cpu_ms = 0, wall_ms = 0;
};

struct Checkpoint {
  std::int64_t epoch = 0;  ///< the last one that was trained and examined
  Evidence evidence;       ///< so far; its run_hash is RunPlan::trajectory_hash()
  std::vector<Json> events;
  std::vector<double> epoch_wall_ms;     ///< as in Observed
  Spent trainer, examiner;               ///< over all attempts
  Examined best, last;                   ///< both may be one hand-over
  std::shared_ptr<const Weights> state;  ///< the trainer's, behind `last`
};

/// Replaces the file, atomically and synced. Error (infrastructure): it cannot be written.
Status write_checkpoint(const std::filesystem::path& file, const Checkpoint& checkpoint);

/// nullopt where there is no file. Error (infrastructure): it is damaged or of another run.
Result<std::optional<Checkpoint>> read_checkpoint(const std::filesystem::path& file,
                                                  const std::string& run_hash);

}  // namespace gradus::supervisor
