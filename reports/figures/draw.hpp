#pragma once

#include <vector>

#include "framework/core/result.hpp"
#include "framework/sandbox/sandbox.hpp"
#include "reports/figures/figure.hpp"

namespace gradus::reports {

/// Fills in Figure::svg of all figures with one gnuplot process, which reads the script from its
/// standard input and writes every drawing to its standard output: it needs no file of ours.
Status draw_all(std::vector<Figure*> figures, sandbox::Mode mode);

}  // namespace gradus::reports
