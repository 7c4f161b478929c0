#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "framework/core/files.hpp"
#include "framework/core/hash.hpp"
#include "framework/core/result.hpp"

namespace gradus::datasets {

/// A file of the store while it is written: private (0600), hashed as it grows. It belongs in a
/// staging folder, because it is half a file until close().
class RecordFile {
 public:
  /// Error where the file exists already or cannot be made.
  static Result<RecordFile> create(const std::filesystem::path& path);
  Status append(std::span<const std::uint8_t> bytes);
  /// Ends the file; its sha256. Call once.
  Result<std::string> close();
  std::uint64_t size() const { return size_; }

 private:
  RecordFile(std::filesystem::path path, Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::filesystem::path path_;
  Fd fd_;
  Sha256 hash_;
  std::uint64_t size_ = 0;
};

}  // namespace gradus::datasets
