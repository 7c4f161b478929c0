#pragma once

#include "framework/tests/architecture/tree.hpp"

namespace gradus::architecture {

/// Which room may include which, and who may include LibTorch and Boost.DLL: one row a room. This
/// table is the rule; framework/README.md tells it in prose.
struct Room {
  std::string folder;                    ///< from the root, e.g. "framework/core"
  std::vector<std::string> may_include;  ///< folders; a room may always include itself
  bool torch = false;                    ///< LibTorch, and through the sdk `gradus/...`
  std::vector<std::string> boost;        ///< headers of Boost.DLL, e.g. "boost/dll/alias.hpp"
  bool everything = false;               ///< tests and benchmarks of the whole
};
const std::vector<Room>& rooms();

/// Include lines of every C++ file below `root` that break the table. Quoted includes are written
/// from the root, except in plugins and the sdk, whose sources are compiled outside the tree too.
/// A `testing` folder of another room is open to tests and to other `testing` folders only.
Violations include_violations(const std::filesystem::path& root);

}  // namespace gradus::architecture
