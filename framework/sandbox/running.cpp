#include "framework/sandbox/running.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "framework/core/text.hpp"

namespace gradus::sandbox {
namespace {

using std::chrono::milliseconds;

constexpr double kReadyWithinMs = 60'000;
constexpr std::int64_t kScratchFiles = 65536;

double to_ms(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
}

void signal_by(const Fd& pidfd, int signal) {
  if (pidfd.valid()) syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0);
}

/// One datagram of gradus-confine and, where asked, who sent it as seen from here.
std::optional<Report> receive(const Fd& socket, pid_t* sender) {
  Report report;
  iovec part{&report, sizeof report};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t got = recvmsg(socket.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got != static_cast<ssize_t>(sizeof report)) return std::nullopt;
  report.text[sizeof report.text - 1] = '\0';
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (sender && header && header->cmsg_type == SCM_CREDENTIALS) {
    ucred credentials{};
    std::memcpy(&credentials, CMSG_DATA(header), sizeof credentials);
    *sender = credentials.pid;
  }
  return report;
}

Error setup_error(const std::string& text, bool namespaces) {
  if (text.starts_with("bwrap:") || (namespaces && text.empty()))
    return infrastructure_error(
        "sandbox: namespaces",
        "bubblewrap could not set up its namespaces: " +
            (text.empty() ? "it ended without a word" : printable(text)),
        "Allow user namespaces for ordinary users (in a container: its seccomp and AppArmor "
        "profile), or ask for '--sandbox reduced'; the report will say so.");
  for (const char* layer : {"landlock", "seccomp", "rlimits"})
    if (text.starts_with(layer))
      return infrastructure_error("sandbox: " + std::string(layer), printable(text),
                                  "Run 'gradus doctor' to see what this kernel has, or ask for "
                                  "'--sandbox off'; the report will say so.");
  return infrastructure_error(
      "sandbox", text.empty() ? "gradus-confine ended without a word" : printable(text));
}

}  // namespace

Status Running::await_ready() {
  constexpr int kLookMs = 250;
  AwakeTime waited(kLongestStep);
  for (;;) {
    pollfd polled{report.get(), POLLIN, 0};
    const int found = poll(&polled, 1, kLookMs);
    waited.step();
    if (found <= 0) {
      if (waited.total_ms() < kReadyWithinMs) continue;
      kill_tree();
      reap();
      return infrastructure_error("sandbox", "the sandbox did not start within 60 s");
    }
    if ((polled.revents & POLLIN) != 0) {
      pid_t init = -1;
      const auto word = receive(report, &init);
      if (word && word->word == Word::ready) {
        init_fd_ = Fd(static_cast<int>(syscall(SYS_pidfd_open, init, 0)));
        if (layers.user && user) outcome_.layers.emplace_back("user");
        if (layers.namespaces) outcome_.layers.emplace_back("namespaces");
        if (word->value > 0) outcome_.layers.emplace_back("landlock");
        if (layers.seccomp) outcome_.layers.emplace_back("seccomp");
        if (layers.rlimits) outcome_.layers.emplace_back("rlimits");
        if (layers.watchdog) outcome_.layers.emplace_back("watchdog");
        if (cgroup) outcome_.layers.emplace_back("cgroup");
        awake_ = AwakeTime(kLongestStep);
        return {};
      }
      if (word) {
        const std::string text = word->text;
        kill_tree();
        reap();
        return setup_error(text, false);
      }
    }
    if ((polled.revents & (POLLHUP | POLLERR)) != 0) break;
  }
  // No word at all: bubblewrap stopped before gradus-confine ran, and wrote why.
  kill_tree();
  reap();
  std::string text;
  bool cut = false;
  drain(err, text, cut);
  return setup_error(text, layers.namespaces);
}

void Running::watch_in_thread() {
  thread_ = std::thread([this] { watch(); });
}

void Running::request_kill() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake.get(), &one, sizeof one);
}

