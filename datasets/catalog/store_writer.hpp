#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "datasets/store/description.hpp"
#include "datasets/store/record_file.hpp"
#include "framework/core/result.hpp"

namespace gradus::datasets {

/// The four files of a set while a converter fills them, in a staging folder.
class StoreWriter {
 public:
  static Result<StoreWriter> create(const std::filesystem::path& staging);
  /// Images uint8 [N, H, W, C] and labels uint8 [N], in the order of the published set.
  Status append_images(bool train, std::span<const std::uint8_t> images);
  Status append_labels(bool train, std::span<const std::uint8_t> labels);
  /// Ends the files; their hashes in the order of kStoreFiles. Call once.
  Result<FileHashes> close();

 private:
  std::vector<RecordFile> files_;  ///< in the order of kStoreFiles
};

}  // namespace gradus::datasets
