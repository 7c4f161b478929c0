// The kernel's interface is repeated here because system headers are older than kernels: the
// numbers are the kernel's ABI (include/uapi/linux/landlock.h) and never change.
#include "framework/sandbox/confine/landlock.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace gradus::sandbox {
namespace {

constexpr long kCreateRuleset = 444, kAddRule = 445, kRestrictSelf = 446;

struct RulesetAttr {
  std::uint64_t handled_fs = 0, handled_net = 0, scoped = 0;
};
struct [[gnu::packed]] PathBeneath {
  std::uint64_t allowed = 0;
  std::int32_t parent = -1;
};

enum Right : std::uint64_t {
  kExecute = 1U << 0,
  kWriteFile = 1U << 1,
  kReadFile = 1U << 2,
  kReadDir = 1U << 3,
  kRemoveDir = 1U << 4,
  kRemoveFile = 1U << 5,
  kMakeChar = 1U << 6,
  kMakeDir = 1U << 7,
  kMakeReg = 1U << 8,
  kMakeSock = 1U << 9,
  kMakeFifo = 1U << 10,
  kMakeBlock = 1U << 11,
  kMakeSym = 1U << 12,
  kRefer = 1U << 13,
  kTruncate = 1U << 14,
  kIoctlDevice = 1U << 15,
};
constexpr std::uint64_t kOnFiles = kExecute | kWriteFile | kReadFile | kTruncate | kIoctlDevice;

std::uint64_t all_rights(int abi) {
  std::uint64_t rights = (kMakeSym << 1) - 1;
  if (abi >= 2) rights |= kRefer;
  if (abi >= 3) rights |= kTruncate;
  if (abi >= 5) rights |= kIoctlDevice;
  return rights;
}

std::uint64_t rights_of(Access access) {
  constexpr std::uint64_t kRead = kReadFile | kReadDir;
  constexpr std::uint64_t kWrite =
      kRead | kWriteFile | kTruncate | kMakeReg | kMakeDir | kRemoveFile | kRemoveDir | kRefer;
  switch (access) {
    case Access::read:
      return kRead;
    case Access::read_exec:
      return kRead | kExecute;
    case Access::write:
      return kWrite;
    case Access::scratch:
      return kWrite | kMakeSym | kMakeFifo | kMakeSock | kExecute;
    case Access::device:
      return kReadFile | kWriteFile;
    case Access::control:
      return kReadFile | kWriteFile | kIoctlDevice;
    case Access::change:
      return kRead | kWriteFile;
  }
  return 0;
}

std::string failed(const std::string& what) { return what + ": " + std::strerror(errno); }

}  // namespace

int landlock_abi() {
  const long abi = syscall(kCreateRuleset, nullptr, 0, 1U);
  return abi > 0 ? static_cast<int>(abi) : 0;
}

std::string apply_landlock(const std::vector<PathRule>& rules) {
  const int abi = landlock_abi();
  if (abi == 0) return "this kernel has no Landlock";
  RulesetAttr attributes;
  attributes.handled_fs = all_rights(abi);
  if (abi >= 4) attributes.handled_net = 3;           // bind and connect of TCP: no rule allows one
  if (abi >= kLandlockScopes) attributes.scoped = 3;  // abstract sockets and signals
  // An older kernel knows a shorter structure.
  const std::size_t size = abi >= kLandlockScopes ? 24 : abi >= 4 ? 16 : 8;
  const int ruleset = static_cast<int>(syscall(kCreateRuleset, &attributes, size, 0U));
  if (ruleset < 0) return failed("landlock_create_ruleset");
  for (const PathRule& rule : rules) {
    PathBeneath beneath;
    beneath.parent = open(rule.path.c_str(), O_PATH | O_CLOEXEC);
    if (beneath.parent < 0) continue;
    struct stat info {};
    beneath.allowed = rights_of(rule.access) & attributes.handled_fs;
    if (fstat(beneath.parent, &info) == 0 && !S_ISDIR(info.st_mode)) beneath.allowed &= kOnFiles;
    const long rc = syscall(kAddRule, ruleset, 1, &beneath, 0U);
    close(beneath.parent);
    if (rc != 0) return failed("landlock_add_rule for " + rule.path);
  }
  if (syscall(kRestrictSelf, ruleset, 0U) != 0) return failed("landlock_restrict_self");
  close(ruleset);
  return {};
}

}  // namespace gradus::sandbox
