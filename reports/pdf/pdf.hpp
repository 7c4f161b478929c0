#pragma once

#include <string>

#include "framework/core/result.hpp"
#include "framework/sandbox/sandbox.hpp"

namespace gradus::reports {

/// The page as a PDF of A4 sheets, made by WeasyPrint from its standard input. Equal pages give
/// equal bytes.
Result<std::string> render_pdf(const std::string& html, sandbox::Mode mode);

}  // namespace gradus::reports
