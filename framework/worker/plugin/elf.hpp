#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "framework/core/result.hpp"

namespace gradus::worker {

/// What a shared library would do to a process that loads it, read as the dynamic linker reads it:
/// from the program headers and PT_DYNAMIC. Section tables are not believed; a forged one can hide
/// exports from tools that read sections.
struct ElfLibrary {
  std::vector<std::string> exports;  ///< defined dynamic symbols, sorted
  std::vector<std::string> imports;  ///< undefined dynamic symbols, sorted
  std::vector<std::string> needed;   ///< DT_NEEDED
  std::string run_path;              ///< DT_RPATH or DT_RUNPATH, empty where it has none
  bool executable_stack = false;
};

/// Reads an x86-64 shared library without running any of its code. Never trusts an offset of the
/// file. An Error (submission) where the file is missing, no ELF file, cut short, of another
/// machine, no shared library, or inconsistent.
Result<ElfLibrary> read_elf(const std::filesystem::path& path);

}  // namespace gradus::worker
