// Theory of operation. The filter is a deny-list: a numeric library, a compiler and Python need
// most ordinary system calls, and files, processes and the network are held by other layers too.
// What it takes away is what reaches outside (sockets, other processes' memory, keyrings), what
// adds kernel surface (namespaces, mounts, io_uring, bpf, userfaultfd, ...), memory that no
// process owns visibly (System V shared memory, memory files: the watchdog would not see them) and
// leaving the given cores. Calls newer than the list fail with ENOSYS (confine/seccomp.cpp), so
// that a new kernel opens nothing. Who has a device gets a local socket that it can name and never
// use: CUDA makes one when it starts, for other processes of the same user to connect to. Before it
// looks for NVIDIA's MPS daemon with connect(), and hears that there is none (ENOENT): to be
// refused could be taken for a daemon that refuses (error 805). It also gets memory files, without
// which drivers from 570 on do not start (cuInit says 304). What of them is mapped the watchdog
// counts as shared memory; what is only written is held by a control group, where one can be made,
// and everywhere by the size of one file times the number of open ones. Of huge pages, which no
// group counts as memory, they may not be.
// libseccomp sorts the rules into a binary tree; the kernel caches calls that are always allowed,
// so a training loop pays nothing measurable.
#include "framework/sandbox/filter.hpp"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <map>
#include <mutex>
#include <utility>

#include "framework/core/files.hpp"

namespace gradus::sandbox {
namespace {

constexpr int kDenied[] = {
    // Other processes.
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(process_madvise),
    SCMP_SYS(process_mrelease),
    SCMP_SYS(kcmp),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(pidfd_send_signal),
    SCMP_SYS(move_pages),
    SCMP_SYS(migrate_pages),
    // The network; socketpair has a rule of its own.
    SCMP_SYS(socket),
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(listen),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    // Memory and messages that outlive or cross processes.
    SCMP_SYS(shmget),
    SCMP_SYS(shmat),
    SCMP_SYS(shmctl),
    SCMP_SYS(msgget),
    SCMP_SYS(msgctl),
    SCMP_SYS(semget),
    SCMP_SYS(semctl),
    SCMP_SYS(mq_open),
    SCMP_SYS(mq_unlink),
    SCMP_SYS(memfd_create),
    SCMP_SYS(memfd_secret),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(keyctl),
    // Namespaces and mounts.
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(move_mount),
    SCMP_SYS(open_tree),
    SCMP_SYS(fsopen),
    SCMP_SYS(fsconfig),
    SCMP_SYS(fsmount),
    SCMP_SYS(fspick),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(name_to_handle_at),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(quotactl),
    SCMP_SYS(quotactl_fd),
    SCMP_SYS(fanotify_init),
    SCMP_SYS(fanotify_mark),
    // Kernel surface.
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(vmsplice),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(reboot),
    SCMP_SYS(acct),
    SCMP_SYS(iopl),
    SCMP_SYS(ioperm),
    SCMP_SYS(modify_ldt),
    SCMP_SYS(syslog),
    SCMP_SYS(vhangup),
    SCMP_SYS(lookup_dcookie),
    SCMP_SYS(uselib),
    SCMP_SYS(ustat),
    SCMP_SYS(sysfs),
    SCMP_SYS(personality),
    SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname),
    // Clock and scheduling.
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(clock_adjtime),
    SCMP_SYS(adjtimex),
    SCMP_SYS(sched_setscheduler),
    SCMP_SYS(sched_setparam),
    SCMP_SYS(sched_setattr),
    SCMP_SYS(ioprio_set),
};

// A caller that gets ENOSYS falls back: clone3 hides its flags behind a pointer, so glibc must use
// clone, whose flags can be seen.
constexpr int kAbsent[] = {SCMP_SYS(clone3), SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter),
                           SCMP_SYS(io_uring_register)};

constexpr std::uint64_t kNewNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                         CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

struct Context {
  scmp_filter_ctx value = seccomp_init(SCMP_ACT_ALLOW);
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() {
    if (value) seccomp_release(value);
  }
};

/// What CUDA calls when it starts; nothing can be sent or accepted with it.
constexpr int kForDevices[] = {SCMP_SYS(socket), SCMP_SYS(bind), SCMP_SYS(listen),
                               SCMP_SYS(connect), SCMP_SYS(memfd_create)};

/// (argument & mask) == value.
scmp_arg_cmp masked(unsigned argument, scmp_datum_t mask, scmp_datum_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}
scmp_arg_cmp differs(unsigned argument, scmp_datum_t value) {
  return {argument, SCMP_CMP_NE, value, 0};
}

