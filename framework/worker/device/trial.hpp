#pragma once

#include <string>

#include "framework/core/result.hpp"

namespace gradus::worker {

/// Opens the device ("cuda", "emulated") and takes steps of a small network on it: plainly at
/// first, then recorded and replayed. Error (infrastructure): what failed, and what to do.
Status try_device(const std::string& name);

/// The same as a program of its own (`gradus-worker --try-gpu`): 0, or 3 with {"what", "cure"} as a
/// line of JSON on standard output.
int try_device_and_tell(const std::string& name);

}  // namespace gradus::worker
