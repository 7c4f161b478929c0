#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "framework/build/build.hpp"
#include "framework/core/paths.hpp"
#include "framework/core/result.hpp"
#include "framework/sandbox/sandbox.hpp"
#include "grader/resolve.hpp"

namespace gradus::grader {

/// Builds folders of plugins, and says so before it does.
class Builder {
 public:
  using Say = std::function<void(const std::string&)>;

  Builder(const Paths& paths, const Toolchain& toolchain, sandbox::Mode mode, const Say& say,
          std::function<bool()> cancelled)
      : paths_(paths),
        toolchain_(toolchain),
        mode_(mode),
        say_(say),
        cancelled_(std::move(cancelled)) {}

  Result<build::BuildResult> build(const std::filesystem::path& folder, const std::string& name,
                                   bool prebuilt) const;
  /// A reference plugin by its folder's name, built (and said) once, though it may stand in for a
  /// submission and be named by a task, too. That it does not build is never a student's fault.
  Result<Source> reference(const std::string& name) const;

 private:
  std::string known() const;

  const Paths& paths_;
  const Toolchain& toolchain_;
  sandbox::Mode mode_;
  const Say& say_;
  std::function<bool()> cancelled_;
  mutable std::map<std::string, Source> references_;
};

}  // namespace gradus::grader
