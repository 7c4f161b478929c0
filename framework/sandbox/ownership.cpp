#include "framework/sandbox/ownership.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gradus::sandbox {
namespace {

/// A hostile tree may be deep; each level costs a descriptor here.
constexpr int kDeepest = 128;

void give_tree(int folder_fd, uid_t uid, gid_t gid, int depth) {
  DIR* folder = fdopendir(folder_fd);  // owns the descriptor
  if (!folder) {
    close(folder_fd);
    return;
  }
  while (const dirent* entry = readdir(folder)) {
    if (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0) continue;
    const int at = dirfd(folder);
    if (fchownat(at, entry->d_name, uid, gid, AT_SYMLINK_NOFOLLOW) != 0) continue;
    struct stat info {};
    if (fstatat(at, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(info.st_mode) ||
        depth >= kDeepest)
      continue;
    const int below = openat(at, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below >= 0) give_tree(below, uid, gid, depth + 1);
  }
  closedir(folder);
}

}  // namespace

Status LentFolders::lend(const std::filesystem::path& folder, uid_t uid) {
  struct stat info {};
  if (stat(folder.c_str(), &info) != 0) return system_error(folder.string(), "stat", errno);
  if (!S_ISDIR(info.st_mode))
    return infrastructure_error(folder.string(), "a writable mount must be a folder");
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return system_error(folder.string(), "a writable mount (a link is refused)", errno);
  if (fchown(fd, uid, uid) != 0) {
    const int error = errno;
    close(fd);
    return system_error(folder.string(), "giving the folder to the sandbox's user", error);
  }
  lent_.push_back({folder, info.st_uid, info.st_gid});
  give_tree(fd, uid, uid, 0);
  return {};
}

void LentFolders::take_back() {
  for (const Lent& lent : lent_) {
    const int fd = open(lent.path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) continue;
    if (fchown(fd, lent.uid, lent.gid) == 0)
      give_tree(fd, lent.uid, lent.gid, 0);
    else
      close(fd);
  }
  lent_.clear();
}

}  // namespace gradus::sandbox
