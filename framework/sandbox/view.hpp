#pragma once

#include <string>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/sandbox/config.hpp"
#include "framework/sandbox/sandbox.hpp"

namespace gradus::sandbox {

/// What a sandbox shows of this machine besides the Spec's own mounts: the system's programs and
/// libraries, read-only, as far as it has them.
std::vector<std::filesystem::path> system_folders();

/// The call of bubblewrap up to and including "--", for Spec's mounts and limits. With private
/// /proc, minimal /dev, sized /tmp and /dev/shm, everything else read-only. The caller appends the
/// program.
std::vector<std::string> bubblewrap_call(const std::filesystem::path& bubblewrap, const Spec& spec);

/// Landlock's allow-list, equal to the mounts. `scratch`: the folder that stands in for /tmp; empty
/// in the mode full.
std::vector<PathRule> landlock_rules(const Spec& spec, const std::filesystem::path& scratch);

/// Every parent of a mounted path must be searchable by everybody and the path itself readable, or
/// a program with a uid of its own cannot see it. Names the folder and the chmod.
Status check_reachable(const Spec& spec);

}  // namespace gradus::sandbox
