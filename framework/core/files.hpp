#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "framework/core/result.hpp"

namespace gradus {

namespace fs = std::filesystem;

/// An owned file descriptor; closed on destruction, close-on-exec unless said otherwise.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { reset(); }
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int release() {
    int fd = fd_;
    fd_ = -1;
    return fd;
  }
  void reset();

 private:
  int fd_ = -1;
};

/// The two ends of a pipe, both close-on-exec.
struct Pipe {
  Fd read, write;
};
Result<Pipe> make_pipe();

/// The whole file, at most `limit` bytes (a longer file is an error, nothing is cut).
Result<std::string> read_file(const fs::path& path, std::uint64_t limit = std::uint64_t{1} << 30);
/// Writes beside, syncs, renames: the file has its old or its new content, never a part of either.
Status write_file_atomically(const fs::path& path, std::string_view content);
/// Writes without sync (for files in a folder that publish_folder() will sync).
Status write_file(const fs::path& path, std::string_view content);
/// Creates the folder and its parents with the given mode.
Status make_folder(const fs::path& path, unsigned mode = 0755);
/// A fresh folder "parent/prefix-XXXXXX", mode 0700.
Result<fs::path> make_temporary_folder(const fs::path& parent, const std::string& prefix);
/// Syncs every file of `staging` and renames it to `target`: target appears whole or not at all.
/// If target exists already (another process was first), staging is removed; that is success.
Status publish_folder(const fs::path& staging, const fs::path& target);
/// Removes a tree; a missing one is fine. Symbolic links are removed, not followed.
Status remove_tree(const fs::path& path);
Status copy_tree(const fs::path& from, const fs::path& to);

/// Removes a temporary folder when it goes out of scope.
class FolderGuard {
 public:
  explicit FolderGuard(fs::path path) : path_(std::move(path)) {}
  ~FolderGuard();
  FolderGuard(FolderGuard&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  FolderGuard(const FolderGuard&) = delete;
  FolderGuard& operator=(const FolderGuard&) = delete;
  const fs::path& path() const { return path_; }
  void release() { path_.clear(); }

 private:
  fs::path path_;
};

/// An exclusive advisory lock on a file (created where missing), held while the object lives; the
/// kernel drops it when the process dies, however it dies.
class FileLock {
 public:
  static Result<FileLock> acquire(const fs::path& path);      ///< waits
  static Result<FileLock> try_acquire(const fs::path& path);  ///< error when held by another
 private:
  explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace gradus
