#include "framework/tests/architecture/tree.hpp"

#include <cstdlib>

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace gradus::architecture {

namespace fs = std::filesystem;

namespace {
bool passed_over(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name.starts_with(".") || name == "build" || name.starts_with("build-");
}
}  // namespace

std::vector<fs::path> source_files(const fs::path& root,
                                   const std::vector<std::string>& extensions) {
  std::vector<fs::path> files;
  for (auto it = fs::recursive_directory_iterator(root); it != fs::recursive_directory_iterator();
       ++it) {
    // Only at the top is "build" a build folder: framework/build is a room.
    if (it->is_directory() && it.depth() == 0 && passed_over(it->path())) {
      it.disable_recursion_pending();
    }
    const std::string name = it->path().filename().string();
    const bool wanted = std::ranges::any_of(
        extensions, [&](const std::string& extension) { return name.ends_with(extension); });
    if (it->is_regular_file() && wanted) files.push_back(fs::relative(it->path(), root));
  }
  std::ranges::sort(files);
  return files;
}

std::vector<std::string> read_lines(const fs::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void write_file(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

ScratchTree::ScratchTree() {
  std::string pattern = (fs::temp_directory_path() / "gradus-tree-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no scratch folder: " + pattern);
  root_ = pattern;
}

ScratchTree::~ScratchTree() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

}  // namespace gradus::architecture
