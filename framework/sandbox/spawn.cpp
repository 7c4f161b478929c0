// Theory of operation. Between fork and exec the child of a program with threads may only make
// system calls: every string and array is built before the fork, and the ids are set by raw calls
// (glibc's wrappers would signal the threads that exist in the parent only). The descriptors are
// first moved above all targets, then to their places, then everything else is closed; the pipe
// that reports a failed step closes by itself at the exec.
#include "framework/sandbox/spawn.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <future>
#include <mutex>
#include <queue>
#include <thread>

#include "framework/core/files.hpp"

namespace gradus::sandbox {
namespace {

struct Failure {
  int step, error;
};
constexpr const char* kSteps[] = {"setsid",
                                  "joining the control group",
                                  "pinning to the given cores",
                                  "dropping to an unprivileged user",
                                  "asking to die with its parent",
                                  "placing descriptors",
                                  "closing descriptors",
                                  "starting the program"};
enum Step { kSession, kJoin, kPin, kUser, kDeath, kPlace, kClose, kExec };

[[noreturn]] void fail(int report, Step step) {
  const Failure failure{step, errno};
  [[maybe_unused]] const ssize_t written = write(report, &failure, sizeof failure);
  _exit(127);
}

struct Prepared {
  const Launch& launch;
  std::vector<char*> argv;
  std::vector<std::pair<int, int>> moved;  ///< room for the descriptors on their way
  cpu_set_t cpus;
  pid_t parent = 0;
  int highest = 2;
};

void place_descriptors(Prepared& prepared, int& report) {
  const int above = prepared.highest + 1;
  for (auto& [from, to] : prepared.moved)
    if ((from = fcntl(from, F_DUPFD, above)) < 0) fail(report, kPlace);
  const int report_above = fcntl(report, F_DUPFD, above);
  if (report_above < 0) fail(report, kPlace);
  int program = prepared.launch.program_fd;
  if (program >= 0 && (program = fcntl(program, F_DUPFD, above + 2)) < 0) fail(report, kPlace);
  for (const auto& [from, to] : prepared.moved)
    if (dup2(from, to) < 0) fail(report_above, kPlace);
  // Targets, then the report, then the program; nothing else.
  if (dup3(report_above, above, O_CLOEXEC) < 0 && report_above != above) fail(report_above, kPlace);
  if (report_above == above) fcntl(above, F_SETFD, FD_CLOEXEC);
  report = above;
  const int last = program >= 0 ? above + 1 : above;
  if (program >= 0 && dup3(program, above + 1, O_CLOEXEC) < 0) fail(report, kPlace);
  if (syscall(SYS_close_range, static_cast<unsigned>(last + 1), ~0U, 0U) != 0) fail(report, kClose);
  for (int fd = 0; fd <= prepared.highest; ++fd) {
    bool wanted = false;
    for (const auto& one : prepared.moved) wanted = wanted || one.second == fd;
    if (!wanted) close(fd);
  }
}

[[noreturn]] void child(Prepared& prepared, int report) {
  const Launch& launch = prepared.launch;
  if (setsid() < 0) fail(report, kSession);
  for (int fd : launch.join)
    if (write(fd, "0", 1) != 1) fail(report, kJoin);
  if (!launch.cpus.empty() &&
      syscall(SYS_sched_setaffinity, 0, sizeof prepared.cpus, &prepared.cpus) != 0)
    fail(report, kPin);
  if (launch.uid) {
    const long id = *launch.uid;
    if (syscall(SYS_setgroups, 0, nullptr) != 0 || syscall(SYS_setresgid, id, id, id) != 0 ||
        syscall(SYS_setresuid, id, id, id) != 0)
      fail(report, kUser);
  }
  // After the change of user, which clears it; the parent may have died meanwhile.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) fail(report, kDeath);
  if (getppid() != prepared.parent) _exit(127);
  place_descriptors(prepared, report);
  umask(022);
  for (int signal = 1; signal < 65; ++signal) {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    sigaction(signal, &action, nullptr);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  char* environment[] = {nullptr};
  if (launch.program_fd >= 0)
    syscall(SYS_execveat, prepared.highest + 2, "", prepared.argv.data(), environment,
            AT_EMPTY_PATH);
  else
    execve(prepared.argv[0], prepared.argv.data(), environment);
  fail(report, kExec);
}

Result<pid_t> fork_and_exec(const Launch& launch) {
  Prepared prepared{launch, {}, launch.fds, {}, getpid(), 2};
  for (const std::string& word : launch.argv)
    prepared.argv.push_back(const_cast<char*>(word.c_str()));
  prepared.argv.push_back(nullptr);
  for (const auto& [from, to] : launch.fds) prepared.highest = std::max(prepared.highest, to);
  CPU_ZERO(&prepared.cpus);
  for (int cpu : launch.cpus)
    if (cpu >= 0 && cpu < CPU_SETSIZE) CPU_SET(static_cast<unsigned>(cpu), &prepared.cpus);
  GRADUS_TRY(Pipe report, make_pipe());
  // No signal handler of ours may run in the child.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = fork();
  if (pid == 0) child(prepared, report.write.get());
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return system_error("sandbox", "fork", error);
  report.write.reset();
  Failure failure{};
  ssize_t got = 0;
  while ((got = read(report.read.get(), &failure, sizeof failure)) < 0 && errno == EINTR) {
  }
  if (got != static_cast<ssize_t>(sizeof failure)) return pid;  // the exec closed the pipe
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return system_error("sandbox", kSteps[failure.step], failure.error);
}

/// The thread that lasts. Never destroyed: it must outlive every child.
class Spawner {
 public:
  Spawner() : thread_([this] { serve(); }) { thread_.detach(); }
  Result<pid_t> launch(const Launch& launch) {
    std::promise<Result<pid_t>> promise;
    auto answer = promise.get_future();
    {
      const std::lock_guard lock(mutex_);
      jobs_.push({&launch, &promise});
    }
    wake_.notify_one();
    return answer.get();
  }

 private:
  struct Job {
    const Launch* launch;
    std::promise<Result<pid_t>>* promise;
  };
  [[noreturn]] void serve() {
    for (;;) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return !jobs_.empty(); });
      const Job job = jobs_.front();
      jobs_.pop();
      lock.unlock();
      job.promise->set_value(fork_and_exec(*job.launch));
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::queue<Job> jobs_;
  std::thread thread_;
};

}  // namespace

Result<pid_t> launch(const Launch& order) {
  // A forked copy of our process has no such thread: it makes one of its own.
  static std::mutex mutex;
  static Spawner* spawner = nullptr;
  static pid_t owner = 0;
  {
    const std::lock_guard lock(mutex);
    if (owner != getpid()) {
      spawner = new Spawner;
      owner = getpid();
    }
  }
  return spawner->launch(order);
}

}  // namespace gradus::sandbox
