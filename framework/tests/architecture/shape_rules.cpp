#include "framework/tests/architecture/shape_rules.hpp"

#include <algorithm>
#include <set>

#include "framework/tests/architecture/include_rules.hpp"

namespace gradus::architecture {

namespace fs = std::filesystem;

Violations length_violations(const fs::path& root) {
  Violations found;
  for (const fs::path& file : source_files(
           root, {".cpp", ".hpp", ".h", ".cu", ".sh", ".py", ".cmake", "CMakeLists.txt"})) {
    const std::size_t lines = read_lines(root / file).size();
    if (lines > kMostLines) {
      found.push_back(file.generic_string() + ": has " + std::to_string(lines) +
                      " lines, wanted at most " + std::to_string(kMostLines));
    }
  }
  return found;
}

Violations room_violations(const fs::path& root) {
  Violations found;
  for (const Room& room : rooms()) {
    for (const char* wanted : {"README.md", "CMakeLists.txt"}) {
      if (!fs::exists(root / room.folder / wanted)) {
        found.push_back(room.folder + ": has no " + wanted);
      }
    }
  }
  return found;
}

Violations root_violations(const fs::path& root) {
  static const std::set<std::string> allowed = {
      "framework", "plugins", "labs", "grader", "datasets", "reports", "gradus", "README.md",
      "LICENSE", "CHANGELOG.md", "CMakeLists.txt", "CMakePresets.json", ".clang-format",
      ".clang-tidy", ".ci", ".git", ".gitignore",
      // Not part of the tree (.gitignore), but tools leave them here.
      "build", ".cache", "compile_commands.json", "CMakeUserPresets.json"};
  Violations found;
  for (const fs::directory_entry& entry : fs::directory_iterator(root)) {
    const std::string name = entry.path().filename().string();
    if (!allowed.contains(name) && !name.starts_with("build-") && !name.ends_with(".swp")) {
      found.push_back(name + ": does not belong in the root");
    }
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace gradus::architecture
