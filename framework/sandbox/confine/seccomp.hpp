#pragma once

#include <string>

namespace gradus::sandbox {

/// Installs the given filter (bytes of a struct sock_filter[]) on the calling thread, and before it
/// one that answers ENOSYS to calls newer than the filter's author knew. `guard_signals`: and one
/// that lets signals go to the caller's own process only. Needs no_new_privs. Returns what failed.
std::string apply_seccomp(const std::string& filter, bool guard_signals);

/// Whether this kernel takes a filter that traces (SECCOMP_RET_TRACE).
bool seccomp_available();

}  // namespace gradus::sandbox
