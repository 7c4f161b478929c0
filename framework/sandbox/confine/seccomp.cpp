#include "framework/sandbox/confine/seccomp.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace gradus::sandbox {
namespace {

/// The newest call that the deny-list of filter.cpp was written against (set_mempolicy_home_node).
constexpr std::uint32_t kNewestCall = 450;
/// x32 calls carry this bit; the main filter kills them, so let it see them.
constexpr std::uint32_t kX32Bit = 0x40000000U;

sock_filter load(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}
sock_filter answer(std::uint32_t action) { return BPF_STMT(BPF_RET | BPF_K, action); }
sock_filter jump(std::uint32_t test, std::uint32_t value, std::uint8_t yes, std::uint8_t no) {
  return BPF_JUMP(static_cast<std::uint16_t>(BPF_JMP | BPF_K | test), value, yes, no);
}

bool install(sock_filter* code, std::size_t count) {
  sock_fprog program{static_cast<unsigned short>(count), code};
  // Speculation stays as it is: older kernels would otherwise slow the whole program down.
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) ==
         0;
}

bool refuse_newer_calls() {
  sock_filter code[] = {
      load(offsetof(seccomp_data, nr)), jump(BPF_JGE, kX32Bit, 2, 0),
      jump(BPF_JGT, kNewestCall, 0, 1), answer(SECCOMP_RET_ERRNO | ENOSYS),
      answer(SECCOMP_RET_ALLOW),
  };
  return install(code, std::size(code));
}

/// Without a pid namespace the supervisor's processes can be named. kill and the thread calls may
/// name the caller's own process (and 0 its group, of which it is alone); nothing else.
bool refuse_foreign_signals() {
  const auto self = static_cast<std::uint32_t>(getpid());
  const std::size_t first = offsetof(seccomp_data, args);
  std::vector<sock_filter> code = {load(offsetof(seccomp_data, nr))};
  for (const long call : {SYS_kill, SYS_tgkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo}) {
    code.push_back(jump(BPF_JEQ, static_cast<std::uint32_t>(call), 0, 5));
    code.push_back(load(first));
    code.push_back(jump(BPF_JEQ, self, 1, 0));
    code.push_back(jump(BPF_JEQ, 0, 0, 1));
    code.push_back(answer(SECCOMP_RET_ALLOW));
    code.push_back(answer(SECCOMP_RET_ERRNO | EPERM));
  }
  code.push_back(jump(BPF_JEQ, SYS_tkill, 0, 1));
  code.push_back(answer(SECCOMP_RET_ERRNO | EPERM));
  code.push_back(answer(SECCOMP_RET_ALLOW));
  return install(code.data(), code.size());
}

}  // namespace

std::string apply_seccomp(const std::string& filter, bool guard_signals) {
  const auto failed = [](const char* what) { return std::string(what) + std::strerror(errno); };
  if (guard_signals && !refuse_foreign_signals()) return failed("the filter for signals: ");
  if (!refuse_newer_calls()) return failed("the filter for new calls: ");
  std::vector<sock_filter> code(filter.size() / sizeof(sock_filter));
  std::memcpy(code.data(), filter.data(), code.size() * sizeof(sock_filter));
  if (!install(code.data(), code.size())) return failed("the filter: ");
  return {};
}

bool seccomp_available() {
  std::uint32_t action = SECCOMP_RET_TRACE;
  return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

}  // namespace gradus::sandbox
