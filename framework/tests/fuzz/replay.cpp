// Runs a target over the files of folders or single files: FUZZ_TARGET PATH... Also the way to look
// at an input that libFuzzer kept.

#include <vector>

#include "framework/tests/fuzz/fuzz.hpp"

int main(int count, char** arguments) {
  namespace fs = std::filesystem;
  std::vector<fs::path> files;
  for (int i = 1; i < count; ++i) {
    if (!fs::is_directory(arguments[i])) {
      files.emplace_back(arguments[i]);
      continue;
    }
    for (const auto& entry : fs::directory_iterator(arguments[i])) files.push_back(entry.path());
  }
  for (const fs::path& file : files) {
    const auto bytes = gradus::read_file(file, 16 << 20);
    gradus::fuzz::require(bytes.ok(), file.c_str());
    // Cut short, too: most readers go wrong at an end that they did not expect.
    for (const std::size_t size : {bytes->size(), bytes->size() / 2, bytes->size() / 3}) {
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes->data()), size);
    }
  }
  std::printf("%zu inputs\n", files.size());
  return files.empty() ? 1 : 0;  // nothing tried is nothing shown
}
