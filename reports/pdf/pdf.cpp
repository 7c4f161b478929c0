#include "reports/pdf/pdf.hpp"

#include "reports/renderer.hpp"

namespace gradus::reports {

Result<std::string> render_pdf(const Paths& paths, const std::string& html, sandbox::Mode mode) {
  Filter filter;
  filter.program = "weasyprint";
  filter.arguments = {"--quiet", "--encoding", "utf-8", "--base-url", "about:blank", "-", "-"};
  // A fixed date in fonts and metadata, and a fixed order of Python's sets: equal bytes every time.
  filter.env = {{"SOURCE_DATE_EPOCH", "0"}, {"PYTHONHASHSEED", "0"}};
  filter.input = html;
  GRADUS_TRY(std::string pdf, run_filter(paths, filter, mode));
  if (!pdf.starts_with("%PDF-")) {
    return infrastructure_error("weasyprint", "found output that is not a PDF",
                                "check `weasyprint --info`; Gradus is made for 57.2");
  }
  return pdf;
}

}  // namespace gradus::reports
