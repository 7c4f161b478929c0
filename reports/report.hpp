#pragma once

#include <filesystem>

#include "framework/core/paths.hpp"
#include "framework/core/result.hpp"
#include "framework/sandbox/sandbox.hpp"

namespace gradus::reports {

struct Options {
  bool pdf = true;
  sandbox::Mode mode = sandbox::Mode::full;
};

/// Renders DIR/result.json and DIR/runs to DIR/report.html (self-contained), DIR/report.pdf and
/// DIR/figures/*.svg (+ .csv and .npy of each: its numbers). Both renderers run in the sandbox.
/// Equal folders give equal bytes.
Status render(const Paths& paths, const std::filesystem::path& result_folder,
              const Options& options);

}  // namespace gradus::reports
