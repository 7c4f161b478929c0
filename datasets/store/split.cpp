#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "datasets/store/description.hpp"
#include "datasets/store/record_file.hpp"
#include "datasets/store/split.hpp"
#include "datasets/store/store.hpp"
#include "framework/core/hash.hpp"
#include "framework/core/philox.hpp"

// Splits are folders data/NAME/splits/HASH with train.images, train.labels, val.images, val.labels.
//
// A split is written into a folder beside, synced and renamed: it is there whole or not at all,
// whatever kills us. One process at a time writes a given split (a lock on splits/HASH.lock); the
// holder of the lock removes what killed ones left. Nothing is ever changed in place, so a mapping
// of a published file stays good.
namespace gradus::datasets {
namespace {

namespace fs = std::filesystem;

/// Part of every split's hash. Raise it when the order below changes.
constexpr int kSplitAlgorithm = 1;
constexpr std::array<const char*, 4> kSplitFiles = {"train.images", "train.labels", "val.images",
                                                    "val.labels"};

constexpr const char* kSplitRecord = "split.json";
using SplitHashes = std::array<std::string, 4>;  ///< sha256 of kSplitFiles

/// Text of split.json: what was asked for and what came out, so that it can be verified.
std::string record(const SplitSpec& spec, const DatasetInfo& info, const SplitHashes& hashes) {
  Json files = Json::object();
  for (std::size_t i = 0; i < kSplitFiles.size(); ++i) files[kSplitFiles[i]] = hashes[i];
  const Json json = {{"schema", "gradus.split/1"}, {"data", info.hash},
                     {"train", spec.train},        {"val", spec.val},
                     {"seed", spec.seed},          {"files", files}};
  return json.dump(2) + "\n";
}

/// True where the files have the hashes of their own split.json.
bool agrees(const fs::path& folder) {
  const auto text = read_file(folder / kSplitRecord, std::uint64_t{1} << 16);
  if (!text) return false;
  const Json json = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  const Json files = json.is_object() ? json.value("files", Json()) : Json();
  if (!files.is_object()) return false;
  for (const char* name : kSplitFiles) {
    const auto hash = sha256_file(folder / name);
    if (!hash || files.value(name, Json()) != *hash) return false;
  }
  return true;
}

Split describe(const fs::path& folder, const SplitSpec& spec, std::string hash, SplitFiles test) {
  Split split;
  split.hash = std::move(hash);
  split.train = {folder / kSplitFiles[0], folder / kSplitFiles[1], spec.train};
  split.val = {folder / kSplitFiles[2], folder / kSplitFiles[3], spec.val};
  split.test = std::move(test);
  return split;
}

bool whole(const Split& split, const DatasetInfo& info) {
  const auto has_size = [](const fs::path& file, std::uint64_t size) {
    std::error_code error;
    return fs::file_size(file, error) == size && !error;
  };
  for (const SplitFiles& part : {split.train, split.val}) {
    const auto count = static_cast<std::uint64_t>(part.count);
    if (!has_size(part.images, count * image_bytes(info)) || !has_size(part.labels, count)) {
      return false;
    }
  }
  return true;
}

/// What processes left that were killed while they wrote this split; the caller holds its lock.
void remove_leftovers(const fs::path& splits, const std::string& prefix) {
  std::error_code error;
  std::vector<fs::path> leftovers;
  for (fs::directory_iterator it(splits, error), end; !error && it != end; it.increment(error)) {
    if (it->path().filename().string().starts_with(prefix)) leftovers.push_back(it->path());
  }
  // A leftover that cannot be removed costs space, not correctness.
  for (const fs::path& leftover : leftovers) (void)remove_tree(leftover);
}

/// Copies the items that `order` names, one after the other; sha256 of the new file.
Result<std::string> gather(const fs::path& from, std::size_t item_bytes,
                           std::span<const std::uint32_t> order, std::size_t items,
                           const fs::path& to) {
  GRADUS_TRY(const MappedFile source, MappedFile::open(from));
  // The file may have changed since the set was opened; past its end is a crash.
  if (source.bytes().size() != items * item_bytes) {
    return infrastructure_error(from.string(),
                                "the file has " + std::to_string(source.bytes().size()) +
                                    " bytes, wanted " + std::to_string(items * item_bytes) +
                                    ": it is truncated or damaged",
                                get_again(from.parent_path().filename().string()));
  }
  GRADUS_TRY(RecordFile file, RecordFile::create(to));
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  std::vector<std::uint8_t> piece;
  piece.reserve(kPiece + item_bytes);
  for (const std::uint32_t item : order) {
    const auto bytes = source.bytes().subspan(item * item_bytes, item_bytes);
    piece.insert(piece.end(), bytes.begin(), bytes.end());
    if (piece.size() >= kPiece) {
      GRADUS_CHECK(file.append(piece));
      piece.clear();
    }
  }
  GRADUS_CHECK(file.append(piece));
  return file.close();
}

Status materialise(const SplitFiles& source, const DatasetInfo& info, const SplitSpec& spec,
                   const fs::path& folder) {
  const auto order =
      permutation(spec.seed, Purpose::split, 0, static_cast<std::uint32_t>(info.train_count));
  const std::span<const std::uint32_t> all(order);
  const auto train = all.first(static_cast<std::size_t>(spec.train));
  const auto val = all.subspan(train.size(), static_cast<std::size_t>(spec.val));
  const auto pixels = static_cast<std::size_t>(image_bytes(info));
  SplitHashes hashes;
  GRADUS_TRY(hashes[0],
             gather(source.images, pixels, train, order.size(), folder / kSplitFiles[0]));
  GRADUS_TRY(hashes[1], gather(source.labels, 1, train, order.size(), folder / kSplitFiles[1]));
  GRADUS_TRY(hashes[2], gather(source.images, pixels, val, order.size(), folder / kSplitFiles[2]));
  GRADUS_TRY(hashes[3], gather(source.labels, 1, val, order.size(), folder / kSplitFiles[3]));
  return write_file(folder / kSplitRecord, record(spec, info, hashes));
}

Status check_sizes(const SplitSpec& spec, const DatasetInfo& info) {
  const std::string wanted =
      "at least 1 training image, at least 0 validation images and together "
      "at most " +
      std::to_string(info.train_count);
  // Compared without adding: the sum of two large numbers may overflow.
  if (spec.train >= 1 && spec.val >= 0 && spec.train <= info.train_count &&
      spec.val <= info.train_count - spec.train) {
    return {};
  }
  return user_error("split of " + info.name,
                    "train = " + std::to_string(spec.train) +
                        ", val = " + std::to_string(spec.val) + "; wanted " + wanted,
                    "change [data] split in the lab");
}

}  // namespace

std::vector<fs::path> damaged_splits(const fs::path& dataset_folder) {
  std::vector<fs::path> damaged;
  std::error_code error;
  for (fs::directory_iterator it(dataset_folder / "splits", error), end; !error && it != end;
       it.increment(error)) {
    // Finished splits are named by their hash alone; new-… is somebody's work in progress.
    if (it->is_directory() && it->path().filename().string().size() == 64 && !agrees(it->path())) {
      damaged.push_back(it->path());
    }
  }
  std::sort(damaged.begin(), damaged.end());
  return damaged;
}

std::string Dataset::split_hash(const SplitSpec& spec) const {
  Sha256 hash;
  hash.update_field("gradus.split/" + std::to_string(kSplitAlgorithm));
  hash.update_field(info_.hash);
  hash.update_field(std::to_string(spec.train));
  hash.update_field(std::to_string(spec.val));
  hash.update_field(std::to_string(spec.seed));
  return hash.hex();
}

Result<Split> Dataset::split(const SplitSpec& spec) const {
  GRADUS_CHECK(check_sizes(spec, info_));
  const std::string hash = split_hash(spec);
  const fs::path splits = folder_ / "splits";
  Split split = describe(splits / hash, spec, hash, published_test());
  if (whole(split, info_)) return split;

  GRADUS_CHECK(make_folder(splits, 0700));
  GRADUS_TRY(const FileLock lock, FileLock::acquire(splits / (hash + ".lock")));
  if (whole(split, info_)) return split;  // another process was first
  const std::string prefix = "new-" + hash;
  remove_leftovers(splits, prefix);
  // A published split with files of a wrong size was damaged from outside: made again.
  GRADUS_CHECK(remove_tree(splits / hash));
  GRADUS_TRY(const fs::path staging, make_temporary_folder(splits, prefix));
  const FolderGuard guard(staging);
  GRADUS_CHECK(materialise(published_train(), info_, spec, staging));
  GRADUS_CHECK(publish_folder(staging, splits / hash));
  return split;
}

}  // namespace gradus::datasets
