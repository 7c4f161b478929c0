#include "reports/figures/series.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gradus::reports {

std::vector<std::vector<double>> series(const Evidence& evidence, EpochField field, double scale) {
  std::vector<std::vector<double>> rows;
  for (const EpochRecord& record : evidence.epochs) {
    const auto& value = record.*field;
    if (value && std::isfinite(*value)) {
      rows.push_back({static_cast<double>(record.epoch), *value * scale});
    }
  }
  return rows;
}

std::int64_t last_epoch(const Evidence& evidence) {
  std::int64_t last = 0;
  for (const EpochRecord& record : evidence.epochs) last = std::max(last, record.epoch);
  return last;
}

std::string line_style(std::size_t points, int style) {
  return fmt::format("{} ls {}{}", points <= 16 ? "linespoints" : "lines", style,
                     points == 1 ? " ps 0.8" : "");
}

}  // namespace gradus::reports
