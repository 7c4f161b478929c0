#include "reports/pdf/pdf.hpp"

#include "reports/renderer.hpp"

namespace gradus::reports {

Result<std::string> render_pdf(const std::string& html, sandbox::Mode mode) {
  Filter filter;
  // Debian's own Python, which has the module; another one may come first in PATH.
  filter.argv = {"/usr/bin/python3", "-m",          "weasyprint", "--quiet", "--encoding", "utf-8",
                 "--base-url",       "about:blank", "-",          "-"};
  filter.package = "weasyprint";
  // A fixed date in fonts and metadata, and a fixed order of Python's sets: equal bytes every time.
  filter.env = {{"SOURCE_DATE_EPOCH", "0"}, {"PYTHONHASHSEED", "0"}};
  filter.input = html;
  GRADUS_TRY(std::string pdf, run_filter(filter, mode));
  if (!pdf.starts_with("%PDF-")) {
    return infrastructure_error("weasyprint", "found output that is not a PDF",
                                "check `weasyprint --info`; Gradus is made for 57.2");
  }
  return pdf;
}

}  // namespace gradus::reports