double Running::cpu_ms() {
  // As of the watching thread's last look, which is fresh: asking the group here could meet its
  // end. Where nobody looks (tests without the watchdog) there is no group either.
  const double now = layers.watchdog || done_ ? 0 : usage_of(members()).cpu_ms;
  const std::lock_guard lock(mutex_);
  return outcome_.cpu_ms = std::max(outcome_.cpu_ms, now);
}

double Running::wall_ms() {
  const std::lock_guard lock(mutex_);
  return outcome_.wall_ms;
}

bool Running::at_work() {
  if (done_) return false;
  if (!layers.watchdog) return any_at_work(members());
  std::vector<pid_t> processes;
  {
    const std::lock_guard lock(mutex_);
    processes = looked_at_;
  }
  return any_at_work(processes);
}

Outcome Running::wait() {
  if (thread_.joinable()) thread_.join();
  return outcome_;
}

Running::~Running() {
  if (thread_.joinable()) {
    request_kill();
    thread_.join();
  } else if (top > 0) {
    kill_tree();
    reap();
  }
}

void Running::watch() {
  sigset_t all;  // the host's signals are for its own threads
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  auto interval = milliseconds(5);
  auto next_look = Clock::now() + interval;
  for (;;) {
    std::array<pollfd, 5> polled = {{{out_open_ ? out.get() : -1, POLLIN, 0},
                                     {err_open_ ? err.get() : -1, POLLIN, 0},
                                     {report.valid() ? report.get() : -1, POLLIN, 0},
                                     {top_fd.get(), POLLIN, 0},
                                     {wake.get(), POLLIN, 0}}};
    const auto left = std::chrono::ceil<milliseconds>(next_look - Clock::now()).count();
    poll(polled.data(), polled.size(), static_cast<int>(std::max<long>(left, 0)));
    if (polled[0].revents) drain(out, outcome_.out, outcome_.out_cut);
    if (polled[1].revents) drain(err, outcome_.err, outcome_.err_cut);
    if (polled[2].revents) read_reports();
    if (polled[3].revents) break;
    if (polled[4].revents) {
      std::uint64_t count = 0;
      [[maybe_unused]] const ssize_t got = read(wake.get(), &count, sizeof count);
      stop("killed");
    }
    const auto now = Clock::now();
    if (now < next_look) continue;
    awake_.step(now);
    if (layers.watchdog) look(now);
    if (stopped_at_ms_ && awake_.total_ms() - *stopped_at_ms_ > 500) kill_tree();
    interval = std::min(interval * 2, milliseconds(50));
    next_look = now + interval;
  }
  finish();
}

void Running::look(Clock::time_point now) {
  if (awake_.total_ms() > limits.wall_s * 1e3) return stop("wall");
  if (too_many_files_) return stop("disk");
  if (output_total_ > static_cast<std::uint64_t>(limits.output_total_mib) << 20)
    return stop("output");
  if (scratch && now >= next_disk_look_) {
    const DiskUse use = disk_use(scratch->path(), kScratchFiles);
    if (use.files >= kScratchFiles || use.bytes > limits.scratch_mib << 20) return stop("disk");
    next_disk_look_ = Clock::now() + milliseconds(250);
  }
  std::vector<pid_t> processes = members();
  const Usage usage = usage_of(processes);
  {
    const std::lock_guard lock(mutex_);
    looked_at_ = std::move(processes);
    outcome_.wall_ms = awake_.total_ms();
    outcome_.cpu_ms = std::max(outcome_.cpu_ms, usage.cpu_ms);
    outcome_.rss_kib = std::max(outcome_.rss_kib, usage.rss_kib);
  }
  if (usage.cpu_ms > limits.cpu_s * 1e3) return stop("cpu");
  if (usage.rss_kib > limits.memory_mib * 1024) return stop("memory");
  const std::int64_t ours = layers.namespaces ? 2 : 1;
  if (usage.tasks - ours > limits.processes) return stop("processes");
}

void Running::stop(const char* reason) {
  if (stopped_at_ms_) return;
  outcome_.limit = reason;
  stopped_at_ms_ = awake_.total_ms();
  kill_tree();
}

