#include "reports/figures/draw.hpp"

#include <fmt/format.h>

#include "reports/figures/gnuplot.hpp"
#include "reports/figures/svg.hpp"
#include "reports/renderer.hpp"

namespace gradus::reports {

Status draw_all(std::vector<Figure*> figures, sandbox::Mode mode) {
  // Pictures bring their drawing along.
  std::erase_if(figures, [](const Figure* figure) { return !figure->svg.empty(); });
  if (figures.empty()) return {};
  std::string script;
  for (const Figure* figure : figures) {
    if (figure->script.empty()) {
      return infrastructure_error("figure " + figure->name, "could not be drawn",
                                  "check the images in runs/, or report this as a bug");
    }
    // The output is closed after each drawing: only then is its </svg> written.
    script += fmt::format(
        "reset\nset terminal svg size {},{} fixed noenhanced font 'DejaVu Sans Condensed,9.5' butt "
        "dashlength 1.0\nset output\n",
        figure->width, figure->height);
    script += gnuplot::preamble() + figure->script;
  }
  script += "set output\n";

  Filter filter;
  filter.argv = {"/usr/bin/gnuplot", "-d", "-"};
  filter.package = "gnuplot-nox";
  filter.input = std::move(script);
  filter.cpu_s = 60;
  GRADUS_TRY(const std::string output, run_filter(filter, mode));
  const std::vector<std::string> documents = split_documents(output);
  if (documents.size() != figures.size()) {
    return infrastructure_error(
        "gnuplot", fmt::format("found {} drawings, wanted {}", documents.size(), figures.size()),
        "check `gnuplot --version`; Gradus is made for 5.4");
  }
  for (std::size_t i = 0; i < figures.size(); ++i) {
    GRADUS_TRY(figures[i]->svg, inline_svg(documents[i], figures[i]->title));
  }
  return {};
}

}  // namespace gradus::reports
