#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gradus::architecture {

/// One broken rule, as a line for a person: file, what was found, what was wanted.
using Violations = std::vector<std::string>;

/// Files of a checkout that rules look at, as paths relative to `root`, sorted. Build folders and
/// hidden folders are passed over.
std::vector<std::filesystem::path> source_files(const std::filesystem::path& root,
                                                const std::vector<std::string>& extensions);

std::vector<std::string> read_lines(const std::filesystem::path& file);

/// Writes `text` to `file` and makes its folders: for made-up trees.
void write_file(const std::filesystem::path& file, const std::string& text);

/// A folder that is gone at the end of its scope, for made-up trees.
class ScratchTree {
 public:
  ScratchTree();
  ~ScratchTree();
  ScratchTree(const ScratchTree&) = delete;
  ScratchTree& operator=(const ScratchTree&) = delete;
  const std::filesystem::path& root() const { return root_; }
  void add(const std::string& file, const std::string& text) const {
    write_file(root_ / file, text);
  }

 private:
  std::filesystem::path root_;
};

}  // namespace gradus::architecture
