#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/sandbox/sandbox.hpp"

namespace gradus::reports {

/// A renderer as a pure filter: text in, text out. It is given no file and no folder and can start
/// no program, so hostile text that talks it into reading a path finds only what the system
/// installs.
struct Filter {
  std::vector<std::string> argv;           ///< argv[0]: absolute path
  std::string package;                     ///< Debian package that has it
  std::map<std::string, std::string> env;  ///< besides PATH, HOME and LANG
  std::string input;                       ///< standard input
  double cpu_s = 120;
  std::int64_t memory_mib = 1536;
  std::size_t output_bytes = std::size_t{64} << 20;
};

/// Runs it in the sandbox and returns its standard output. Errors (infrastructure) say what it
/// said.
Result<std::string> run_filter(const Filter& filter, sandbox::Mode mode);

}  // namespace gradus::reports
