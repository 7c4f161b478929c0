#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "framework/core/paths.hpp"
#include "framework/core/process.hpp"
#include "framework/sandbox/order.hpp"
#include "framework/sandbox/running.hpp"
#include "framework/sandbox/sandbox.hpp"
#include "framework/sandbox/spawn.hpp"
#include "framework/sandbox/view.hpp"

namespace gradus::sandbox {
namespace {

Result<Fd> open_confine(const Paths& paths) {
  const fs::path path = paths.program("gradus-confine");
  Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid())
    return infrastructure_error("sandbox: " + path.string(),
                                "the program that confines others is missing",
                                "Install Gradus again, or point GRADUS_PREFIX at a whole copy.");
  return fd;
}

/// A pipe whose reading end, ours, never blocks.
Result<Pipe> output_pipe() {
  GRADUS_TRY(Pipe pipe, make_pipe());
  fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK);
  return pipe;
}

Status take_uid(const Spec& spec, const Paths& paths, Running& running) {
  GRADUS_CHECK(check_reachable(spec));
  GRADUS_TRY(running.user, LeasedUid::acquire(uid_locks(paths.locks())));
  for (const Mount& mount : spec.mounts)
    if (mount.writable) GRADUS_CHECK(running.lent.lend(mount.host, running.user->uid()));
  return {};
}

Status make_scratch(const Paths& paths, Running& running) {
  GRADUS_CHECK(make_folder(paths.scratch(), 0755));
  GRADUS_TRY(fs::path folder, make_temporary_folder(paths.scratch(), "sandbox"));
  running.scratch.emplace(folder);
  if (running.user) return running.lent.lend(folder, running.user->uid());
  return {};
}

}  // namespace

struct Process::Impl {
  Running running;
  unsigned uid = getuid();
};

Result<Process> Process::start(const Spec& spec) {
  auto impl = std::make_unique<Impl>();
  Running& running = impl->running;
  running.limits = spec.limits;
  running.layers = spec.layers_for_test ? *spec.layers_for_test : layers_of(spec.mode);
  const Layers& layers = running.layers;
  GRADUS_CHECK(check_spec(spec, layers));
  GRADUS_TRY(const Paths paths, find_paths());
  GRADUS_TRY(const Fd confine, open_confine(paths));
  if (layers.user && geteuid() == 0) {
    GRADUS_CHECK(take_uid(spec, paths, running));
    impl->uid = running.user->uid();
  }
  if (!layers.namespaces) GRADUS_CHECK(make_scratch(paths, running));
  if (layers.watchdog) {
    // What is written to /tmp and /dev/shm is charged to the group too: room for both, full.
    const std::int64_t memory = spec.limits.memory_mib + 2 * spec.limits.scratch_mib + 64;
    running.cgroup = Cgroup::make(memory << 20, spec.limits.processes + 16);
  }
  const bool own_user = running.user || layers.namespaces;
  const fs::path scratch = running.scratch ? running.scratch->path() : fs::path();
  GRADUS_TRY(const Order order, make_order(spec, layers, scratch, own_user));
  GRADUS_TRY(const Fd order_file, sealed_file("gradus-order", order.encode()));
  Fd input(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!spec.input.empty()) {
    GRADUS_TRY(input, sealed_file("gradus-input", spec.input));
  }
  GRADUS_TRY(Pipe out, output_pipe());
  GRADUS_TRY(Pipe err, output_pipe());
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
    return system_error("sandbox", "socketpair", errno);
  running.report = Fd(sockets[0]);
  Fd confine_end(sockets[1]);
  const int yes = 1;
  setsockopt(running.report.get(), SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes);

  Launch call;
  call.fds = {{input.get(), 0}, {out.write.get(), 1}, {err.write.get(), 2}};
  int next = 3;
  for (const auto& [host, inside] : spec.fds) {
    call.fds.emplace_back(host, inside);
    next = std::max(next, inside + 1);
  }
  // gradus-confine takes the socket first, then what it closes: see its use of the numbers.
  const int report_place = next, order_place = next + 1, self_place = next + 2;
  call.fds.emplace_back(confine_end.get(), report_place);
  call.fds.emplace_back(order_file.get(), order_place);
  call.fds.emplace_back(confine.get(), self_place);
  if (layers.namespaces) {
    const fs::path bubblewrap = find_program("bwrap");
    if (bubblewrap.empty())
      return infrastructure_error("sandbox: namespaces", "bubblewrap (bwrap) is not installed",
                                  "Install the package bubblewrap, or ask for '--sandbox reduced'; "
                                  "the report will say so.");
    call.argv = bubblewrap_call(bubblewrap, spec);
    // Executed by descriptor: it need not be mounted, and its folder need not be open to others.
    call.argv.push_back("/proc/self/fd/" + std::to_string(self_place));
  } else {
    call.program_fd = confine.get();
    call.argv.emplace_back("gradus-confine");
  }
  for (const int place : {order_place, report_place, self_place})
    call.argv.push_back(std::to_string(place));
  if (running.cgroup) call.join = running.cgroup->join_fds();
  if (running.user) call.uid = running.user->uid();
  call.cpus = spec.cpus;

  GRADUS_TRY(running.top, launch(call));
  running.top_fd = Fd(static_cast<int>(syscall(SYS_pidfd_open, running.top, 0)));
  running.wake = Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  running.out = std::move(out.read);
  running.err = std::move(err.read);
  out.write.reset();
  err.write.reset();
  confine_end.reset();
  if (running.cgroup) running.cgroup->close_join_fds();
  GRADUS_CHECK(running.await_ready());
  running.watch_in_thread();
  return Process(std::move(impl));
}

Process::Process(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Process::Process(Process&&) noexcept = default;
Process& Process::operator=(Process&&) noexcept = default;
Process::~Process() = default;

void Process::kill() { impl_->running.request_kill(); }
bool Process::running() { return !impl_->running.done(); }
double Process::cpu_ms() { return impl_->running.cpu_ms(); }
double Process::wall_ms() { return impl_->running.wall_ms(); }
bool Process::at_work() { return impl_->running.at_work(); }
unsigned Process::uid() const { return impl_->uid; }
Outcome Process::wait() { return impl_->running.wait(); }

Result<Outcome> run(const Spec& spec) {
  constexpr auto kLook = std::chrono::milliseconds(5);
  GRADUS_TRY(Process process, Process::start(spec));
  while (spec.cancelled && process.running()) {
    if (spec.cancelled()) {
      process.kill();
      static_cast<void>(process.wait());
      return infrastructure_error("", "interrupted", "call it again");
    }
    std::this_thread::sleep_for(kLook);
  }
  return process.wait();
}

}  // namespace gradus::sandbox
