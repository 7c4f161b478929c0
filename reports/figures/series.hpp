#pragma once

#include <optional>
#include <vector>

#include "framework/record/evidence.hpp"

namespace gradus::reports {

using EpochField = std::optional<double> EpochRecord::*;

/// (epoch, value × scale) of every epoch that has the value; epoch 0 included.
std::vector<std::vector<double>> series(const Evidence& evidence, EpochField field,
                                        double scale = 1.0);
std::int64_t last_epoch(const Evidence& evidence);
/// Marks of one epoch are drawn only where they do not hide the line.
const char* line_style(std::size_t points);

}  // namespace gradus::reports
