// A program that misbehaves on request, for the tests of this room: actor VERB [ARGUMENT].
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

[[noreturn]] void wait_for_ever() {
  for (;;) pause();
}

[[noreturn]] void spin() {
  for (std::atomic<unsigned> n{0};; ++n) {
  }
}

/// Memory that is really used; false where there is none.
bool take(std::size_t bytes) {
  void* place = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) return false;
  for (std::size_t at = 0; at < bytes; at += 4096) static_cast<volatile char*>(place)[at] = 'x';
  return true;
}

[[noreturn]] void hog(int fd) {
  constexpr std::size_t kStep = 8U << 20;
  std::vector<char> bytes(kStep, 'x');
  for (;;) {
    if (fd >= 0) {
      if (write(fd, bytes.data(), kStep) < 0) _exit(28);
    } else if (!take(kStep)) {
      _exit(12);
    }
  }
}

int fill(const char* path) {
  const int fd = open(path, O_WRONLY | O_CREAT, 0600);
  std::vector<char> bytes(1 << 20, 'x');
  long total = 0;
  for (ssize_t wrote = 0; fd >= 0 && (wrote = write(fd, bytes.data(), bytes.size())) > 0;)
    total += wrote;
  std::printf("%ld\n", total);
  std::fflush(stdout);
  wait_for_ever();  // until the monitor has seen it full; the test's wall limit ends it
}

/// A grandchild in a session of its own that closes nothing: only a kill ends it.
void daemonize() {
  if (fork() != 0) return;
  setsid();
  for (int signal = 1; signal < 65; ++signal) ::signal(signal, SIG_IGN);
  if (fork() != 0) _exit(0);
  wait_for_ever();
}

int list_descriptors() {
  for (int fd = 0; fd < 1024; ++fd)
    if (fcntl(fd, F_GETFD) >= 0) std::printf("%d ", fd);
  return 0;
}

int many_threads(int count) {
  std::vector<std::thread> threads;
  try {
    for (int i = 0; i < count; ++i) threads.emplace_back(wait_for_ever);
  } catch (const std::exception&) {
    std::printf("refused after %zu\n", threads.size());
    std::fflush(stdout);
    _exit(11);
  }
  wait_for_ever();
}

/// How far it gets with a device file.
int try_device(const char* path) {
  const int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return std::printf("closed\n"), 0;
  char byte = 'x';
  termios unused{};
  const bool reads = read(fd, &byte, 1) == 1;
  const bool asked = ioctl(fd, TCGETS, &unused) == 0 || errno == ENOTTY;  // it came through to it
  std::printf("open, read %d, ioctl %d\n", reads, asked);
  return 0;
}

/// What CUDA does when it starts, and what a network's user would.
int try_sockets() {
  const int local = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strcpy(name.sun_path + 1, "gradus-test");
  const auto* address = reinterpret_cast<const sockaddr*>(&name);
  const bool named = local >= 0 && bind(local, address, sizeof name) == 0 && listen(local, 1) == 0;
  bool other = socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || socket(AF_UNIX, SOCK_DGRAM, 0) >= 0;
  for (const int family : {AF_INET, AF_INET6, AF_NETLINK, AF_VSOCK})
    for (const int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW})
      other = other || socket(family, type, 0) >= 0;
  const bool reached =
      connect(local, address, sizeof name) == 0 || (errno != EPERM && errno != ENOENT);
  const bool absent = errno == ENOENT;
  const bool taken = accept(local, nullptr, nullptr) >= 0 || errno != EPERM;
  std::printf("named %d other %d reached %d taken %d absent %d\n", named, other, reached, taken,
              absent);
  return 0;
}

/// What CUDA's drivers from 570 on want of a memory file.
int try_memory_files() {
  constexpr int kLargest = 4 << 20;
  ::signal(SIGXFSZ, SIG_IGN);  // which else ends who writes past the limit
  const int file = memfd_create("gradus-test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  const bool used = file >= 0 && ftruncate(file, 4096) == 0 && write(file, "x", 1) == 1;
  const bool capped = file >= 0 && ftruncate(file, kLargest + 1) != 0 && errno == EFBIG;
  errno = 0;
  const bool huge = memfd_create("gradus-huge", MFD_HUGETLB) >= 0 || errno != EPERM;
  std::printf("used %d capped %d huge %d\n", used, capped, huge);
  return 0;
}

/// Names a thread through /proc, as the same drivers do; and what else might be written there.
int try_thread_names() {
  int named = 0;
  std::thread([&named] {
    const std::string file = "/proc/self/task/" + std::to_string(gettid()) + "/comm";
    const int fd = open(file.c_str(), O_WRONLY | O_CLOEXEC);
    named = fd >= 0 && write(fd, "cuda00", 6) == 6;
  }).join();
  int other = 0;
  for (const char* file : {"/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/1/comm"})
    other += open(file, O_WRONLY | O_CLOEXEC) >= 0;
  std::printf("named %d other %d\n", named, other);
  return 0;
}

}  // namespace

