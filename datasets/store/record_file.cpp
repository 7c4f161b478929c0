#include "datasets/store/record_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace gradus::datasets {

Result<RecordFile> RecordFile::create(const std::filesystem::path& path) {
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd.valid()) return system_error(path.string(), "create the file", errno);
  return RecordFile(path, std::move(fd));
}

Status RecordFile::append(std::span<const std::uint8_t> bytes) {
  hash_.update(std::as_bytes(bytes));
  size_ += bytes.size();
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error(path_.string(), "write the file", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::string> RecordFile::close() {
  // Network file systems report a full disk only here.
  if (::close(fd_.release()) != 0) return system_error(path_.string(), "write the file", errno);
  return hash_.hex();
}

}  // namespace gradus::datasets
