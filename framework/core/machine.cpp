#include "framework/core/machine.hpp"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

namespace gradus {
namespace {

bool cpu_has_bfloat16() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("flags")) continue;
    std::istringstream flags(line.substr(line.find(':') + 1));
    for (std::string flag; flags >> flag;) {
      if (flag == "avx512_bf16" || flag == "amx_bf16") return true;
    }
    return false;
  }
  return false;
}

}  // namespace

Machine this_machine() {
  static const Machine machine = [] {
    cpu_set_t set;
    CPU_ZERO(&set);
    const bool known = ::sched_getaffinity(0, sizeof set, &set) == 0;
    return Machine{known ? std::max(1, CPU_COUNT(&set)) : 1, cpu_has_bfloat16()};
  }();
  return machine;
}

}  // namespace gradus
