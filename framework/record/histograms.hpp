#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/record/evidence.hpp"

namespace gradus {

/// How the values of one handed-out tensor are spread; counted by the supervisor, so recomputed.
struct Histogram {
  std::string name;                  ///< "fc1.weight"
  double low = 0, high = 0;          ///< edges of the first and last bin
  std::vector<std::int64_t> counts;  ///< equal bins; values outside stand in the outer bins
  double near_zero = 0;              ///< share of |w| < 0.001, fraction

  std::int64_t total() const;
};

/// Reads RUN/weight_histograms.json: {"schema", "tensors": [{"name", "low", "high", "counts",
/// "near_zero"}]}. Errors (user: the folder is damaged) name the file.
Result<std::vector<Histogram>> read_histograms(const std::filesystem::path& file);

}  // namespace gradus
