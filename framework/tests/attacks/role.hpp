#pragma once

#include <string>

#include "framework/core/files.hpp"
#include "framework/sandbox/sandbox.hpp"

namespace gradus::attacks {

/// What a hostile plugin needs to be loaded as a student's is.
struct RoleStage {
  fs::path home;    ///< reachable by every uid; GRADUS_HOME is set to it
  fs::path worker;  ///< gradus-worker
  fs::path plugin;  ///< the library of hostile_plugin.cpp
  fs::path torch;   ///< folder of LibTorch's libraries
};
/// Copies worker and plugin to a home of their own; sets GRADUS_HOME and GRADUS_PREFIX.
Result<RoleStage> make_role_stage(const fs::path& prefix, const fs::path& worker,
                                  const fs::path& plugin, const fs::path& torch);

/// One attack of the table by a plugin inside gradus-worker, started as the supervisor starts it.
/// `role`: "trainer" or "examiner". Returns "held: ...", "succeeded: ..." or, where the worker
/// ended otherwise, "not started: ...".
std::string attack_in_role(const RoleStage& stage, const std::string& role,
                           const std::string& attack, sandbox::Mode mode,
                           const sandbox::Layers* layers);

}  // namespace gradus::attacks
