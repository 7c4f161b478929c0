#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "framework/core/files.hpp"

namespace gradus::reports::testing {

/// A folder for one test; gone when the test ends.
class TestFolder {
 public:
  TestFolder() : path_(make().value()), guard_(path_) {}
  const std::filesystem::path& path() const { return path_; }

 private:
  static Result<std::filesystem::path> make() {
    return make_temporary_folder(std::filesystem::temp_directory_path(), "gradus-reports");
  }
  std::filesystem::path path_;
  FolderGuard guard_;
};

}  // namespace gradus::reports::testing
