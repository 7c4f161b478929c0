#pragma once

#include <array>
#include <filesystem>
#include <string>

#include "datasets/store/store.hpp"
#include "framework/core/result.hpp"

/// dataset.json, the file that says what the others of a data set's folder hold:
///   {"schema": "gradus.dataset/1", "name", "title", "channels", "height", "width", "classes": [...],
///    "train_count", "test_count", "hash", "files": {"train.images": sha256, ...}}
namespace gradus::datasets {

inline constexpr const char* kDatasetSchema = "gradus.dataset/1";
inline constexpr const char* kDescriptionFile = "dataset.json";

/// The four files of a data set, in the order in which their hashes make up the set's hash.
inline constexpr std::array<const char*, 4> kStoreFiles = {"train.images", "train.labels",
                                                           "test.images", "test.labels"};
using FileHashes = std::array<std::string, 4>;  ///< sha256 of kStoreFiles, in that order

/// The set's hash, from those of its files.
std::string dataset_hash(const FileHashes& files);

struct Description {
  DatasetInfo info;
  FileHashes files;
};

/// Text of dataset.json.
std::string to_text(const Description& description);
/// Error (infrastructure): not JSON, unknown schema, missing or impossible values, or a hash that
/// does not follow from those of the files.
Result<Description> read_description(const std::filesystem::path& folder);

/// Bytes of one image / of all images of a part.
std::uint64_t image_bytes(const DatasetInfo& info);
/// Sizes that the four files must have.
std::array<std::uint64_t, 4> expected_sizes(const DatasetInfo& info);

/// The cure of every damage to a published set.
std::string get_again(const std::string& name);

}  // namespace gradus::datasets