void Running::kill_tree() {
  if (user) {
    user->kill_all();
  } else if (layers.namespaces) {
    signal_by(init_fd_.valid() ? init_fd_ : top_fd, SIGKILL);
  } else if (!stopped_at_ms_ || awake_.total_ms() - *stopped_at_ms_ < 1500) {
    // The subreaper kills its descendants; it hears of it on its socket.
    if (report.valid()) shutdown(report.get(), SHUT_WR);
    if (!init_fd_.valid()) signal_by(top_fd, SIGKILL);
  } else {
    for (const pid_t pid : processes_below(top)) kill(pid, SIGKILL);
  }
}

void Running::read_reports() {
  for (;;) {
    const auto word = receive(report, nullptr);
    if (!word) break;
    if (word->word == Word::ended) ended_ = word->value;
    if (word->word == Word::files) too_many_files_ = true;
    if (word->word == Word::full) outcome_.scratch_full = true;
  }
  pollfd polled{report.get(), POLLIN, 0};
  if (poll(&polled, 1, 0) > 0 && (polled.revents & POLLHUP) && !(polled.revents & POLLIN))
    report.reset();
}

void Running::drain(const Fd& fd, std::string& kept, bool& cut) {
  bool& open = &fd == &out ? out_open_ : err_open_;
  std::array<char, 65536> buffer;
  // A writer that never stops must not keep the watchdog from looking.
  for (int round = 0; round < 16; ++round) {
    const ssize_t got = read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      open = false;
      return;
    }
    output_total_ += static_cast<std::uint64_t>(got);
    const std::size_t room = limits.output_bytes - std::min(limits.output_bytes, kept.size());
    const std::size_t take = std::min(room, static_cast<std::size_t>(got));
    kept.append(buffer.data(), take);
    if (take < static_cast<std::size_t>(got)) cut = true;
  }
}

std::vector<pid_t> Running::members() const {
  if (cgroup)
    if (auto found = cgroup->processes()) return *found;
  return user ? processes_of_user(user->uid()) : processes_below(top);
}

void Running::reap() {
  if (top <= 0) return;
  int status = 0;
  rusage used{};
  while (wait4(top, &status, 0, &used) < 0 && errno == EINTR) {
  }
  top = -1;
  if (user) user->kill_all();
  const std::lock_guard lock(mutex_);
  outcome_.cpu_ms = std::max(outcome_.cpu_ms, to_ms(used.ru_utime) + to_ms(used.ru_stime));
}

void Running::finish() {
  awake_.step();
  {
    const std::lock_guard lock(mutex_);
    outcome_.wall_ms = awake_.total_ms();
  }
  reap();
  if (report.valid()) read_reports();
  // Nobody is left to write; what is in the pipes still counts.
  for (int round = 0; round < 64 && (out_open_ || err_open_); ++round) {
    if (out_open_) drain(out, outcome_.out, outcome_.out_cut);
    if (err_open_) drain(err, outcome_.err, outcome_.err_cut);
    std::array<pollfd, 2> polled = {
        {{out_open_ ? out.get() : -1, POLLIN, 0}, {err_open_ ? err.get() : -1, POLLIN, 0}}};
    if (poll(polled.data(), polled.size(), 10) == 0) break;
  }
  if (ended_ && WIFEXITED(*ended_))
    outcome_.exit_code = WEXITSTATUS(*ended_);
  else
    outcome_.signal = ended_ && WIFSIGNALED(*ended_) ? WTERMSIG(*ended_) : SIGKILL;
  if (outcome_.limit.empty()) {
    if (too_many_files_ || outcome_.signal == SIGXFSZ)
      outcome_.limit = "disk";
    else if (outcome_.signal == SIGXCPU)
      outcome_.limit = "cpu";
    else if (cgroup && cgroup->out_of_memory())
      outcome_.limit = "memory";
    else if (cgroup && cgroup->out_of_tasks())
      outcome_.limit = "processes";
  }
  lent.take_back();
  cgroup.reset();
  done_ = true;
}

}  // namespace gradus::sandbox
