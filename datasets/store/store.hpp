#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "framework/core/files.hpp"
#include "framework/core/paths.hpp"
#include "framework/core/result.hpp"
#include "framework/record/plan.hpp"

namespace gradus::datasets {

/// A read-only mapping of a whole file; its pages are shared by all runs.
class MappedFile {
 public:
  static Result<MappedFile> open(const std::filesystem::path& path);
  /// Maps a descriptor that somebody else opened (a worker's inherited one); not closed.
  static Result<MappedFile> map(int fd);
  MappedFile(MappedFile&&) noexcept;
  MappedFile& operator=(MappedFile&&) noexcept;
  ~MappedFile();
  std::span<const std::uint8_t> bytes() const { return {data_, size_}; }

 private:
  MappedFile(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  const std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Shape and names; GRADUS_HOME/data/NAME/dataset.json.
struct DatasetInfo {
  std::string name, title;
  std::int64_t channels = 0, height = 0, width = 0;
  std::vector<std::string> classes;
  std::int64_t train_count = 0, test_count = 0;
  std::string hash;  ///< sha256 over the hashes of the four files, in the order train/test × images/labels
};

/// Images uint8 [N, H, W, C] and labels uint8 [N], in files of their own. Mode 0600 for root: only
/// descriptors of what a worker may see are handed to it.
struct SplitFiles {
  std::filesystem::path images, labels;
  std::int64_t count = 0;
};

/// train, val: disjoint parts of the published training set; test: the published test set.
struct Split {
  std::string hash;  ///< of data set, spec and algorithm version
  SplitFiles train, val, test;
};

/// A verified data set in the store.
class Dataset {
 public:
  static Result<Dataset> open(const Paths& paths, const std::string& name);
  const DatasetInfo& info() const { return info_; }
  SplitFiles published_train() const;
  SplitFiles published_test() const;
  /// Materialised once by hash under data/NAME/splits/HASH: a seeded permutation (Philox, Purpose
  /// split) of the published training set; its first `train` images are train, the next `val` val.
  /// Never overlap. Error (user): sizes that do not fit. Safe when many processes ask at once.
  Result<Split> split(const SplitSpec& spec) const;
  /// What split() would name it; touches nothing.
  std::string split_hash(const SplitSpec& spec) const;

 private:
  Dataset(DatasetInfo info, std::filesystem::path folder) : info_(std::move(info)), folder_(std::move(folder)) {}
  DatasetInfo info_;
  std::filesystem::path folder_;
};

}  // namespace gradus::datasets
