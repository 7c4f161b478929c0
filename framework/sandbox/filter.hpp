#pragma once

#include <string>

#include "framework/core/result.hpp"

namespace gradus::sandbox {

/// The seccomp program of a confined program, as the bytes of a struct sock_filter[]. Built once
/// per process and kind. `may_exec` false: execve and execveat are handed to a tracer, and fail
/// where there is none (see confine/main.cpp). `devices`: with what CUDA's start needs.
Result<std::string> system_call_filter(bool may_exec, bool devices);

}  // namespace gradus::sandbox
