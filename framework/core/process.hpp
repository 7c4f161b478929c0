#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "framework/core/result.hpp"

namespace gradus {

/// A trusted child program (curl, git, ...), run to its end with its output captured. What is
/// not trusted runs through framework/sandbox instead.
struct Command {
  std::vector<std::string> argv;           ///< argv[0] is looked up in PATH
  std::map<std::string, std::string> env;  ///< added to ours
  std::filesystem::path cwd;
  std::string input;                                ///< standard input
  double timeout_ms = 60'000;                       ///< then SIGKILL to its process group
  std::size_t output_limit = std::size_t{1} << 22;  ///< bytes kept of each stream
};

struct Completed {
  int exit_code = 0;  ///< 128 + signal when killed
  bool timed_out = false;
  std::string out, err;
};

/// An error only where the program could not be started.
Result<Completed> run(const Command& command);
/// Full path of a program in PATH; empty when absent.
std::filesystem::path find_program(const std::string& name);

}  // namespace gradus