extern char** environ;

int main(int argc, char** argv) {
  const std::string verb = argc > 1 ? argv[1] : "";
  const std::string argument = argc > 2 ? argv[2] : "";
  const int number = std::atoi(argument.c_str());
  if (verb == "exit") return number;
  if (verb == "signal") return raise(number), 0;
  if (verb == "spin") spin();
  if (verb == "spin_in_children") {
    for (int i = 0; i < number; ++i)
      if (fork() == 0) spin();
    wait_for_ever();
  }
  if (verb == "spin_in_thread") {
    const std::thread spinner(spin);
    wait_for_ever();
  }
  if (verb == "sleep") wait_for_ever();
  if (verb == "stop") return raise(SIGSTOP), 0;
  if (verb == "ignore") {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, nullptr);
    spin();
  }
  if (verb == "hog") hog(-1);
  if (verb == "hog_children") {
    for (int i = 0; i < number; ++i)
      if (fork() == 0) {
        take(std::size_t{40} << 20);
        wait_for_ever();
      }
    wait_for_ever();
  }
  if (verb == "fork_bomb")
    for (;;) fork();
  if (verb == "daemon") return daemonize(), 0;
  if (verb == "flood") {
    const char text[] = "\0\x1b[31m]]>\n<script>\xff";
    for (;;)
      if (write(1, text, sizeof text) < 0) return 1;
  }
  if (verb == "descriptors") return list_descriptors();
  if (verb == "environment") {
    for (char** one = environ; *one; ++one) std::puts(*one);
    return 0;
  }
  if (verb == "count_input") {
    long total = 0, sum = 0;
    for (int c = 0; (c = std::getchar()) != EOF; ++total) sum += c;
    std::printf("%ld %ld\n", total, sum);
    return 0;
  }
  if (verb == "file") {
    const int fd = open(argument.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0) return 1;
    hog(fd);
  }
  if (verb == "fill") return fill(argument.c_str());
  if (verb == "inodes") {
    for (long i = 0;; ++i) {
      const int fd = open((argument + "/" + std::to_string(i)).c_str(), O_WRONLY | O_CREAT, 0600);
      if (fd < 0) wait_for_ever();
      close(fd);
    }
  }
  if (verb == "threads") return many_threads(number);
  if (verb == "exec") {
    execl(argv[0], argv[0], "exit", "0", nullptr);
    std::perror("exec");
    return 5;
  }
  if (verb == "cores") {
    cpu_set_t all, now;
    std::memset(&all, 0xff, sizeof all);
    sched_setaffinity(0, sizeof all, &all);
    sched_getaffinity(0, sizeof now, &now);
    std::printf("%d\n", CPU_COUNT(&now));
    return 0;
  }
  if (verb == "write") {  // into a folder: a file is allowed, links and pipes are not
    const std::string file = argument + "/file", link = argument + "/link",
                      pipe = argument + "/pipe";
    const int fd = open(file.c_str(), O_WRONLY | O_CREAT, 0644);
    const bool linked = symlink("/etc/passwd", link.c_str()) == 0;
    const bool piped = mkfifo(pipe.c_str(), 0644) == 0;
    std::printf("file %d link %d pipe %d\n", fd >= 0, linked, piped);
    return 0;
  }
  if (verb == "show") {
    std::FILE* file = std::fopen(argument.c_str(), "r");
    if (file == nullptr) return std::perror("fopen"), 1;
    for (int c = 0; (c = std::fgetc(file)) != EOF;) std::putchar(c);
    return std::fclose(file);
  }
  if (verb == "device") return try_device(argument.c_str());
  if (verb == "sockets") return try_sockets();
  if (verb == "memory_files") return try_memory_files();
  if (verb == "thread_names") return try_thread_names();
  if (verb == "hello") {
    std::puts(argument.c_str());
    std::fputs("to error", stderr);
    return 0;
  }
  std::fprintf(stderr, "unknown verb\n");
  return 99;
}
