#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "datasets/store/store.hpp"
#include "framework/core/files.hpp"
#include "framework/core/paths.hpp"

/// Small made-up data for tests; aborts where it cannot do its work.
namespace gradus::datasets::testing {

/// A GRADUS_HOME of its own that is removed with the object.
class TemporaryHome {
 public:
  TemporaryHome();
  const Paths& paths() const { return paths_; }

 private:
  FolderGuard folder_;
  Paths paths_;
};

/// Bytes that look random and are the same everywhere.
std::vector<std::uint8_t> noise(std::uint64_t seed, std::size_t count);

/// "tiny": 3 channels, 8 x 8, classes a to d; label of image i is i % 4; the first two bytes of a
/// training image are its number (low byte, high byte), the rest is noise.
DatasetInfo tiny_info(std::int64_t train_count = 600, std::int64_t test_count = 100);

/// Puts such a set into the store, as get() would have.
Dataset make_tiny(const Paths& paths, std::int64_t train_count = 600, std::int64_t test_count = 100);

}  // namespace gradus::datasets::testing
