#pragma once

#include <filesystem>

#include "datasets/catalog/catalog.hpp"
#include "datasets/catalog/entry.hpp"
#include "framework/core/result.hpp"

namespace gradus::datasets {

/// Brings a source's archive to `downloads`/file; its hash is right where one is known. The file is
/// there whole or not at all. A URL's download that was cut off is taken up where it stopped. The
/// caller makes sure that nobody else fetches into the same folder.
/// Error (infrastructure): the program that fetches is missing, no connection, wrong hash.
Result<std::filesystem::path> fetch(const Source& source, const std::filesystem::path& downloads,
                                    const Say& say);

}  // namespace gradus::datasets
