#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gradus::sandbox {

/// What a Landlock rule allows below (or on) a path.
enum class Access : std::uint32_t {
  read = 1,       ///< read files, list folders
  read_exec = 2,  ///< and execute
  write = 3,      ///< and write, make and remove plain files and folders
  scratch = 4,    ///< everything but device files: the program's own temporary folder
  device = 5,     ///< read and write one existing file (/dev/null)
  control = 6,    ///< and send it any ioctl (a GPU)
  change = 7,     ///< read files, list folders, write into files that are there
};

struct PathRule {
  std::string path;
  Access access = Access::read;
};

/// The order that the host hands to gradus-confine in a memory file: everything to do between
/// "bubblewrap made the namespaces" and "the program runs". Host and confine are one build, so the
/// encoding carries no version.
struct Order {
  std::vector<std::string> argv, env;  ///< env as NAME=value
  std::string cwd;
  std::vector<PathRule> rules;     ///< empty: no Landlock
  bool landlock_required = false;  ///< without it nothing would hold the files: refuse to start
  std::string filter;              ///< seccomp program (struct sock_filter[]); empty: none
  bool guard_signals = false;      ///< no pid namespace: forbid signals to other processes
  bool may_exec = true;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> rlimits;  ///< resource, soft = hard
  std::vector<std::string> scratch;  ///< folders whose count of files is watched
  std::uint64_t scratch_files = 0;   ///< at most so many files in each; 0: not watched

  std::string encode() const;
  /// Nothing where the bytes are not an order.
  static std::optional<Order> decode(std::string_view bytes);
};

/// What gradus-confine tells the host, one datagram each.
/// ready: the program runs (value: Landlock ABI, 0: none). failed: it does not (text says why).
/// ended: value is the wait status. files: too many files in the scratch. full: scratch is full.
enum class Word : std::uint32_t { ready = 1, failed = 2, ended = 3, files = 4, full = 5 };
struct Report {
  Word word = Word::failed;
  std::int32_t value = 0;
  char text[248] = {};
};

}  // namespace gradus::sandbox
