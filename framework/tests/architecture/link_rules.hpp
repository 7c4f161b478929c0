#pragma once

#include "framework/tests/architecture/tree.hpp"

namespace gradus::architecture {

/// Names of the shared libraries that `readelf -d` lists as needed.
std::vector<std::string> parse_needed(const std::string& readelf_output);

/// Runs readelf on a program; empty where the file is not a dynamic ELF program.
std::vector<std::string> needed_by(const std::filesystem::path& program);

/// Those of `libraries` that belong to LibTorch or the GPU's run time.
std::vector<std::string> torch_libraries(const std::vector<std::string>& libraries);

}  // namespace gradus::architecture
