// gradus-worker: the only program with LibTorch and student code. Runs inside the sandbox, one
// process a role and a run; talks over inherited descriptors (worker.hpp) and writes no files.
//
// A plugin shares this process with us, so nothing here is a defence against it; the sandbox and
// the supervisor are. What main() does is keep accidents apart: frames travel on descriptors that
// no print reaches, and after the last frame the process leaves without running destructors, which
// in a plugin may crash and turn a good run into a bad one.

#include <ATen/Parallel.h>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "framework/worker/device/trial.hpp"
#include "framework/worker/heap.hpp"
#include "framework/worker/sanitized.hpp"
#include "framework/worker/worker.hpp"

namespace {

/// Moves a descriptor out of the low numbers that plugins and libraries use by habit.
int move_away(int fd) {
  constexpr int kFirst = 64;
  const int moved = fcntl(fd, F_DUPFD_CLOEXEC, kFirst);
  if (moved < 0) return fd;
  close(fd);
  return moved;
}

[[noreturn]] void leave(int code) {
  std::cout.flush();
  std::fflush(nullptr);
#if defined(GRADUS_WORKER_SANITIZED)
  std::exit(code);
#else
  std::_Exit(code);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  gradus::worker::set_up_heap();
  std::signal(SIGPIPE, SIG_IGN);
  if (argc == 2 && std::strcmp(argv[1], "--try-gpu") == 0) {
    leave(gradus::worker::try_device_and_tell("cuda"));
  }
  gradus::worker::WorkerFds fds;
  if (fcntl(fds.in, F_GETFD) < 0 || fcntl(fds.out, F_GETFD) < 0) {
    std::fputs(
        "gradus-worker is started by gradus-supervisor, with its frames on descriptors 3 and 4.\n"
        "To train or examine a plugin, call 'gradus run' or 'gradus check'.\n",
        stderr);
    leave(2);
  }
  for (int* fd : {&fds.in, &fds.out, &fds.images, &fds.labels}) *fd = move_away(*fd);
  at::set_num_interop_threads(1);
  leave(gradus::worker::run_worker(fds));
}
