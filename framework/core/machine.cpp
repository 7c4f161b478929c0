#include "framework/core/machine.hpp"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "framework/core/cgroup_limits.hpp"

namespace gradus {

std::set<std::string> cpu_flags() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("flags")) continue;
    std::istringstream words(line.substr(line.find(':') + 1));
    return {std::istream_iterator<std::string>(words), {}};
  }
  return {};
}

std::optional<std::int64_t> kernel_kills() {
  std::ifstream file("/proc/vmstat");
  std::string key;
  for (std::int64_t value = 0; file >> key >> value;) {
    if (key == "oom_kill") return value;
  }
  return std::nullopt;
}

Machine this_machine() {
  static const Machine machine = [] {
    cpu_set_t set;
    CPU_ZERO(&set);
    const std::set<std::string> flags = cpu_flags();
    const bool bfloat16 = flags.contains("avx512_bf16") || flags.contains("amx_bf16");
    const bool vectors = flags.contains("avx2") && flags.contains("fma");
    const bool known = ::sched_getaffinity(0, sizeof set, &set) == 0;
    const std::int64_t allowed = known ? std::max(1, CPU_COUNT(&set)) : 1;
    // A container's quota: more threads than it would stand still for a part of every period.
    const std::int64_t cores = std::min(allowed, own_cgroup_limits().cores.value_or(allowed));
    return Machine{cores, bfloat16, vectors};
  }();
  return machine;
}

}  // namespace gradus
