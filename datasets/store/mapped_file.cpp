#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "datasets/store/store.hpp"

namespace gradus::datasets {
namespace {

Result<std::pair<const std::uint8_t*, std::size_t>> map_all(int fd, const std::string& where) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return system_error(where, "look at the file", errno);
  if (!S_ISREG(status.st_mode)) {
    return infrastructure_error(where, "not a regular file, so it cannot be mapped");
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return std::pair<const std::uint8_t*, std::size_t>{nullptr, 0};
  // Shared: files of the store are never changed in place, and all runs use the same pages.
  void* address = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  if (address == MAP_FAILED) return system_error(where, "map the file", errno);
  return std::pair{static_cast<const std::uint8_t*>(address), size};
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  // O_NONBLOCK: a pipe of that name is refused instead of waited for.
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return system_error(path.string(), "open the file", errno);
  GRADUS_TRY(const auto mapped, map_all(fd.get(), path.string()));
  return MappedFile(mapped.first, mapped.second);
}

Result<MappedFile> MappedFile::map(int fd) {
  GRADUS_TRY(const auto mapped, map_all(fd, "descriptor " + std::to_string(fd)));
  return MappedFile(mapped.first, mapped.second);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (size_ != 0) munmap(const_cast<std::uint8_t*>(data_), size_);
}

}  // namespace gradus::datasets
