#pragma once

#include <sys/types.h>

#include <filesystem>
#include <vector>

#include "framework/core/result.hpp"

namespace gradus::sandbox {

/// Folders that a sandbox may write are, with what lies in them, its uid's own while it runs;
/// afterwards they and all that is new in them are their owner's again. (The kernel drops set-id
/// bits when an owner changes.)
class LentFolders {
 public:
  Status lend(const std::filesystem::path& folder, uid_t uid);
  /// After the tree is gone.
  void take_back();
  ~LentFolders() { take_back(); }

 private:
  struct Lent {
    std::filesystem::path path;
    uid_t uid;
    gid_t gid;
  };
  std::vector<Lent> lent_;
};

}  // namespace gradus::sandbox
