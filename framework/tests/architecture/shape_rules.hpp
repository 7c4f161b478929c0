#pragma once

#include "framework/tests/architecture/tree.hpp"

namespace gradus::architecture {

/// No code file is longer than this: one purpose a file.
inline constexpr std::size_t kMostLines = 400;

/// Code files (C++, shell, CMake, Python) longer than kMostLines.
Violations length_violations(const std::filesystem::path& root);

/// Rooms without README.md or CMakeLists.txt.
Violations room_violations(const std::filesystem::path& root);

/// Entries of the root that are neither rooms nor demanded there by a tool.
Violations root_violations(const std::filesystem::path& root);

}  // namespace gradus::architecture
