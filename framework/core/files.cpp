#include "framework/core/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace gradus {
namespace {

Status write_all(int fd, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return system_error(path.string(), "cannot write", errno);
    }
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status write_new(const fs::path& path, std::string_view content, bool sync) {
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd.valid()) return system_error(path.string(), "cannot create", errno);
  GRADUS_CHECK(write_all(fd.get(), content, path));
  if (sync && ::fsync(fd.get()) != 0) return system_error(path.string(), "cannot sync", errno);
  return {};
}

Status sync_path(const fs::path& path, int flags) {
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC));
  if (!fd.valid() || ::fsync(fd.get()) != 0)
    return system_error(path.string(), "cannot sync", errno);
  return {};
}

Status sync_tree(const fs::path& folder) {
  std::error_code code;
  for (fs::recursive_directory_iterator it(folder, code), end; it != end; it.increment(code)) {
    if (code) return infrastructure_error(folder.string(), "cannot list: " + code.message());
    if (it->is_symlink()) continue;
    if (it->is_regular_file()) GRADUS_CHECK(sync_path(it->path(), O_RDONLY));
    if (it->is_directory()) GRADUS_CHECK(sync_path(it->path(), O_RDONLY | O_DIRECTORY));
  }
  if (code) return infrastructure_error(folder.string(), "cannot list: " + code.message());
  return sync_path(folder, O_RDONLY | O_DIRECTORY);
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error("pipe", "cannot create", errno);
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

Result<std::string> read_file(const fs::path& path, std::uint64_t limit) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer; it is refused below.
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return system_error(path.string(), "cannot open", errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return system_error(path.string(), "cannot stat", errno);
  if (S_ISDIR(info.st_mode))
    return infrastructure_error(path.string(), "is a folder, wanted a file");
  if (S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode) || S_ISBLK(info.st_mode)) {
    return infrastructure_error(path.string(), "is not a regular file");
  }
  std::string content;
  std::array<char, 1 << 16> buffer{};
  for (;;) {
    const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count == 0) return content;
    if (count < 0) {
      if (errno == EINTR) continue;
      return system_error(path.string(), "cannot read", errno);
    }
    content.append(buffer.data(), static_cast<std::size_t>(count));
    if (content.size() > limit) {
      return infrastructure_error(path.string(),
                                  "is larger than " + std::to_string(limit) + " bytes");
    }
  }
}

Status write_file(const fs::path& path, std::string_view content) {
  return write_new(path, content, false);
}

Status write_file_atomically(const fs::path& path, std::string_view content) {
  const fs::path aside = path.string() + ".new-" + std::to_string(::getpid());
  auto written = write_new(aside, content, true);
  if (written.ok() && ::rename(aside.c_str(), path.c_str()) != 0) {
    written = system_error(path.string(), "cannot rename into place", errno);
  }
  if (!written.ok()) {
    ::unlink(aside.c_str());
    return written;
  }
  const fs::path parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
  return sync_path(parent, O_RDONLY | O_DIRECTORY);
}

Status make_folder(const fs::path& path, unsigned mode) {
  std::error_code code;
  if (fs::is_directory(path, code)) return {};
  if (path.has_parent_path() && path.parent_path() != path) {
    GRADUS_CHECK(make_folder(path.parent_path(), mode));
  }
  if (::mkdir(path.c_str(), mode) != 0) {
    if (errno == EEXIST && fs::is_directory(path, code)) return {};
    return system_error(path.string(), "cannot create folder", errno);
  }
  // Not subject to the umask: sandboxes with another uid must be able to walk through.
  if (::chmod(path.c_str(), mode) != 0) return system_error(path.string(), "cannot chmod", errno);
  return {};
}

Result<fs::path> make_temporary_folder(const fs::path& parent, const std::string& prefix) {
  GRADUS_CHECK(make_folder(parent));
  std::string name = (parent / (prefix + "-XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr) return system_error(name, "cannot create folder", errno);
  return fs::path(name);
}

Status publish_folder(const fs::path& staging, const fs::path& target) {
  GRADUS_CHECK(sync_tree(staging));
  GRADUS_CHECK(make_folder(target.parent_path()));
  if (::rename(staging.c_str(), target.c_str()) != 0) {
    if (errno == EEXIST || errno == ENOTEMPTY) return remove_tree(staging);
    return system_error(target.string(), "cannot rename into place", errno);
  }
  return sync_path(target.parent_path(), O_RDONLY | O_DIRECTORY);
}

Status remove_tree(const fs::path& path) {
  std::error_code code;
  fs::remove_all(path, code);
  if (code) return infrastructure_error(path.string(), "cannot remove: " + code.message());
  return {};
}

Status copy_tree(const fs::path& from, const fs::path& to) {
  std::error_code code;
  fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::copy_symlinks, code);
  if (code) return infrastructure_error(from.string(), "cannot copy: " + code.message());
  return {};
}

FolderGuard::~FolderGuard() {
  std::error_code code;
  if (!path_.empty()) fs::remove_all(path_, code);
}

namespace {
Result<Fd> lock(const fs::path& path, int flags) {
  GRADUS_CHECK(make_folder(path.parent_path()));
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd.valid()) return system_error(path.string(), "cannot open lock", errno);
  while (::flock(fd.get(), flags) != 0) {
    if (errno != EINTR) return system_error(path.string(), "cannot lock", errno);
  }
  return fd;
}
}  // namespace

Result<FileLock> FileLock::acquire(const fs::path& path) {
  GRADUS_TRY(Fd fd, lock(path, LOCK_EX));
  return FileLock(std::move(fd));
}
Result<FileLock> FileLock::try_acquire(const fs::path& path) {
  GRADUS_TRY(Fd fd, lock(path, LOCK_EX | LOCK_NB));
  return FileLock(std::move(fd));
}

}  // namespace gradus
