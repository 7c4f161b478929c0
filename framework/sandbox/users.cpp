#include "framework/sandbox/users.hpp"

#include <pwd.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "framework/sandbox/tree.hpp"

namespace gradus::sandbox {
namespace {

bool is_account(uid_t uid) {
  passwd entry{}, *found = nullptr;
  char buffer[1024];
  return getpwuid_r(uid, &entry, buffer, sizeof buffer, &found) == 0 && found != nullptr;
}

}  // namespace

std::filesystem::path uid_locks(const std::filesystem::path& home_locks) {
  const std::filesystem::path shared = "/run/gradus/uids";
  return make_folder(shared, 0755).ok() && access(shared.c_str(), W_OK) == 0 ? shared : home_locks;
}

Result<LeasedUid> LeasedUid::acquire(const std::filesystem::path& locks) {
  GRADUS_CHECK(make_folder(locks, 0755));
  constexpr uid_t kCount = kLastUid - kFirstUid + 1;
  // Processes start at different places, so that they seldom try the same lock.
  const uid_t start = static_cast<uid_t>(getpid()) * 7 % kCount;
  for (uid_t i = 0; i < kCount; ++i) {
    const uid_t uid = kFirstUid + (start + i) % kCount;
    auto lock = FileLock::try_acquire(locks / ("uid-" + std::to_string(uid)));
    if (!lock.ok()) continue;
    if (is_account(uid) || !processes_of_user(uid, true).empty()) continue;
    return LeasedUid(uid, std::move(*lock));
  }
  return infrastructure_error(
      "sandbox: user",
      "no free uid from " + std::to_string(kFirstUid) + " to " + std::to_string(kLastUid) +
          " (or " + locks.string() + " cannot be written)",
      "Wait for other runs to end, or give GRADUS_HOME a folder that root can write.");
}

void LeasedUid::kill_all() const {
  // kill(-1) of a process of that uid reaches all of them in one walk of the kernel's list, which a
  // fork bomb cannot outrun. Never let it run as another uid: as root it would end the machine.
  if (uid_ < kFirstUid || uid_ > kLastUid) return;
  for (int attempt = 0; attempt < 500; ++attempt) {
    const pid_t helper = fork();
    if (helper == 0) {
      if (syscall(SYS_setresuid, uid_, uid_, uid_) == 0 && getuid() == uid_ && geteuid() == uid_)
        kill(-1, SIGKILL);
      _exit(0);
    }
    if (helper > 0)
      while (waitpid(helper, nullptr, 0) < 0 && errno == EINTR) {
      }
    if (processes_of_user(uid_).empty()) return;
    const timespec pause{0, 10'000'000};
    nanosleep(&pause, nullptr);
  }
}

}  // namespace gradus::sandbox
