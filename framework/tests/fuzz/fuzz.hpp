#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "framework/core/files.hpp"

/// What every target defines; libFuzzer calls it with all kinds of bytes, replay.cpp with the seeds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace gradus::fuzz {

/// Ends the program where a property does not hold, as a crash would.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %s\n", what);
  std::abort();
}

/// A folder in memory, of this process alone, where readers of files find their input.
inline const std::filesystem::path& scratch() {
  static const std::filesystem::path folder = [] {
    const std::filesystem::path memory = "/dev/shm";
    std::string pattern =
        ((std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path()) /
         "gradus-fuzz-XXXXXX")
            .string();
    const char* made = mkdtemp(pattern.data());
    require(made != nullptr, "a scratch folder can be made");
    std::atexit([] {
      std::error_code ignored;
      std::filesystem::remove_all(scratch(), ignored);
    });
    return std::filesystem::path(made);
  }();
  return folder;
}

inline std::filesystem::path as_file(const std::string& name, const std::uint8_t* data,
                                     std::size_t size) {
  const std::filesystem::path path = scratch() / name;
  std::FILE* file = std::fopen(path.c_str(), "wb");
  require(file != nullptr && std::fwrite(data, 1, size, file) == size && std::fclose(file) == 0,
          "the input can be written");
  return path;
}

}  // namespace gradus::fuzz
