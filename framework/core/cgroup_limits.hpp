#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace gradus {

/// What the control groups of a process leave it of a machine: a container's part of its host.
struct CgroupLimits {
  std::optional<std::int64_t> cores;  ///< its quota of processor time, rounded up; at least 1
  std::optional<double> memory_mib;   ///< may still be taken; 0: the limit is reached
};

/// A line of /proc/PID/cgroup, as "4:cpu,cpuacct:/a/group".
struct CgroupLine {
  std::string controllers;  ///< "cpu,cpuacct"; empty: the one hierarchy of version 2
  std::string group;        ///< "/a/group"
};
/// Lines of another form are left out.
std::vector<CgroupLine> cgroup_lines(const std::string& groups);

/// The least of what the process's own groups and all above them leave, of version 1 and 2.
/// `root`: where the hierarchies are mounted ("/sys/fs/cgroup"); `groups`: the text of
/// /proc/PID/cgroup. Nothing where there is no limit, or nothing can be read.
CgroupLimits cgroup_limits(const std::filesystem::path& root, const std::string& groups);

/// Of this process, now.
CgroupLimits own_cgroup_limits();

}  // namespace gradus
