#include "datasets/testing/synthetic.hpp"

#include <cstdio>
#include <cstdlib>

#include "datasets/store/description.hpp"
#include "datasets/store/record_file.hpp"
#include "framework/core/philox.hpp"

namespace gradus::datasets::testing {
namespace {

void must(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "synthetic data: %s\n", status.error().text().c_str());
  std::abort();
}

template <class T>
T must(Result<T> result) {
  if (!result) must(Status(result.error()));
  return std::move(result).value();
}

std::string write(const std::filesystem::path& path, const std::vector<std::uint8_t>& bytes) {
  RecordFile file = must(RecordFile::create(path));
  must(file.append(bytes));
  return must(file.close());
}

std::vector<std::uint8_t> labels(std::int64_t count) {
  std::vector<std::uint8_t> out;
  for (std::int64_t i = 0; i < count; ++i) out.push_back(static_cast<std::uint8_t>(i % 4));
  return out;
}

}  // namespace

TemporaryHome::TemporaryHome()
    : folder_(must(make_temporary_folder(std::filesystem::temp_directory_path(), "gradus-home"))) {
  paths_.home = folder_.path();
  paths_.prefix = folder_.path() / "prefix";
}

std::vector<std::uint8_t> noise(std::uint64_t seed, std::size_t count) {
  std::vector<std::uint8_t> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = static_cast<std::uint8_t>(philox(seed, Purpose::probe, 0, i)[0]);
  }
  return out;
}

DatasetInfo tiny_info(std::int64_t train_count, std::int64_t test_count) {
  return {"tiny", "Tiny", 3, 8, 8, {"a", "b", "c", "d"}, train_count, test_count, ""};
}

Dataset make_tiny(const Paths& paths, std::int64_t train_count, std::int64_t test_count) {
  Description description{tiny_info(train_count, test_count), {}};
  const std::filesystem::path folder = paths.data() / "tiny";
  must(make_folder(folder, 0700));
  const auto size = static_cast<std::size_t>(image_bytes(description.info));
  std::vector<std::uint8_t> train = noise(1, static_cast<std::size_t>(train_count) * size);
  for (std::size_t i = 0; i * size < train.size(); ++i) {
    train[i * size] = static_cast<std::uint8_t>(i & 255);
    train[i * size + 1] = static_cast<std::uint8_t>(i >> 8);
  }
  description.files = {
      write(folder / kStoreFiles[0], train), write(folder / kStoreFiles[1], labels(train_count)),
      write(folder / kStoreFiles[2], noise(2, static_cast<std::size_t>(test_count) * size)),
      write(folder / kStoreFiles[3], labels(test_count))};
  description.info.hash = dataset_hash(description.files);
  must(write_file(folder / kDescriptionFile, to_text(description)));
  return must(Dataset::open(paths, "tiny"));
}

}  // namespace gradus::datasets::testing
