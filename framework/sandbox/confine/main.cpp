// gradus-confine: the first process inside a sandbox.
//
// Theory of operation. The host starts it (through bubblewrap, where it is process 1 of a new pid
// namespace; directly in the modes reduced and off) with three descriptors: an Order to read, a
// socket to report on, and itself. It forks the program's process, which takes its limits, Landlock
// and the system call filter upon itself and executes the program; the parent stays free of them,
// watches and reports.
//   * The socket is the lifeline too: the host's end closes when the host dies, however it dies;
//     this process then ends, and with it, as process 1, the whole namespace.
//   * Without a namespace it is the subreaper: daemons come back to it, and are killed one by one.
//   * A program that may start no other (may_exec false) is traced through its own exec: the filter
//     hands execve to the tracer, which lets the first one pass and detaches. Without a tracer the
//     kernel answers ENOSYS, for ever; becoming one needs ptrace, which the filter refuses.
// Linked statically, so that it starts fast and needs nothing of what is mounted.
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "framework/sandbox/config.hpp"
#include "framework/sandbox/confine/landlock.hpp"
#include "framework/sandbox/confine/seccomp.hpp"

namespace gradus::sandbox {
namespace {

int g_report = -1;  // the socket to the host

void tell(Word word, int value = 0, const std::string& text = "") {
  Report report;
  report.word = word;
  report.value = value;
  std::strncpy(report.text, text.c_str(), sizeof report.text - 1);
  while (send(g_report, &report, sizeof report, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

[[noreturn]] void give_up(const std::string& text) {
  tell(Word::failed, 0, text);
  _exit(1);
}

std::string errno_text(const std::string& what) { return what + ": " + std::strerror(errno); }

Order read_order(int fd) {
  std::string bytes;
  char buffer[16384];
  for (ssize_t got = 0;
       (got = pread(fd, buffer, sizeof buffer, static_cast<off_t>(bytes.size()))) > 0;)
    bytes.append(buffer, static_cast<std::size_t>(got));
  close(fd);
  auto order = Order::decode(bytes);
  if (!order) give_up("gradus-confine got no order it can read (is it of another version?)");
  return std::move(*order);
}

/// The program's process, up to the exec. Failures go to `errors` as text.
[[noreturn]] void become(const Order& order, int errors) {
  auto fail = [errors](const std::string& text) {
    [[maybe_unused]] const ssize_t written = write(errors, text.data(), text.size());
    _exit(127);
  };
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::vector<char*> argv, env;
  for (const std::string& word : order.argv) argv.push_back(const_cast<char*>(word.c_str()));
  for (const std::string& word : order.env) env.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  env.push_back(nullptr);
  if (chdir(order.cwd.c_str()) != 0) fail(errno_text("working folder " + order.cwd));
  for (const auto& [resource, value] : order.rlimits) {
    rlimit limit{value, value};
    // At the hard limit of CPU time comes SIGKILL; SIGXCPU, which says why, must come before it.
    if (resource == RLIMIT_CPU) limit.rlim_max += 2;
    rlimit now{};
    // A hard limit that is lower already stays: raising it needs a privilege.
    if (getrlimit(static_cast<__rlimit_resource>(resource), &now) == 0 &&
        now.rlim_max < limit.rlim_max) {
      limit.rlim_max = now.rlim_max;
      limit.rlim_cur = std::min(limit.rlim_cur, now.rlim_max);
    }
    if (setrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0)
      fail(errno_text("rlimits: limit " + std::to_string(resource)));
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail(errno_text("no_new_privs"));
  if (!order.rules.empty() && (order.landlock_required || landlock_abi() > 0))
    if (const std::string why = apply_landlock(order.rules); !why.empty()) fail("landlock: " + why);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (!order.filter.empty()) {
    if (!order.may_exec) {
      if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) fail(errno_text("seccomp: ptrace"));
      raise(SIGSTOP);
    }
    const bool guard = order.guard_signals;
    if (const std::string why = apply_seccomp(order.filter, guard); !why.empty())
      fail("seccomp: " + why);
  }
  execve(argv[0], argv.data(), env.data());
  fail(errno_text("cannot execute " + order.argv.front()));
  _exit(127);
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) give_up(errno_text("seccomp: waiting for the program's first stop"));
  }
  return status;
}

/// Lets one exec pass, then leaves the program alone. False: it ended before, or its exec failed.
bool pass_first_exec(pid_t program, int& status) {
  status = wait_for(program);
  if (!WIFSTOPPED(status)) return false;
  constexpr long kOptions = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
  if (ptrace(PTRACE_SETOPTIONS, program, nullptr, kOptions) != 0)
    give_up(errno_text("seccomp: this system forbids tracing an own child"));
  for (;;) {
    if (ptrace(PTRACE_CONT, program, nullptr, nullptr) != 0) give_up(errno_text("seccomp: ptrace"));
    status = wait_for(program);
    if (!WIFSTOPPED(status)) return false;
    if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8)) break;
  }
  if (ptrace(PTRACE_DETACH, program, nullptr, nullptr) != 0) give_up(errno_text("seccomp: ptrace"));
  return true;
}

/// Kills what came back to the subreaper, and what comes back of that, until nothing is left.
void kill_descendants() {
  const pid_t self = getpid();
  for (int idle = 0; idle < 1000;) {
    DIR* folder = opendir("/proc");
    if (!folder) return;
    while (const dirent* entry = readdir(folder)) {
      const pid_t pid = static_cast<pid_t>(std::atoi(entry->d_name));
      if (pid <= 1 || pid == self) continue;
      char path[64], text[512];
      snprintf(path, sizeof path, "/proc/%d/stat", pid);
      const int fd = open(path, O_RDONLY | O_CLOEXEC);
      const ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
      if (fd >= 0) close(fd);
      if (got <= 0) continue;
      text[got] = '\0';
      const char* end = std::strrchr(text, ')');
      if (end && std::atoi(end + 4) == self) kill(pid, SIGKILL);
    }
    closedir(folder);
    pid_t reaped = 0;
    while ((reaped = waitpid(-1, nullptr, WNOHANG)) > 0) idle = 0;
    if (reaped < 0 && errno == ECHILD) return;
    ++idle;
    usleep(1000);
  }
}

/// False: too many files.
bool watch_scratch(const Order& order, bool& told_full) {
  for (const std::string& folder : order.scratch) {
    struct statvfs info {};
    if (statvfs(folder.c_str(), &info) != 0) continue;
    if (info.f_files - info.f_ffree > order.scratch_files) {
      tell(Word::files);
      return false;
    }
    if (info.f_bavail == 0 && !told_full) {
      told_full = true;
      tell(Word::full);
    }
  }
  return true;
}

int run(int order_fd, int self_fd) {
  close(self_fd);
  fcntl(g_report, F_SETFD, FD_CLOEXEC);
  prctl(PR_SET_DUMPABLE, 0);
  prctl(PR_SET_NAME, "gradus-confine");
  const bool namespaced = getpid() == 1;
  if (!namespaced) {
    // Here the lifeline must end it, not a signal: somebody has to kill the descendants.
    prctl(PR_SET_PDEATHSIG, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
  }
  Order order = read_order(order_fd);
  if (landlock_abi() >= kLandlockScopes && !order.rules.empty()) order.guard_signals = false;
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  // Above the socket: everything below it is the program's, and is closed once it runs.
  const int signals =
      fcntl(signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK), F_DUPFD_CLOEXEC, g_report + 1);
  int errors[2];
  if (signals < 0 || pipe2(errors, O_CLOEXEC) != 0) give_up(errno_text("gradus-confine"));

  const pid_t program = fork();
  if (program < 0) give_up(errno_text("fork"));
  if (program == 0) become(order, errors[1]);
  close(errors[1]);
  int status = 0;
  bool ended = false;
  if (!order.may_exec && !order.filter.empty()) ended = !pass_first_exec(program, status);
  char text[256];
  if (const ssize_t got = read(errors[0], text, sizeof text); got > 0)
    give_up(std::string(text, static_cast<std::size_t>(got)));
  close(errors[0]);
  // The program has them now; a reader of its pipes must see the end when it ends.
  close_range(0, static_cast<unsigned>(g_report) - 1, 0);
  tell(Word::ready, order.rules.empty() ? 0 : landlock_abi());

  bool told_full = false;
  pollfd polled[] = {{g_report, POLLIN, 0}, {signals, POLLIN, 0}};
  while (!ended) {
    poll(polled, 2, order.scratch_files > 0 ? 100 : -1);
    signalfd_siginfo ignored;
    while (read(signals, &ignored, sizeof ignored) > 0) {
    }
    int one = 0;
    for (pid_t pid = 0; (pid = waitpid(-1, &one, WNOHANG)) > 0;)
      if (pid == program) {
        ended = true;
        status = one;
      }
    if (order.scratch_files > 0 && !watch_scratch(order, told_full)) break;
    if (polled[0].revents != 0) break;  // the host wants an end, or is dead
  }
  if (!namespaced) kill_descendants();
  if (ended) tell(Word::ended, status);
  return 0;
}

}  // namespace
}  // namespace gradus::sandbox

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  gradus::sandbox::g_report = std::atoi(argv[2]);
  return gradus::sandbox::run(std::atoi(argv[1]), std::atoi(argv[3]));
}
