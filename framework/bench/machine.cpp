#include "framework/bench/machine.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "framework/core/machine.hpp"
#include "framework/core/text.hpp"

namespace gradus::bench {
namespace {

/// What stands after "key :" or "key=" in the first such line.
std::string value_of(const char* file, const std::string& key, char separator) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    const std::size_t at = line.find(separator);
    if (at == std::string::npos || !line.starts_with(key)) continue;
    const std::size_t first = line.find_first_not_of(" \t\"", at + 1);
    const std::size_t last = line.find_last_not_of(" \t\"");
    if (first == std::string::npos || last < first) return "";
    return printable(line.substr(first, last - first + 1), false, 1 << 16);
  }
  return "";
}

}  // namespace

Json describe_machine(const Toolchain& toolchain) {
  Json features = Json::array();
  for (const std::string& flag : cpu_flags()) {
    if (flag == "avx2" || flag == "avx512f" || flag == "avx512_bf16" || flag == "avx512_vnni" ||
        flag.starts_with("amx")) {
      features.push_back(flag);
    }
  }
  utsname kernel{};
  uname(&kernel);
  return {{"cpu", value_of("/proc/cpuinfo", "model name", ':')},
          {"features", features},
          {"cores", sysconf(_SC_NPROCESSORS_ONLN)},
          {"memory", value_of("/proc/meminfo", "MemTotal", ':')},
          {"os", value_of("/etc/os-release", "PRETTY_NAME", '=')},
          {"kernel", kernel.release},
          {"compiler", toolchain.compiler_version},
          {"libtorch", toolchain.torch_version}};
}

ProcessorTime ProcessorTime::of(const std::string& line) {
  // "cpu user nice system idle iowait irq softirq steal ...": what follows is in user and nice,
  // too.
  constexpr int kFields = 8, kSteal = 7;
  std::istringstream words(line);
  std::string name;
  words >> name;
  ProcessorTime time;
  double ticks = 0;
  for (int field = 0; name == "cpu" && field < kFields && words >> ticks; ++field) {
    time.all += ticks;
    if (field == kSteal) time.withheld = ticks;
  }
  return time;
}

ProcessorTime ProcessorTime::now() {
  std::ifstream stat("/proc/stat");
  std::string line;
  std::getline(stat, line);
  return of(line);
}

double Withheld::between(const ProcessorTime& from, const ProcessorTime& to) {
  const double all = to.all - from.all;
  return all > 0 ? std::clamp((to.withheld - from.withheld) / all, 0.0, 1.0) : 0;
}

}  // namespace gradus::bench
