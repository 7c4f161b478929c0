#pragma once

#include <string>
#include <vector>

#include "framework/core/result.hpp"
#include "reports/html/view.hpp"

namespace gradus::reports {

/// The whole report as one HTML page without scripts or outside references, in well-formed XML
/// syntax. Figures must have been drawn.
Result<std::string> render_page(const ReportData& data, const std::vector<TaskPage>& tasks);

}  // namespace gradus::reports
