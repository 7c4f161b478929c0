#pragma once

#include <string>
#include <vector>

#include "framework/core/process.hpp"

namespace gradus::attacks {

/// A command in a disposable outer sandbox: mounts, processes and a loopback network of its own, so
/// that an attack which succeeds hurts nobody. `shown`: host paths that it sees, read-only.
Command in_outer_sandbox(const std::vector<std::string>& shown,
                         const std::vector<std::string>& argv);

}  // namespace gradus::attacks
