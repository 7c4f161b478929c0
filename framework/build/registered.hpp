#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "framework/build/build.hpp"

namespace gradus::build {

/// What the sources of every folder below `plugins` register, read from their text without building
/// anything: a GRADUS_MODEL, GRADUS_ACTIVATION or GRADUS_AUGMENTATION that begins a line. Folders
/// that register nothing (templates, a README) are not listed. For messages about lab files; what a
/// library really holds, only gradus-inspect can say.
std::map<std::string, std::vector<ListedPlugin>> registered_below(
    const std::filesystem::path& plugins);

}  // namespace gradus::build
