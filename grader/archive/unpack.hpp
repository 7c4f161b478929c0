#pragma once

#include <filesystem>
#include <optional>

#include "framework/core/paths.hpp"
#include "framework/core/result.hpp"
#include "framework/record/evidence.hpp"
#include "framework/sandbox/sandbox.hpp"
#include "grader/archive/rules.hpp"

namespace gradus::grader {

/// Unpacks an archive (zip; tar, plain or with gzip, xz or zstd) into `target`, which must not be
/// there yet. The archive is read by gradus-unpack in the sandbox; the files are written here, from
/// names and sizes that are checked again, as plain files of mode 0644.
/// A value: what is wrong with the archive, the submission's fault (then nothing is written).
/// Error (infrastructure): this machine cannot unpack.
Result<std::optional<Failure>> unpack(const Paths& paths, sandbox::Mode mode,
                                      const std::filesystem::path& archive,
                                      const std::filesystem::path& target,
                                      const ArchiveCaps& caps = {});

/// A submission that cannot be taken: phase "unpack", code REJECTED.
Failure rejection(std::string what, std::string cure);

}  // namespace gradus::grader
