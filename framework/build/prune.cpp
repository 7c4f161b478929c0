#include "framework/build/prune.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace gradus::build {

void prune_objects(const std::filesystem::path& folder, std::size_t most) {
  using Time = std::filesystem::file_time_type;
  std::vector<std::pair<Time, std::filesystem::path>> files;
  std::error_code code;
  for (std::filesystem::directory_iterator it(folder, code), end; !code && it != end;
       it.increment(code)) {
    std::error_code missing;
    if (const Time time = it->last_write_time(missing); !missing)
      files.emplace_back(time, it->path());
  }
  if (files.size() <= most) return;
  std::sort(files.begin(), files.end());
  files.resize(files.size() / 2);
  const Time young = Time::clock::now() - std::chrono::hours(1);
  for (const auto& [time, path] : files) {
    if (time < young) std::filesystem::remove(path, code);
  }
}

}  // namespace gradus::build
