#pragma once

#include <string_view>

namespace gradus::reports {

/// The text of html/NAME as it was when Gradus was built ("report.mustache", "style.css"); empty
/// for an unknown name. Compiled in, so that a report never depends on where Gradus is installed.
std::string_view template_text(std::string_view name);

}  // namespace gradus::reports
