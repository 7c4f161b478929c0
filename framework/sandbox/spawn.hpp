#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "framework/core/result.hpp"

namespace gradus::sandbox {

/// One fork and exec, as plain values that are ready before the fork.
struct Launch {
  std::vector<std::string> argv;         ///< the environment is empty
  int program_fd = -1;                   ///< executed instead of argv[0], where set
  std::vector<std::pair<int, int>> fds;  ///< ours → the child's; the child has no others
  std::vector<int> join;                 ///< control groups: "0" is written to each
  std::optional<uid_t> uid;              ///< to become (user and group), without other groups
  std::vector<int> cpus;                 ///< empty: all
};

/// Forks from a thread that lives as long as our process, because a parent-death signal is sent
/// when the *thread* that forked ends. The child leads a session of its own and is killed when we
/// die. Error: a step before the exec failed.
Result<pid_t> launch(const Launch& launch);

}  // namespace gradus::sandbox
