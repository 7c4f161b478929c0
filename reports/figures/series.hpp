#pragma once

#include <optional>
#include <string>
#include <vector>

#include "framework/record/evidence.hpp"

namespace gradus::reports {

using EpochField = std::optional<double> EpochRecord::*;

/// (epoch, value × scale) of every epoch that has the value; epoch 0 included.
std::vector<std::vector<double>> series(const Evidence& evidence, EpochField field,
                                        double scale = 1.0);
std::int64_t last_epoch(const Evidence& evidence);
/// "linespoints ls 1", of line style `style`. Marks of one epoch are drawn only where they do not
/// hide the line, and are larger where there is no line: one epoch makes none.
std::string line_style(std::size_t points, int style);

}  // namespace gradus::reports
