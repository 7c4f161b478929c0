#include "datasets/store/description.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "framework/core/hash.hpp"

namespace gradus::datasets {
namespace {

constexpr std::uint64_t kLargestDescription = 1U << 20;
constexpr std::int64_t kLargestSide = 4096;
constexpr std::int64_t kLargestCount = std::numeric_limits<std::int32_t>::max();

bool is_hash(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// nlohmann's at() and get() throw on a missing key or a wrong type; the caller catches.
Description parse(const Json& json) {
  Description out;
  DatasetInfo& info = out.info;
  json.at("name").get_to(info.name);
  json.at("title").get_to(info.title);
  json.at("channels").get_to(info.channels);
  json.at("height").get_to(info.height);
  json.at("width").get_to(info.width);
  json.at("classes").get_to(info.classes);
  json.at("train_count").get_to(info.train_count);
  json.at("test_count").get_to(info.test_count);
  json.at("hash").get_to(info.hash);
  for (std::size_t i = 0; i < kStoreFiles.size(); ++i) {
    json.at("files").at(kStoreFiles[i]).get_to(out.files[i]);
  }
  return out;
}

bool within(std::int64_t value, std::int64_t low, std::int64_t high) {
  return value >= low && value <= high;
}

/// Empty, or what is impossible about it.
std::string flaw(const Description& description) {
  const DatasetInfo& info = description.info;
  if (!within(info.channels, 1, 16)) return "channels is " + std::to_string(info.channels);
  if (!within(info.height, 1, kLargestSide)) return "height is " + std::to_string(info.height);
  if (!within(info.width, 1, kLargestSide)) return "width is " + std::to_string(info.width);
  if (info.classes.empty() || info.classes.size() > 256) {
    return std::to_string(info.classes.size()) + " classes";
  }
  if (!within(info.train_count, 0, kLargestCount) || !within(info.test_count, 0, kLargestCount)) {
    return "counts of " + std::to_string(info.train_count) + " and " +
           std::to_string(info.test_count);
  }
  for (const std::string& hash : description.files) {
    if (!is_hash(hash)) return "'" + hash + "' where a sha256 belongs";
  }
  if (info.hash != dataset_hash(description.files)) return "a hash that is not that of its files";
  return "";
}

}  // namespace

std::string dataset_hash(const FileHashes& files) {
  Sha256 hash;
  for (const std::string& file : files) hash.update_field(file);
  return hash.hex();
}

std::string to_text(const Description& description) {
  const DatasetInfo& info = description.info;
  Json files = Json::object();
  for (std::size_t i = 0; i < kStoreFiles.size(); ++i) files[kStoreFiles[i]] = description.files[i];
  const Json json = {{"schema", kDatasetSchema},
                     {"name", info.name},
                     {"title", info.title},
                     {"channels", info.channels},
                     {"height", info.height},
                     {"width", info.width},
                     {"classes", info.classes},
                     {"train_count", info.train_count},
                     {"test_count", info.test_count},
                     {"hash", info.hash},
                     {"files", files}};
  return json.dump(2) + "\n";
}

Result<Description> read_description(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kDescriptionFile;
  const std::string cure = get_again(folder.filename().string());
  const auto text = read_file(path, kLargestDescription);
  if (!text) return infrastructure_error(text.error().where, text.error().what, cure);
  const Json json = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    return infrastructure_error(path.string(), "not a JSON object, so the set is unknown", cure);
  }
  const Json schema = json.value("schema", Json());
  if (schema != kDatasetSchema) {
    return infrastructure_error(path.string(),
                                "schema " +
                                    schema.dump(-1, ' ', true, Json::error_handler_t::replace) +
                                    ", wanted \"" + kDatasetSchema + "\"",
                                cure);
  }
  try {
    Description description = parse(json);
    if (const std::string found = flaw(description); !found.empty()) {
      return infrastructure_error(path.string(), "impossible description: " + found, cure);
    }
    return description;
  } catch (const Json::exception& e) {
    return infrastructure_error(path.string(), std::string("broken description: ") + e.what(),
                                cure);
  }
}

std::uint64_t image_bytes(const DatasetInfo& info) {
  return static_cast<std::uint64_t>(info.channels) * static_cast<std::uint64_t>(info.height) *
         static_cast<std::uint64_t>(info.width);
}

std::array<std::uint64_t, 4> expected_sizes(const DatasetInfo& info) {
  const auto train = static_cast<std::uint64_t>(info.train_count);
  const auto test = static_cast<std::uint64_t>(info.test_count);
  return {train * image_bytes(info), train, test * image_bytes(info), test};
}

std::string get_again(const std::string& name) {
  return "run 'gradus data get " + name + "'; it fetches or repairs the set";
}

}  // namespace gradus::datasets
