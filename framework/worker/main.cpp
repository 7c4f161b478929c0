// gradus-worker: the only program with LibTorch and student code. Runs inside the sandbox, one
// process a role and a run; talks over inherited descriptors (worker.hpp) and writes no files.
//
// A plugin shares this process with us, so nothing here is a defence against it; the sandbox and
// the supervisor are. What main() does is keep accidents apart: frames travel on descriptors that
// no print reaches, and after the last frame the process leaves without running destructors, which
// in a plugin may crash and turn a good run into a bad one.

#include <ATen/Parallel.h>
#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "framework/worker/device/trial.hpp"
#include "framework/worker/worker.hpp"

namespace {

#if defined(__SANITIZE_ADDRESS__)
#define GRADUS_WORKER_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define GRADUS_WORKER_SANITIZED 1
#endif
#endif

/// Each training step allocates and frees the same few large blocks: keep them in the heap instead
/// of mapping, zeroing and unmapping them anew (up to a third of a small network's step).
void keep_memory() {
#if !defined(GRADUS_WORKER_SANITIZED)
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

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
  keep_memory();
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
