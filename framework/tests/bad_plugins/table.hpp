#pragma once

#include <array>

namespace gradus::tests {

/// Every bad plugin, one fault a folder; a test compares this list with the folders on disk.
/// `sound` has no fault: it shows that the others fail for theirs.
inline constexpr std::array kBadPlugins{
    "compile_error", "endless_loop",     "exit_in_static",     "memory_hog", "nan_output",
    "no_factory",    "not_elf",          "segfault",           "sound",      "throwing_constructor",
    "truncated",     "undefined_symbol", "unregistered_layer", "wrong_abi",  "wrong_shape",
    "wrong_torch",
};

}  // namespace gradus::tests
