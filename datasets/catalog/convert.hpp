#pragma once

#include <filesystem>

#include "datasets/catalog/entry.hpp"
#include "datasets/catalog/catalog.hpp"
#include "framework/core/result.hpp"

namespace gradus::datasets {

/// Turns an archive of any of the entry's layouts (told apart by what is in it) into the complete
/// folder of a set: store files and dataset.json, every canonical and every store file checked by
/// hash. `staging` exists and is empty; after an error it holds rubbish.
/// Errors: user where the archive is at fault, infrastructure where this machine is.
Status convert_archive(const Entry& entry, const std::filesystem::path& archive,
                       const std::filesystem::path& staging, const Say& say);

}  // namespace gradus::datasets
