#include "datasets/testing/tiny_entry.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "datasets/catalog/cifar.hpp"
#include "datasets/catalog/png.hpp"
#include "datasets/testing/synthetic.hpp"
#include "framework/core/hash.hpp"

namespace gradus::datasets::testing {
namespace {

constexpr std::size_t kPixels = 16, kChannels = 3, kImage = kPixels * kChannels;
constexpr std::size_t kRecords[] = {5, 5, 4};
constexpr const char* kNames[] = {"batch_1.bin", "batch_2.bin", "test.bin"};

std::uint8_t label(std::size_t file, std::size_t record) {
  return static_cast<std::uint8_t>((file + record) % 3);
}

/// Images [N, H, W, C] of a file, the store's order; the canonical one is made from it.
std::vector<std::uint8_t> images(std::size_t file) {
  return noise(100 + file, kRecords[file] * kImage);
}

std::string hash_of(std::initializer_list<std::size_t> files, bool want_images) {
  Sha256 hash;
  for (const std::size_t file : files) {
    std::vector<std::uint8_t> bytes = images(file);
    if (!want_images) {
      bytes.clear();
      for (std::size_t i = 0; i < kRecords[file]; ++i) bytes.push_back(label(file, i));
    }
    hash.update(std::as_bytes(std::span(bytes)));
  }
  return hash.hex();
}

void must(bool fine, const char* what) {
  if (fine) return;
  std::fprintf(stderr, "tiny archive: %s\n", what);
  std::abort();
}

}  // namespace

std::string tiny_canonical(std::size_t index) {
  const std::vector<std::uint8_t> hwc = images(index);
  std::string out;
  for (std::size_t i = 0; i < kRecords[index]; ++i) {
    out += static_cast<char>(label(index, i));
    for (std::size_t c = 0; c < kChannels; ++c) {
      for (std::size_t p = 0; p < kPixels; ++p) {
        out += static_cast<char>(hwc[i * kImage + p * kChannels + c]);
      }
    }
  }
  return out;
}

Entry tiny_entry() {
  Entry entry;
  entry.info = {"tiny", "Tiny", 3, 4, 4, {"a", "b", "c"}, 10, 4, ""};
  entry.files = {hash_of({0, 1}, true), hash_of({0, 1}, false), hash_of({2}, true),
                 hash_of({2}, false)};
  entry.info.hash = dataset_hash(entry.files);
  for (std::size_t i = 0; i < 3; ++i) {
    entry.canonical.push_back(
        {kNames[i], sha256(tiny_canonical(i)), i < 2, static_cast<std::int64_t>(kRecords[i])});
  }
  entry.layouts = {{"the publisher's archive",
                    {{"batch_1.bin", 300}, {"batch_2.bin", 300}, {"test.bin", 300}},
                    cifar_from_binary},
                   {"the package of pictures",
                    {{"batch_1.png", 2000},
                     {"batch_2.png", 2000},
                     {"test.png", 2000},
                     {"train_lables.json", 200},
                     {"test_lables.json", 200}},
                    cifar_from_pictures}};
  entry.convert = convert_cifar;
  return entry;
}

NamedBytes tiny_binary_members() {
  return {{"tiny-bin/readme.html", "by-catch"},
          {"tiny-bin/test.bin", tiny_canonical(2)},
          {"tiny-bin/batch_2.bin", tiny_canonical(1)},
          {"tiny-bin/batch_1.bin", tiny_canonical(0)}};
}

NamedBytes tiny_picture_members() {
  NamedBytes out = {{"package/package.json", "{}"}};
  Json train = Json::array(), test = Json::array();
  for (std::size_t i = 0; i < 3; ++i) {
    const auto png = encode_png(images(i), kPixels, static_cast<std::int64_t>(kRecords[i]), 3);
    must(png.ok(), "no picture");
    const std::string name = kNames[i];
    out.emplace_back("package/" + name.substr(0, name.size() - 4) + ".png", *png);
    for (std::size_t r = 0; r < kRecords[i]; ++r) (i < 2 ? train : test).push_back(label(i, r));
  }
  out.emplace_back("package/test_lables.json", test.dump());
  out.emplace_back("package/train_lables.json", train.dump());
  return out;
}

void write_archive(const std::filesystem::path& path, const NamedBytes& members) {
  archive* writer = archive_write_new();
  archive_write_add_filter_gzip(writer);
  archive_write_set_format_ustar(writer);
  must(archive_write_open_filename(writer, path.c_str()) == ARCHIVE_OK, "cannot be opened");
  for (const auto& [name, bytes] : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
    must(archive_write_header(writer, entry) == ARCHIVE_OK, "cannot be written");
    must(archive_write_data(writer, bytes.data(), bytes.size()) ==
             static_cast<la_ssize_t>(bytes.size()),
         "cannot be written");
    archive_entry_free(entry);
  }
  must(archive_write_close(writer) == ARCHIVE_OK, "cannot be closed");
  archive_write_free(writer);
}

}  // namespace gradus::datasets::testing
