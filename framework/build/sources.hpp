#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/record/evidence.hpp"

namespace gradus::build {

/// A file of a submission, whole in memory.
struct SourceFile {
  std::string
      name;  ///< relative to the folder, "layers/block.hpp"; valid UTF-8, no control characters
  std::string content;
};

/// What a folder holds for the compiler.
struct Sources {
  std::vector<SourceFile> units;       ///< *.cpp, *.cc, *.cxx; sorted by name
  std::vector<SourceFile> headers;     ///< sorted by name
  std::vector<std::string> libraries;  ///< names of *.so files, sorted; not read
  std::vector<std::string> archives;   ///< names of packed files, sorted; not read
};

/// What a folder without units has in their place: ", only headers (net.hpp, ...)"; "" for nothing.
std::string instead_of_units(const Sources& sources);

/// Caps of a submission: enough for any network by hand, too little for embedded weights.
struct SourceLimits {
  std::size_t units = 64, files = 512, entries = 10'000, depth = 8;
  std::size_t bytes = std::size_t{2} << 20;  ///< all sources together
  std::uintmax_t library_bytes = std::uintmax_t{64} << 20;
};

/// Either sources or what is wrong with them (the submission's fault, BUILD_FAILED).
struct Collected {
  Sources sources;
  std::optional<Failure> failure;
};

/// "build", "build-debug", "build_1", "cmake-build-release": what tools make, not
/// "building_blocks".
bool is_build_folder(const std::string& name);

/// Reads the folder. Hidden files, build folders, CMakeFiles and *_test.cpp are passed over;
/// nothing is followed that is a symbolic link. Error (user): no such folder.
Result<Collected> collect_sources(const std::filesystem::path& folder,
                                  const SourceLimits& limits = {});

/// A failure of the submission's in the build phase.
Failure build_failure(std::string what, std::string cure, std::string code = "BUILD_FAILED");

}  // namespace gradus::build
