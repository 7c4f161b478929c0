#pragma once

#include <filesystem>

#include "framework/core/paths.hpp"
#include "framework/core/result.hpp"
#include "framework/record/student_view.hpp"
#include "framework/sandbox/sandbox.hpp"

namespace gradus::reports {

struct Options {
  Audience audience;          ///< who will read the pages, and when; default: a student, before due
  std::filesystem::path out;  ///< where to write; empty: the result folder
  bool pdf = true;
  sandbox::Mode mode = sandbox::Mode::full;
};

/// Renders DIR/result.json and DIR/runs to DIR/report.html (self-contained), DIR/report.pdf and
/// DIR/figures/*.svg (+ .csv and .npy of each: its numbers). Both renderers run in the sandbox.
/// Equal folders and options give equal bytes. Error (user): `out` holds something else.
Status render(const Paths& paths, const std::filesystem::path& result_folder,
              const Options& options);

}  // namespace gradus::reports
