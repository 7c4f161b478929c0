#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framework/core/result.hpp"

namespace gradus {

/// Where things are. Two roots:
///   home   - GRADUS_HOME (root: /var/lib/gradus, else ~/.cache/gradus): everything that a sandbox
///            mounts, data, evidence and build caches. Never in the checkout.
///   prefix - where this copy of Gradus is installed: bin/gradus, libexec/gradus/*, include/gradus,
///            share/gradus/{labs,plugins,toolchain.json}. Found from the running program, or
///            GRADUS_PREFIX.
struct Paths {
  std::filesystem::path home;
  std::filesystem::path prefix;

  std::filesystem::path data() const { return home / "data"; }
  std::filesystem::path evidence() const { return home / "evidence"; }
  std::filesystem::path builds() const { return home / "builds"; }    ///< plugin libraries by hash
  std::filesystem::path scratch() const { return home / "scratch"; }  ///< temporary folders
  std::filesystem::path locks() const { return home / "locks"; }
  std::filesystem::path program(const std::string& name) const {
    return prefix / "libexec" / "gradus" / name;  ///< gradus-worker, ...
  }
  std::filesystem::path include() const { return prefix / "include"; }
  std::filesystem::path share() const { return prefix / "share" / "gradus"; }
  std::filesystem::path labs() const { return share() / "labs"; }
  std::filesystem::path plugins() const { return share() / "plugins"; }
};

/// Reads the environment once per call; makes no folder.
Result<Paths> find_paths();

/// share/gradus/toolchain.json, written by CMake when configured: what submissions are built with.
struct Toolchain {
  std::filesystem::path compiler;  ///< clang++ or g++
  std::string compiler_version;
  std::filesystem::path torch_dir;    ///< holds include/ and lib/
  std::filesystem::path torch_mount;  ///< what a sandbox must mount for torch_dir to load
  std::string torch_version;
  std::string sdk_hash;                 ///< of the SDK headers
  std::vector<std::string> sanitizers;  ///< of this build; plugins must match
};
Result<Toolchain> read_toolchain(const Paths& paths);

}  // namespace gradus
