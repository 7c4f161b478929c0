#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "framework/core/paths.hpp"
#include "framework/core/result.hpp"
#include "framework/record/evidence.hpp"
#include "framework/sandbox/sandbox.hpp"

namespace gradus::build {

/// A plugin as listed in a library, without running any of its code.
struct ListedPlugin {
  std::string kind;  ///< "model", "activation", "augmentation"
  std::string name;
};

struct Built {
  std::filesystem::path library;  ///< GRADUS_HOME/builds/HASH/plugin.so
  std::string hash;               ///< sources (names and bytes), compiler, flags, SDK and LibTorch
  std::vector<ListedPlugin> plugins;
  bool cached = false;  ///< nothing was compiled
  double wall_ms = 0;
};

struct Request {
  std::filesystem::path
      folder;  ///< *.cpp and *.hpp below it; hidden folders and build* are passed over
  sandbox::Mode mode = sandbox::Mode::full;
  bool prebuilt_allowed = false;
  std::function<bool()> cancelled{};  ///< polled; true ends the build with an Error
};

/// Compiles a folder of sources to one shared library, in the sandbox, with the SDK's flags and
/// precompiled header. Cached by content, also per source file, so that an edit of one file
/// recompiles one file. A failure of the student's is a Failure {BUILD_FAILED|TIMEOUT|OOM|...}
/// whose `what` holds the compiler's first errors with the student's own file names.
struct BuildResult {
  std::optional<Built> built;
  std::optional<Failure> failure;
  std::string log;  ///< printable, capped
};
Result<BuildResult> build(const Paths& paths, const Toolchain& toolchain, const Request& request);

/// `gradus new KIND NAME`: writes a folder that passes `gradus check` untouched. Error (user): a
/// bad name, an existing folder.
Result<std::filesystem::path> scaffold(const Paths& paths, const std::string& kind,
                                       const std::string& name,
                                       const std::filesystem::path& parent);

}  // namespace gradus::build
