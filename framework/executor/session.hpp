#pragma once

#include <filesystem>
#include <optional>

#include "framework/core/files.hpp"
#include "framework/core/paths.hpp"

namespace gradus::executor {

/// The temporary folder of one execute(): GRADUS_HOME/scratch/executor-XXXXXX, on the file system
/// of the evidence, so that a finished run is published by a rename. It is locked while its process
/// lives; open() removes those that nobody holds any more (their process was killed).
class Session {
 public:
  static Result<Session> open(const Paths& paths);
  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  Session(FolderGuard folder, FileLock lock) : folder_(std::move(folder)), lock_(std::move(lock)) {}
  FolderGuard folder_;
  FileLock lock_;
};

}  // namespace gradus::executor
