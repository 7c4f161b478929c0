#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "framework/core/files.hpp"
#include "framework/core/result.hpp"

namespace gradus::sandbox {

/// full: all layers. reduced: all but the namespaces (asked for where bubblewrap cannot run).
/// off: the uid of its own (root only), rlimits and the watchdog; must be asked for, and every
/// report says so.
enum class Mode { full, reduced, off };
Result<Mode> mode_from_string(const std::string& text);
const char* to_string(Mode mode);

/// Single layers, for the tests that take one away or leave one alone. Production code never sets
/// them: layers_of(mode) does.
struct Layers {
  bool user = true;        ///< an unprivileged uid of its own (root only)
  bool namespaces = true;  ///< bubblewrap: mounts, pid, net, ipc, uts, user, cgroup
  bool landlock = true;    ///< files by path, where the kernel has it
  bool seccomp = true;     ///< system call filter
  bool rlimits = true;
  bool watchdog = true;  ///< CPU, wall and memory of the whole process tree
};
Layers layers_of(Mode mode);

/// A host path that the program may see at the same or another place (in the modes reduced and
/// off only at the same). Read-only files must be readable by everybody when we are root: the
/// program has a uid of its own. A writable folder is given to that uid while the program runs and
/// given back, with what is new in it, by Process::wait(). In a writable mount no link, pipe,
/// socket or device can be made; plain files and folders only.
struct Mount {
  std::filesystem::path host;
  std::filesystem::path inside;  ///< empty: same as host
  bool writable = false;
};

struct Limits {
  double cpu_s = 60, wall_s = 120;
  std::int64_t memory_mib = 2048;  ///< resident memory of the tree; also caps shared memory
  std::int64_t processes = 64;     ///< processes and threads
  std::int64_t file_mib = 256;     ///< largest file it may write
  std::int64_t scratch_mib = 256;  ///< sized tmpfs on /tmp; /dev/shm gets the same
  std::int64_t open_files = 256;
  std::size_t output_bytes =
      256 * 1024;  ///< kept of standard output and error each; the rest is read and dropped
  std::int64_t output_total_mib = 64;  ///< of both together; past it the program is stopped
};

/// What to run. /usr, /lib*, /etc/{ld.so.cache,fonts,...} as far as programs need them, a private
/// /proc, a minimal /dev and a sized tmpfs /tmp are always there; everything else is a Mount.
/// In the modes reduced and off a scratch folder of the program's own stands in for /tmp: as `cwd`
/// and wherever a value of `env` begins with /tmp; TMPDIR names it.
struct Spec {
  std::vector<std::string> argv;           ///< argv[0]: absolute path inside
  std::map<std::string, std::string> env;  ///< the whole environment; nothing is inherited
  std::filesystem::path cwd = "/tmp";
  std::vector<Mount> mounts;
  /// Device files (of one GPU) that the program may open and control, each at its own place. No
  /// other device can be reached, but in mode off and where the system lets everybody open it.
  std::vector<std::filesystem::path> devices;
  std::vector<std::pair<int, int>> fds;  ///< host descriptor → descriptor inside (≥ 3)
  std::string input;                     ///< standard input; empty: /dev/null
  Limits limits;
  Mode mode = Mode::full;
  /// false (workers): the program can start no other program, nor itself again (seccomp; with
  /// Landlock nothing but the program and its loader is executable). Compilers, Python: true.
  bool may_exec = true;
  /// run() only: asked every few milliseconds; true ends the program. Empty: nobody asks.
  std::function<bool()> cancelled{};
  std::vector<int> cpus;  ///< cores that the tree is pinned to, and cannot leave; empty: all
  /// Set by tests only; otherwise layers_of(mode).
  const Layers* layers_for_test = nullptr;
};

/// How it ended, from outside facts only.
struct Outcome {
  int exit_code = -1;  ///< valid when signal == 0
  int signal = 0;
  /// What it was stopped for: "" (nothing), "wall", "cpu", "memory", "output", "processes", "disk"
  /// (too large a file, too many files), "killed" (by Process::kill()).
  std::string limit;
  double wall_ms = 0, cpu_ms = 0;  ///< wall: as Process::wall_ms()
  std::int64_t rss_kib = 0;        ///< peak of the tree: anonymous and shared memory, no file pages
  bool scratch_full = false;       ///< /tmp or /dev/shm had no space left at some time
  std::string out, err;            ///< raw, capped
  bool out_cut = false, err_cut = false;
  /// In force: "user", "namespaces", "landlock", "seccomp", "rlimits", "watchdog", "cgroup".
  std::vector<std::string> layers;
  bool ok() const { return exit_code == 0 && signal == 0 && limit.empty(); }
};

/// A confined program, running. Destroying the object kills its whole tree; so does the death of
/// our process, however it dies. A thread of its own watches limits and drains the output from the
/// start, whether wait() is called or not. Our process must not reap all children (waitpid(-1)).
class Process {
 public:
  /// Errors (infrastructure) name the layer that could not be set up and the cure.
  static Result<Process> start(const Spec& spec);
  Process(Process&&) noexcept;
  Process& operator=(Process&&) noexcept;
  ~Process();

  void kill();  ///< SIGKILL to the tree; wait() then returns
  bool running();
  /// Total CPU time of the tree so far.
  double cpu_ms();
  /// Time since the program began, as it counts against Limits::wall_s: without what passed while
  /// our own process was stopped.
  double wall_ms();
  /// Whether a thread of the tree runs, or would if it got a core or its disk. False where all of
  /// them sleep, wait or were stopped, and once the tree is gone.
  bool at_work();
  /// Host uid that the program runs as (ours, where we are not root).
  unsigned uid() const;
  /// Waits until the tree is gone (leftover processes are killed), draining its output meanwhile.
  Outcome wait();

 private:
  struct Impl;
  explicit Process(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// start() and wait() in one. Error (infrastructure) "interrupted" where spec.cancelled() said so.
Result<Outcome> run(const Spec& spec);

/// Makes our own process unreadable for others of the same uid (no ptrace, no /proc/PID/mem, no
/// core dump). For supervisors, before they read a label.
void harden_self();

/// What this machine can do, for `gradus doctor`: one line a layer.
struct LayerReport {
  std::string layer;
  bool available = false;
  std::string detail, cure;
};
/// Really tries each.
std::vector<LayerReport> probe_layers();

}  // namespace gradus::sandbox
