#pragma once

#include <cstddef>
#include <filesystem>

namespace gradus::build {

/// Keeps a cache of objects from growing without end: past `most` files the older half is removed.
/// Removing one that another build is about to link only costs that build a failed link, so files
/// younger than an hour stay. Errors are ignored: it is only a cache.
void prune_objects(const std::filesystem::path& folder, std::size_t most = 4000);

}  // namespace gradus::build
