#pragma once

#include <string>
#include <vector>

#include "framework/core/result.hpp"
#include "reports/html/view.hpp"

namespace gradus::reports {

/// One page section a task, with its figures; both must outlive what is returned.
std::vector<TaskPage> task_pages(const std::vector<TaskView>& tasks,
                                 const std::vector<std::vector<Figure>>& figures);

/// The whole report as one HTML page without scripts or outside references, in well-formed XML
/// syntax. Figures must have been drawn.
Result<std::string> render_page(const ReportData& data, const std::vector<TaskPage>& tasks);

}  // namespace gradus::reports
