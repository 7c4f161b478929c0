#include "framework/tests/architecture/link_rules.hpp"

#include <cstdio>

#include <array>
#include <memory>
#include <sstream>

namespace gradus::architecture {

std::vector<std::string> parse_needed(const std::string& readelf_output) {
  std::vector<std::string> names;
  std::istringstream in(readelf_output);
  for (std::string line; std::getline(in, line);) {
    const std::size_t open = line.find('[');
    const std::size_t close = line.find(']');
    if (line.find("(NEEDED)") != std::string::npos && open != std::string::npos &&
        close != std::string::npos && open < close) {
      names.push_back(line.substr(open + 1, close - open - 1));
    }
  }
  return names;
}

std::vector<std::string> needed_by(const std::filesystem::path& program) {
  const std::string command = "LC_ALL=C readelf -d '" + program.string() + "' 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string text;
  std::array<char, 4096> part{};
  while (pipe && std::fgets(part.data(), static_cast<int>(part.size()), pipe.get()) != nullptr) {
    text += part.data();
  }
  return parse_needed(text);
}

std::vector<std::string> torch_libraries(const std::vector<std::string>& libraries) {
  std::vector<std::string> found;
  for (const std::string& name : libraries) {
    for (const char* prefix : {"libtorch", "libc10", "libcudart", "libcupti", "libcudnn"}) {
      if (name.starts_with(prefix)) {
        found.push_back(name);
        break;
      }
    }
  }
  return found;
}

}  // namespace gradus::architecture
