#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>

#include "framework/core/files.hpp"
#include "framework/core/result.hpp"

namespace gradus::sandbox {

/// The range that system and container managers leave to short-lived users.
inline constexpr uid_t kFirstUid = 61184, kLastUid = 65519;

/// Where uids are locked: one folder for the machine, since its uids are the machine's, whatever
/// GRADUS_HOME says; `home_locks` where that folder cannot be written.
std::filesystem::path uid_locks(const std::filesystem::path& home_locks);

/// A host uid that no other sandbox, account or process has, for as long as the object lives.
/// The lock file is dropped by the kernel if we die; its tree dies with us (lifeline).
class LeasedUid {
 public:
  /// `locks`: see uid_locks(). Error: all are taken, or the folder cannot be made.
  static Result<LeasedUid> acquire(const std::filesystem::path& locks);
  uid_t uid() const { return uid_; }
  /// SIGKILL to every process of this uid, at once; returns when none is left (or after 5 s).
  void kill_all() const;

 private:
  LeasedUid(uid_t uid, FileLock lock) : uid_(uid), lock_(std::move(lock)) {}
  uid_t uid_;
  FileLock lock_;
};

}  // namespace gradus::sandbox
