#pragma once

#include <gradus/manifest.hpp>
#include <map>
#include <string>
#include <vector>

#include "framework/core/result.hpp"

namespace gradus::worker {

/// The "key=value;" fields of a fingerprint; a field without '=' is dropped.
std::map<std::string, std::string> fingerprint_fields(const std::string& fingerprint);

/// Checks a manifest in the fixed order: magic, ABI, size, fingerprint (all differences in one
/// message), non-null, kind, name. Reads a field only after the checks before it have made it
/// meaningful. `wanted_fingerprint` is the worker's own. The value: warnings (another compiler of
/// the same C++ ABI). Errors: Fault::submission, `where` = "LOAD_FAILED load".
Result<std::vector<std::string>> check_manifest(const gradus::Manifest* manifest,
                                                const std::string& kind, const std::string& name,
                                                const std::string& wanted_fingerprint);

}  // namespace gradus::worker
