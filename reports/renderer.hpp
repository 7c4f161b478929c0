#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "framework/core/paths.hpp"
#include "framework/core/result.hpp"
#include "framework/sandbox/sandbox.hpp"

namespace gradus::reports {

/// A renderer as a pure filter: text in, text out. It is given no file and no folder, so hostile
/// text that talks it into reading a path finds only the system's own programs and fonts.
struct Filter {
  std::string program;                      ///< a name of /usr/bin
  std::vector<std::string> arguments;
  std::map<std::string, std::string> env;   ///< besides PATH, HOME and LANG
  std::string input;                        ///< standard input
  double cpu_s = 120;
  std::int64_t memory_mib = 1536;
  std::size_t output_bytes = std::size_t{64} << 20;
};

/// Runs it in the sandbox and returns its standard output. Errors (infrastructure) say what it said.
Result<std::string> run_filter(const Paths& paths, const Filter& filter, sandbox::Mode mode);

}  // namespace gradus::reports
