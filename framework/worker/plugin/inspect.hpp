#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/worker/plugin/elf.hpp"

namespace gradus::worker {

/// A plugin that a library lists.
struct Listed {
  std::string kind;  ///< "model", "activation", "augmentation"
  std::string name;
  bool operator==(const Listed&) const = default;
};

/// What can be said of a library without running any of its code.
struct Inspection {
  std::vector<Listed> plugins;        ///< by kind, then name
  std::vector<std::string> problems;  ///< reasons not to load it, one sentence each; untrusted text
};

/// Lists a library's plugins and its forbidden exports, imports and dependencies.
Inspection inspect(const ElfLibrary& library);

/// read_elf() and inspect(). An Error (submission, LOAD_FAILED) where the file is no library at
/// all.
Result<Inspection> inspect(const std::filesystem::path& path);

/// Text of a list: "model simplenn, activation swish".
std::string to_text(const std::vector<Listed>& plugins);

}  // namespace gradus::worker
