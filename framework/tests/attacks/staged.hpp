#pragma once

#include <string>

#include "framework/core/files.hpp"
#include "framework/sandbox/sandbox.hpp"

namespace gradus::attacks {

/// Runs one attack of the table against fresh decoys in `home` (reachable by every uid), with the
/// limits that the attacks are written for. Returns what it said ("held: ...", "succeeded: ..."),
/// what it was stopped for ("stopped: memory"), or "not started: ..." with the reason.
std::string run_attack(const fs::path& home, const fs::path& attacker, const std::string& name,
                       sandbox::Mode mode, const sandbox::Layers* layers);

/// A home for the above with a copy of the attacker, GRADUS_HOME and GRADUS_PREFIX set to match.
struct Stage {
  fs::path home, attacker;
};
Result<Stage> make_stage(const fs::path& prefix, const fs::path& attacker);

}  // namespace gradus::attacks
