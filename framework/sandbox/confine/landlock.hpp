#pragma once

#include <string>
#include <vector>

#include "framework/sandbox/config.hpp"

namespace gradus::sandbox {

/// Version of Landlock that this kernel has; 0: none.
int landlock_abi();

/// Confines the calling thread to the rules, with every right that this kernel knows handled, TCP
/// refused and signals and abstract sockets kept inside (where the kernel can). Paths that do not
/// exist are skipped: they are no grant. Needs no_new_privs. Returns what failed; empty: done.
std::string apply_landlock(const std::vector<PathRule>& rules);

/// The first version that keeps signals inside.
inline constexpr int kLandlockScopes = 6;

}  // namespace gradus::sandbox
