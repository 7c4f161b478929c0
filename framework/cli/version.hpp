#pragma once

namespace gradus::cli {

inline constexpr const char* kVersion = GRADUS_VERSION;  ///< from the project's CMakeLists.txt

}  // namespace gradus::cli
