#pragma once

// What a hostile plugin tries, one function an attack. Plain functions without a framework, so that
// a bare program and a plugin can use the same ones. Each proves itself: it says what it managed to
// do. All are bounded: with no layer in the way they do no more harm than they report.

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "framework/tests/attacks/target.hpp"

namespace gradus::attacks {

inline Finding read_labels(const Target& target) { return detail::read_some(target.labels); }
inline Finding read_submission(const Target& target) {
  return detail::read_some(target.submission);
}

inline Finding list_folder(const Target& target) {
  DIR* folder = opendir(target.folder.c_str());
  if (!folder) return held("opendir " + target.folder);
  int count = 0;
  while (readdir(folder)) ++count;
  closedir(folder);
  return succeeded("listed " + std::to_string(count) + " names in " + target.folder);
}

inline Finding read_through_proc_root(const Target& target) {
  return detail::read_some("/proc/" + std::to_string(target.pid) + "/root" + target.labels);
}

inline Finding create_outside(const Target& target) {
  const std::string path = target.outside + "/planted-" + std::to_string(getpid());
  const detail::Handle fd(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (fd < 0) return held("create " + path);
  unlink(path.c_str());
  return succeeded("created " + path);
}

inline Finding tcp_connect(const Target& target) {
  const detail::Handle fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (fd < 0) return held("socket(AF_INET)");
  const sockaddr_in address = detail::loopback(target.port);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return held("connect");
  return succeeded("connected to 127.0.0.1:" + std::to_string(target.port));
}

inline Finding udp_send(const Target& target) {
  const detail::Handle fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (fd < 0) return held("socket(AF_INET)");
  const sockaddr_in address = detail::loopback(target.port);
  // The second send hears of a port that nobody has: that network is not the victim's.
  for (int i = 0; i < 2; ++i)
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        send(fd, "x", 1, 0) != 1)
      return held("send");
  char answer = 0;
  if (recv(fd, &answer, 1, MSG_DONTWAIT) < 0 && errno == ECONNREFUSED) return held("send");
  return succeeded("sent a datagram to 127.0.0.1:" + std::to_string(target.port));
}

inline Finding unix_connect(const Target& target) {
  return detail::connect_unix(target.socket, false);
}
inline Finding abstract_connect(const Target& target) {
  return detail::connect_unix(target.abstract, true);
}

inline Finding open_vsock(const Target&) {
  const detail::Handle fd(socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (fd < 0) return held_or_absent("socket(AF_VSOCK)", {EAFNOSUPPORT, ENODEV});
  return succeeded("opened a socket to the hypervisor");
}

inline Finding open_io_uring(const Target&) {
  std::vector<char> parameters(256);
  const detail::Handle fd(static_cast<int>(syscall(SYS_io_uring_setup, 1U, parameters.data())));
  if (fd < 0) return held("io_uring_setup");
  return succeeded("set up an io_uring");
}

inline Finding signal_victim(const Target& target) {
  if (kill(target.pid, 0) != 0) return held("kill");
  return succeeded("could signal process " + std::to_string(target.pid));
}

/// The parent is what watches the program. (kill(-1) cannot tell: it says 0 even where every single
/// signal was refused.)
inline Finding stop_parent(const Target&) {
  const pid_t parent = getppid();
  if (kill(parent, SIGSTOP) != 0) return held("kill(parent)");
  char state = '?';
  for (int i = 0; i < 200 && state != 'T'; ++i) {
    const std::string path = "/proc/" + std::to_string(parent) + "/stat";
    char text[256] = {};
    const detail::Handle fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd < 0 || read(fd, text, sizeof text - 1) <= 0) break;
    const char* end = std::strrchr(text, ')');
    if (end) state = end[2];
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  kill(parent, SIGCONT);
  errno = EPERM;
  return state == 'T' ? succeeded("stopped its parent") : held("its parent went on");
}

inline Finding ptrace_victim(const Target& target) {
  if (ptrace(PTRACE_SEIZE, target.pid, nullptr, nullptr) != 0) return held("ptrace");
  ptrace(PTRACE_DETACH, target.pid, nullptr, nullptr);
  return succeeded("traced process " + std::to_string(target.pid));
}

inline Finding write_victim(const Target& target) {
  std::uint32_t value = 0x41414141;
  iovec mine{&value, sizeof value}, theirs{reinterpret_cast<void*>(target.word), sizeof value};
  if (process_vm_writev(target.pid, &mine, 1, &theirs, 1, 0) != sizeof value)
    return held("process_vm_writev");
  return succeeded("wrote into process " + std::to_string(target.pid));
}

inline Finding write_victim_by_proc(const Target& target) {
  const std::string path = "/proc/" + std::to_string(target.pid) + "/mem";
  const detail::Handle fd(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (fd < 0) return held("open " + path);
  const std::uint32_t value = 0x42424242;
  if (pwrite(fd, &value, sizeof value, static_cast<off_t>(target.word)) != sizeof value)
    return held("write " + path);
  return succeeded("wrote into " + path);
}

inline Finding attach_sysv(const Target& target) {
  const int id = shmget(target.sysv, 0, 0);
  if (id < 0) return held("shmget");
  void* place = shmat(id, nullptr, 0);
  if (place == reinterpret_cast<void*>(-1)) return held("shmat");
  shmdt(place);
  return succeeded("attached another job's System V segment");
}

inline Finding open_shared_memory(const Target& target) {
  const detail::Handle fd(shm_open(target.shared.c_str(), O_RDWR, 0));
  if (fd < 0) return held("shm_open");
  return succeeded("opened another job's shared memory " + target.shared);
}

inline Finding add_key(const Target&) {
  constexpr int kUserKeyring = -4;
  const long key = syscall(SYS_add_key, "user", "gradus:attack", "x", 1UL, kUserKeyring);
  if (key < 0) return held_or_absent("add_key", {ENOSYS, EDQUOT});
  constexpr int kUnlink = 9;
  syscall(SYS_keyctl, kUnlink, key, kUserKeyring);
  return succeeded("left a key in the user's keyring");
}

/// The test pins the tree to core 0.
inline Finding leave_cores(const Target&) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(1, &set);
  const int rc = sched_setaffinity(0, sizeof set, &set);
  if (rc != 0 && errno == EINVAL) return {Finding::Result::impossible, "the machine has one core"};
  sched_getaffinity(0, sizeof set, &set);
  if (!CPU_ISSET(1, &set)) return held("sched_setaffinity");
  return succeeded("moved to core 1");
}

inline Finding make_namespace(const Target&) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return held("unshare");
  return succeeded("became root of a user namespace of its own");
}

inline Finding start_program(const Target&) {
  const pid_t child = fork();
  if (child == 0) {
    execl("/usr/bin/true", "true", nullptr);
    _exit(111);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return held("fork");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    errno = EPERM;
    return held("execve");
  }
  return succeeded("started /usr/bin/true");
}

/// The test allows 128 MiB.
inline Finding take_memory(const Target&) {
  constexpr std::size_t kBytes = std::size_t{384} << 20;
  auto* place = static_cast<volatile char*>(
      mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (place == MAP_FAILED) return held("mmap");
  for (std::size_t at = 0; at < kBytes; at += 4096) place[at] = 1;
  // Long enough for a watchdog that is there to look.
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  return succeeded("held 384 MiB");
}

/// The test allows 16 processes.
inline Finding take_processes(const Target&) {
  std::vector<pid_t> children;
  for (int i = 0; i < 100; ++i) {
    const pid_t child = fork();
    if (child == 0)
      for (;;) pause();
    if (child < 0) break;
    children.push_back(child);
  }
  const bool all = children.size() == 100;
  if (all) std::this_thread::sleep_for(std::chrono::milliseconds(300));
  for (const pid_t child : children) {
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  return all ? succeeded("kept 100 processes") : held("fork");
}

/// The test allows .2 s of CPU time.
inline Finding take_cpu(const Target&) {
  rusage used{};
  do {
    for (volatile int i = 0; i < 1'000'000; i = i + 1) {
    }
    getrusage(RUSAGE_SELF, &used);
  } while (used.ru_utime.tv_sec < 1);
  return succeeded("took 1 s of CPU time");
}

/// The test allows 1 s of wall time.
inline Finding take_time(const Target&) {
  std::this_thread::sleep_for(std::chrono::milliseconds(1800));
  return succeeded("stayed for 1.8 s");
}

/// The test allows files of 16 MiB.
inline Finding write_large_file(const Target&) {
  signal(SIGXFSZ, SIG_IGN);
  const detail::Handle fd(open("large", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (fd < 0 || ftruncate(fd, 0) != 0) return held("open");
  const std::vector<char> bytes(1 << 20, 'x');
  for (int i = 0; i < 20; ++i)
    if (write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
      return held("write");
  unlink("large");
  return succeeded("wrote a file of 20 MiB");
}

/// The test allows a scratch of 24 MiB.
inline Finding fill_scratch(const Target&) {
  const std::vector<char> bytes(1 << 20, 'x');
  for (int i = 0; i < 40; ++i) {
    const std::string name = "part" + std::to_string(i);
    const detail::Handle fd(open(name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    if (fd < 0 || write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
      return held("write");
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  return succeeded("filled the scratch with 40 MiB");
}

/// One row an attack. `held_by`: the layers each of which alone is enough, separated by spaces.
/// `survey`: number of the case in the list of framework/sandbox/README.md.
struct Attack {
  const char* name;
  Finding (*run)(const Target&);
  const char* held_by;
  int survey;
};

inline constexpr Attack kAttacks[] = {
    {"read_labels", read_labels, "user namespaces landlock", 28},
    {"read_submission", read_submission, "namespaces landlock", 28},
    {"list_folder", list_folder, "namespaces landlock", 28},
    {"read_through_proc_root", read_through_proc_root, "user namespaces landlock", 28},
    {"create_outside", create_outside, "namespaces landlock", 28},
    {"tcp_connect", tcp_connect, "namespaces landlock seccomp", 33},
    {"udp_send", udp_send, "namespaces seccomp", 33},
    {"unix_connect", unix_connect, "namespaces seccomp", 33},
    {"abstract_connect", abstract_connect, "namespaces landlock seccomp", 33},
    {"open_vsock", open_vsock, "seccomp", 33},
    {"open_io_uring", open_io_uring, "seccomp", 33},
    {"signal_victim", signal_victim, "user namespaces landlock seccomp", 26},
    {"stop_parent", stop_parent, "namespaces landlock seccomp", 26},
    {"ptrace_victim", ptrace_victim, "user namespaces landlock seccomp", 27},
    {"write_victim", write_victim, "user namespaces landlock seccomp", 27},
    {"write_victim_by_proc", write_victim_by_proc, "user namespaces landlock", 27},
    {"attach_sysv", attach_sysv, "namespaces seccomp", 34},
    {"open_shared_memory", open_shared_memory, "namespaces landlock", 34},
    {"add_key", add_key, "seccomp", 34},
    {"leave_cores", leave_cores, "seccomp", 35},
    {"make_namespace", make_namespace, "seccomp", 28},
    {"start_program", start_program, "landlock seccomp", 15},
    {"take_memory", take_memory, "watchdog", 19},
    {"take_processes", take_processes, "watchdog", 18},
    {"take_cpu", take_cpu, "watchdog", 24},
    {"take_time", take_time, "watchdog", 24},
    {"write_large_file", write_large_file, "rlimits", 21},
    {"fill_scratch", fill_scratch, "namespaces watchdog", 21},
};

inline const Attack* find_attack(const std::string& name) {
  for (const Attack& attack : kAttacks)
    if (name == attack.name) return &attack;
  return nullptr;
}

/// "held: ...", "succeeded: ..." or "impossible: ...".
inline std::string describe(const Finding& finding) {
  const char* words[] = {"held: ", "succeeded: ", "impossible: "};
  return words[static_cast<int>(finding.result)] + finding.did;
}

}  // namespace gradus::attacks
