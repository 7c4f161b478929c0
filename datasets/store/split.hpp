#pragma once

#include <filesystem>
#include <vector>

namespace gradus::datasets {

/// Folders of materialised splits whose files are not what their split.json says. Reads them whole.
/// Such a folder may be removed: the next split() makes it again.
std::vector<std::filesystem::path> damaged_splits(const std::filesystem::path& dataset_folder);

}  // namespace gradus::datasets
