// Limits of control groups.
//
// Theory of operation. A limit holds for a group and all below it, so each group from ours up to
// the mount is asked and the least counts. In a container the mount may be the container's own
// group while /proc/self/cgroup still names it as the host does: such a path leads nowhere, the
// mount itself is asked all the same. Version 1 has a hierarchy for each controller, version 2 one
// for all; both may be mounted at once, the second then below "unified".

#include "framework/core/cgroup_limits.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <vector>

#include "framework/core/text.hpp"

namespace gradus {
namespace {

namespace fs = std::filesystem;

/// The names of a version's files.
struct CgroupFiles {
  const char *limit, *usage, *reclaimable;
};
constexpr CgroupFiles kFirstVersion = {"memory.limit_in_bytes", "memory.usage_in_bytes",
                                       "total_inactive_file"};
constexpr CgroupFiles kSecondVersion = {"memory.max", "memory.current", "inactive_file"};

/// Version 1 says this, less a page, where there is no limit.
constexpr double kNoLimit = 9.2e18;

/// The first number of a file; nothing where there is none ("max").
std::optional<double> cgroup_number(const fs::path& path) {
  std::ifstream file(path);
  double value = 0;
  return file >> value ? std::optional(value) : std::nullopt;
}

double cgroup_statistic(const fs::path& path, const std::string& wanted) {
  std::ifstream file(path);
  std::string key;
  for (double value = 0; file >> key >> value;) {
    if (key == wanted) return value;
  }
  return 0;
}

std::optional<double> memory_left_mib(const fs::path& group, const CgroupFiles& names) {
  const auto limit = cgroup_number(group / names.limit), usage = cgroup_number(group / names.usage);
  if (!limit || !usage || *limit > kNoLimit) return std::nullopt;
  // Pages of files that nobody has used lately are given up before anything is refused.
  const double reclaimable = cgroup_statistic(group / "memory.stat", names.reclaimable);
  return std::max(0.0, *limit - std::max(0.0, *usage - reclaimable)) / (1 << 20);
}

std::optional<std::int64_t> quota_in_cores(double quota, double period) {
  if (quota <= 0 || period <= 0) return std::nullopt;  // version 1: -1 is no quota
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(quota / period)));
}

std::optional<std::int64_t> cores_of_first_version(const fs::path& group) {
  return quota_in_cores(cgroup_number(group / "cpu.cfs_quota_us").value_or(-1),
                        cgroup_number(group / "cpu.cfs_period_us").value_or(0));
}

std::optional<std::int64_t> cores_of_second_version(const fs::path& group) {
  std::ifstream file(group / "cpu.max");
  double quota = 0, period = 0;
  return file >> quota >> period ? quota_in_cores(quota, period) : std::nullopt;
}

template <class Value>
void keep_least(std::optional<Value>& least, const std::optional<Value>& found) {
  if (found && (!least || *found < *least)) least = found;
}

/// The group and all above it, the mount first.
std::vector<fs::path> groups_down_to(const fs::path& mount, const std::string& group) {
  std::vector<fs::path> all = {mount};
  for (const fs::path& part : fs::path(group).relative_path()) {
    // It lies outside of what is mounted here.
    if (part == "..") return {mount};
    all.push_back(all.back() / part);
  }
  return all;
}

}  // namespace

std::vector<CgroupLine> cgroup_lines(const std::string& groups) {
  std::vector<CgroupLine> lines;
  for (const std::string& line : split(groups, '\n')) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    lines.push_back({line.substr(first + 1, second - first - 1), line.substr(second + 1)});
  }
  return lines;
}

CgroupLimits cgroup_limits(const fs::path& root, const std::string& groups) {
  CgroupLimits limits;
  std::error_code code;
  for (const auto& [names, group] : cgroup_lines(groups)) {
    if (names.empty()) {
      const fs::path beside = root / "unified";
      for (const fs::path& one : groups_down_to(fs::exists(beside, code) ? beside : root, group)) {
        keep_least(limits.memory_mib, memory_left_mib(one, kSecondVersion));
        keep_least(limits.cores, cores_of_second_version(one));
      }
      continue;
    }
    for (const std::string& name : split(names, ',')) {
      if (name != "memory" && name != "cpu") continue;
      const fs::path mount = fs::exists(root / names, code) ? root / names : root / name;
      for (const fs::path& one : groups_down_to(mount, group)) {
        if (name == "memory") keep_least(limits.memory_mib, memory_left_mib(one, kFirstVersion));
        if (name == "cpu") keep_least(limits.cores, cores_of_first_version(one));
      }
    }
  }
  return limits;
}

CgroupLimits own_cgroup_limits() {
  std::ifstream file("/proc/self/cgroup");
  return cgroup_limits("/sys/fs/cgroup", std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace gradus