int add_rules(scmp_filter_ctx filter, bool may_exec, bool devices) {
  const std::uint32_t denied = SCMP_ACT_ERRNO(EPERM);
  int rc = 0;
  auto add = [&](std::uint32_t action, int call, std::initializer_list<scmp_arg_cmp> compare) {
    const int one = seccomp_rule_add_array(filter, action, call,
                                           static_cast<unsigned>(compare.size()), compare.begin());
    if (one < 0 && rc == 0) rc = one;
  };
  for (int call : kDenied)
    if (!devices ||
        std::find(std::begin(kForDevices), std::end(kForDevices), call) == std::end(kForDevices))
      add(denied, call, {});
  if (devices) {
    // Of a connected kind, of which sendto() without connect(), denied above, reaches nobody.
    add(denied, SCMP_SYS(socket), {differs(0, AF_UNIX)});
    for (std::uint64_t type = 0; type < 16; ++type)
      if (type != SOCK_SEQPACKET) add(denied, SCMP_SYS(socket), {masked(1, 0xf, type)});
    add(SCMP_ACT_ERRNO(ENOENT), SCMP_SYS(connect), {});
    add(denied, SCMP_SYS(memfd_create), {masked(1, MFD_HUGETLB, MFD_HUGETLB)});
  }
  for (int call : kAbsent) add(SCMP_ACT_ERRNO(ENOSYS), call, {});
  // Said to have been done, and not done: LibTorch's mathematical library sets the mask it has just
  // read, and takes itself to have one core where that fails (seen with 2.11).
  add(SCMP_ACT_ERRNO(0), SCMP_SYS(sched_setaffinity), {});
  // One flag, one rule: a masked comparison tests for equality only.
  for (std::uint64_t bit = 1; bit != 0 && bit <= kNewNamespaces; bit <<= 1)
    if (kNewNamespaces & bit) add(denied, SCMP_SYS(clone), {masked(0, bit, bit)});
  // A pair of stream sockets is a pipe; a datagram socket could still be sent anywhere.
  add(denied, SCMP_SYS(socketpair), {differs(0, AF_UNIX)});
  add(denied, SCMP_SYS(socketpair), {masked(1, 0x2, 0x2)});
  add(denied, SCMP_SYS(prlimit64), {differs(0, 0)});
  add(denied, SCMP_SYS(ioctl), {masked(1, 0xffffffffU, TIOCSTI)});
  add(denied, SCMP_SYS(ioctl), {masked(1, 0xffffffffU, TIOCLINUX)});
  add(denied, SCMP_SYS(ioctl), {masked(1, 0xffffffffU, TIOCSETD)});
  if (!may_exec) {
    add(SCMP_ACT_TRACE(1), SCMP_SYS(execve), {});
    add(SCMP_ACT_TRACE(1), SCMP_SYS(execveat), {});
  }
  return rc;
}

Result<std::string> build(bool may_exec, bool devices) {
  Context context;
  if (!context.value) return infrastructure_error("sandbox: seccomp", "libseccomp gave no filter");
  // 2: a binary tree instead of a list (libseccomp 2.5); without it the filter is only slower.
  seccomp_attr_set(context.value, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  seccomp_attr_set(context.value, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  if (const int rc = add_rules(context.value, may_exec, devices); rc < 0)
    return system_error("sandbox: seccomp", "libseccomp refused a rule", -rc);
  const Fd file(memfd_create("gradus-filter", MFD_CLOEXEC));
  if (!file.valid()) return system_error("sandbox: seccomp", "memfd_create", errno);
  if (const int rc = seccomp_export_bpf(context.value, file.get()); rc < 0)
    return system_error("sandbox: seccomp", "libseccomp could not write the filter", -rc);
  std::string bytes(static_cast<std::size_t>(lseek(file.get(), 0, SEEK_END)), '\0');
  if (pread(file.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return system_error("sandbox: seccomp", "reading the filter back", errno);
  return bytes;
}

}  // namespace

Result<std::string> system_call_filter(bool may_exec, bool devices) {
  static std::mutex mutex;
  static std::map<std::pair<bool, bool>, std::string> built;
  const std::lock_guard lock(mutex);
  const std::pair kind(may_exec, devices);
  if (const auto found = built.find(kind); found != built.end()) return found->second;
  GRADUS_TRY(std::string bytes, build(may_exec, devices));
  return built[kind] = bytes;
}

}  // namespace gradus::sandbox
