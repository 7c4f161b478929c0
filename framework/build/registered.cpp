#include "framework/build/registered.hpp"

#include <algorithm>
#include <regex>

#include "framework/core/files.hpp"
#include "framework/core/text.hpp"

namespace gradus::build {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostBytes = 1 << 20;  // of one source

void add_registered(const std::string& text, std::vector<ListedPlugin>& found) {
  static const std::regex macro(
      R"(^\s*GRADUS_(MODEL|ACTIVATION|AUGMENTATION)\(\s*[\w:]+\s*,\s*(\w+)\s*,)");
  for (const std::string& line : split(text, '\n')) {
    std::smatch parts;
    if (line.size() > 1000 || !std::regex_search(line, parts, macro)) continue;
    std::string kind = parts[1];
    std::transform(kind.begin(), kind.end(), kind.begin(),
                   [](char c) { return static_cast<char>(c - 'A' + 'a'); });
    found.push_back({kind, parts[2]});
  }
}

}  // namespace

std::map<std::string, std::vector<ListedPlugin>> registered_below(const fs::path& plugins) {
  std::map<std::string, std::vector<ListedPlugin>> all;
  std::error_code error;
  for (fs::directory_iterator folder(plugins, error), end; !error && folder != end;
       folder.increment(error)) {
    std::vector<ListedPlugin> found;
    std::error_code inside;
    for (fs::directory_iterator file(folder->path(), inside), last; !inside && file != last;
         file.increment(inside)) {
      if (file->path().extension() != ".cpp") continue;
      const auto text = read_file(file->path(), kMostBytes);
      if (text.ok()) add_registered(*text, found);
    }
    if (!found.empty()) all[folder->path().filename()] = std::move(found);
  }
  return all;
}

}  // namespace gradus::build
