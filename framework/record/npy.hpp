#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "framework/core/result.hpp"

namespace gradus {

/// An array as NumPy's .npy format 1.0 stores it, C order, little-endian.
struct NpyArray {
  std::string dtype;  ///< "float32", "float64", "int64", "uint8"
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;
};
/// Reads with shape and size checked before allocation (at most `limit` bytes of data).
Result<NpyArray> read_npy(const std::filesystem::path& path,
                          std::uint64_t limit = std::uint64_t{1} << 30);
Status write_npy(const std::filesystem::path& path, const std::string& dtype,
                 const std::vector<std::int64_t>& shape, std::span<const std::byte> bytes);

}  // namespace gradus
