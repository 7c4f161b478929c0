#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/record/plan.hpp"
#include "framework/sandbox/sandbox.hpp"

namespace gradus::bench {

/// How many times faster than one peer, of one kind of work.
struct Compared {
  std::string work;  ///< "SimpleNN, one run"
  bool tuned = false;
  double goal = 0;             ///< 0: none was set
  std::vector<double> ratios;  ///< peer's time / ours, one a round
};

/// What a figure shows: all of it from one machine.
struct Comparison {
  std::vector<Compared> rows;  ///< in the files' order
  std::string machine;         ///< in words, from the files
};

/// Reads what gradus-bench wrote (gradus.bench/1). `names` says whose texts they are, for messages.
/// Error (user): no such JSON, no row with a peer, figures that cannot be, several machines.
Result<Comparison> comparison_of(const std::vector<Json>& documents,
                                 const std::vector<std::string>& names);
/// The same from files.
Result<Comparison> read_comparison(const std::vector<std::filesystem::path>& files);

/// The gnuplot script: a bar of the median ratio a row, whiskers from the smallest to the largest
/// round, every round as a dot, the goal as a line across its bar. The machine stands below.
std::string figure_script(const Comparison& comparison, int width, int height);

/// Draws the figure with gnuplot, as reports do, into an SVG file.
Status write_figure(const Comparison& comparison, const std::filesystem::path& file,
                    sandbox::Mode mode);

}  // namespace gradus::bench
