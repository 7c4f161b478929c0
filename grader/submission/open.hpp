#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "framework/core/paths.hpp"
#include "framework/core/result.hpp"
#include "framework/record/evidence.hpp"
#include "framework/sandbox/sandbox.hpp"
#include "grader/submission/find.hpp"

namespace gradus::grader {

/// Hash of what was handed in: an archive's bytes, or names and bytes of a folder's sources (of its
/// libraries too). Equal content, equal hash, wherever and whenever it lies. What cannot be read
/// has a hash as well: of the reason.
std::string content_hash(const Submission& submission);

/// A submission as a folder of sources, or why it is not taken.
struct Opened {
  std::filesystem::path folder;
  std::optional<Failure> rejected;  ///< phase "unpack"
};
/// Unpacks an archive to `scratch`/NAME; looks whether there is anything to build.
/// Error (infrastructure): this machine cannot unpack or read.
Result<Opened> open_submission(const Paths& paths, sandbox::Mode mode, const Submission& submission,
                               bool prebuilt_allowed, const std::filesystem::path& scratch);

}  // namespace gradus::grader
