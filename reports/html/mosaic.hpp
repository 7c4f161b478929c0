#pragma once

#include <string>

#include "framework/core/result.hpp"
#include "reports/model/report_data.hpp"

namespace gradus::reports {

/// Pictures shown at most; more do not teach more.
inline constexpr std::int64_t kMosaicPictures = 16;

/// Mistaken pictures as one <svg> mosaic: each a PNG in a data URI and, below it, what it is and
/// what the network said.
Result<std::string> mosaic_svg(const ReportData& data, const Mistakes& mistakes);

}  // namespace gradus::reports
