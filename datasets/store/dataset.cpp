#include <cctype>
#include <system_error>

#include "datasets/store/description.hpp"
#include "datasets/store/store.hpp"

namespace gradus::datasets {
namespace {

/// A name becomes a folder: nothing that could lead out of the store.
bool is_name(const std::string& name) {
  if (name.empty() || name.size() > 64 || std::isalnum(static_cast<unsigned char>(name[0])) == 0) {
    return false;
  }
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_') return false;
  }
  return true;
}

}  // namespace

Result<Dataset> Dataset::open(const Paths& paths, const std::string& name) {
  if (!is_name(name)) {
    return user_error("", "'" + name + "' is not a name of a data set (letters, digits, - and _)",
                      "'gradus data list' shows the names");
  }
  const std::filesystem::path folder = paths.data() / name;
  std::error_code error;
  if (!std::filesystem::exists(folder, error)) {
    return user_error(folder.string(), "the data set '" + name + "' is not in the store",
                      get_again(name));
  }
  GRADUS_TRY(Description description, read_description(folder));
  if (description.info.name != name) {
    return infrastructure_error((folder / kDescriptionFile).string(),
                                "describes '" + description.info.name + "', wanted '" + name + "'",
                                get_again(name));
  }
  const auto sizes = expected_sizes(description.info);
  for (std::size_t i = 0; i < kStoreFiles.size(); ++i) {
    const std::filesystem::path file = folder / kStoreFiles[i];
    const std::uint64_t size = std::filesystem::file_size(file, error);
    if (error) {
      return infrastructure_error(file.string(), "cannot be read: " + error.message(),
                                  get_again(name));
    }
    if (size != sizes[i]) {
      return infrastructure_error(file.string(),
                                  "the file has " + std::to_string(size) + " bytes, wanted " +
                                      std::to_string(sizes[i]) + ": it is truncated or damaged",
                                  get_again(name));
    }
  }
  return Dataset(std::move(description.info), folder);
}

SplitFiles Dataset::published_train() const {
  return {folder_ / kStoreFiles[0], folder_ / kStoreFiles[1], info_.train_count};
}

SplitFiles Dataset::published_test() const {
  return {folder_ / kStoreFiles[2], folder_ / kStoreFiles[3], info_.test_count};
}

}  // namespace gradus::datasets
