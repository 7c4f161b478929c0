#pragma once

#include <filesystem>
#include <string>

#include "framework/core/paths.hpp"
#include "framework/core/result.hpp"
#include "framework/record/evidence.hpp"

namespace gradus::executor {

/// GRADUS_HOME/evidence/HASH.
std::filesystem::path evidence_folder(const Paths& paths, const std::string& run_hash);

/// GRADUS_HOME/checkpoints/HASH, HASH being RunPlan::trajectory_hash(): a folder, there only while
/// the run is not done, or waits at a rung.
std::filesystem::path checkpoint_folder(const Paths& paths, const std::string& trajectory_hash);

/// Removes checkpoints of runs that nobody has asked for again within a month. Best effort.
void remove_old_checkpoints(const Paths& paths);

/// What stands in the cache for a run. "absent" is no error; "damaged" has a reason.
struct CacheState {
  enum class Kind { absent, whole, damaged } kind = Kind::absent;
  std::string status;  ///< of whole evidence: "done", "diverged", "failed"
  std::string reason;  ///< of damage
};
/// Reads run.json and observed.json, compares the hash, and checks that the tensors of every score
/// are there in full length.
CacheState look_up(const Paths& paths, const std::string& run_hash);
/// The same for any folder.
CacheState inspect(const std::filesystem::path& folder, const std::string& run_hash);

/// Moves an evidence folder to GRADUS_HOME/set-aside, where a person may look at it.
Status set_aside(const Paths& paths, const std::string& run_hash);

}  // namespace gradus::executor
