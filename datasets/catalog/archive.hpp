#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "datasets/catalog/entry.hpp"
#include "framework/core/result.hpp"

namespace gradus::datasets {

/// The cure for every archive that is not what it should be.
inline constexpr const char* kGetAgain =
    "get the archive again, or leave --from out to have it fetched";

/// What an archive may cost before it is given up; the defaults are far above every set we know.
struct ArchiveLimits {
  std::uint64_t entries = 4096;
  std::uint64_t unpacked_bytes = std::uint64_t{2} << 30;
};

/// Reads the wanted members of a tar archive (gzip or plain) into memory: regular files whose name
/// without its folders is a key of `wanted`, each at most as large as the value says. Nothing is
/// written to disk, so no name in an archive can lead anywhere.
/// Error (user): not such an archive, damaged or truncated, beyond a limit, a member twice.
Result<Members> read_archive(const std::filesystem::path& path,
                             const std::map<std::string, std::uint64_t>& wanted,
                             const ArchiveLimits& limits = {});

}  // namespace gradus::datasets
