#include "datasets/catalog/store_writer.hpp"

namespace gradus::datasets {

Result<StoreWriter> StoreWriter::create(const std::filesystem::path& staging) {
  StoreWriter writer;
  for (const char* name : kStoreFiles) {
    GRADUS_TRY(RecordFile file, RecordFile::create(staging / name));
    writer.files_.push_back(std::move(file));
  }
  return writer;
}

Status StoreWriter::append_images(bool train, std::span<const std::uint8_t> images) {
  return files_[train ? 0 : 2].append(images);
}

Status StoreWriter::append_labels(bool train, std::span<const std::uint8_t> labels) {
  return files_[train ? 1 : 3].append(labels);
}

Result<FileHashes> StoreWriter::close() {
  FileHashes hashes;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    GRADUS_TRY(hashes[i], files_[i].close());
  }
  return hashes;
}

}  // namespace gradus::datasets
