#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "framework/build/build.hpp"
#include "framework/build/recipe.hpp"
#include "framework/build/sources.hpp"

namespace gradus::build {

/// A step's outcome: nothing, or the submission's failure. `log`: what the tools said, unescaped.
struct Step {
  std::optional<Failure> failure;
  std::string log;
};

/// How a step's program is confined, and who may end it.
struct Confinement {
  sandbox::Mode mode = sandbox::Mode::full;
  std::function<bool()> cancelled{};  ///< see sandbox::Spec
};

/// The temporary folder of one build: src/ read-only and out/ writable to the sandboxed tools.
struct Workplace {
  std::filesystem::path folder;
  std::filesystem::path src() const { return folder / "src"; }
  std::filesystem::path out() const { return folder / "out"; }
};

/// Makes the recipe's precompiled header where it is missing: once a machine, under a lock, in the
/// sandbox. The value: true where it was made now. Errors are infrastructure's: no student's code
/// is in it.
Result<bool> ensure_pch(const Paths& paths, const Recipe& recipe, const Confinement& how,
                        const std::filesystem::path& scratch);

/// Writes the sources for the compiler: headers under their own names, sources as s000.cpp, …
/// beside where they were (relative includes hold), with a #line that gives them their names back.
/// A student's file name is never on a command line. The value: our names, in order.
Result<std::vector<std::string>> lay_out(const Workplace& place, const Sources& sources);

/// Compiles one laid-out source to `object`, where it fails with the compiler's first errors.
Result<Step> compile(const Recipe& recipe, const Confinement& how, const Workplace& place,
                     const std::string& laid_out, const SourceFile& unit,
                     const std::filesystem::path& object);

/// Links objects to out/plugin.so.
Result<Step> link(const Recipe& recipe, const Confinement& how, const Workplace& place,
                  const std::vector<std::filesystem::path>& objects,
                  const std::vector<std::pair<std::string, std::string>>& names);

/// What gradus-inspect says of a library, in the sandbox: its plugins, or why it is refused.
struct Inspected {
  std::vector<ListedPlugin> plugins;
  std::optional<Failure> failure;
};
Result<Inspected> inspect(const Paths& paths, const Confinement& how,
                          const std::filesystem::path& library);

}  // namespace gradus::build
