#include "framework/bench/machine.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>

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

}  // namespace gradus::bench
