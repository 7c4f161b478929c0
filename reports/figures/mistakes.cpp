// Mistaken validation pictures as a mosaic: each a PNG in a data URI and, below it, what it is and
// what the network said. No gnuplot: pictures are pictures.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "framework/core/text.hpp"
#include "reports/figures/csv.hpp"
#include "reports/figures/figure.hpp"
#include "reports/figures/png.hpp"

namespace gradus::reports {
namespace {

constexpr std::int64_t kPictures = 18;  // more do not teach more
constexpr std::int64_t kPicturesAcross = 9;
constexpr double kTile = 72, kGap = 13, kText = 30, kEdge = 1;  // in units of the drawing;
// the edge has room for the outer half of a frame's line

std::string label(double x, double y, const std::string& text, bool strong) {
  // A long class name is cut rather than drawn into its neighbour.
  const std::string clean = clipped(text, 14);
  return fmt::format(
      "<text x='{:.1f}' y='{:.1f}' font-size='9' text-anchor='middle' fill='{}'{}>{}</text>\n", x,
      y, strong ? "#a33b00" : "#1f2328", strong ? " font-weight='bold'" : "", escape_html(clean));
}

/// Empty where a picture cannot be encoded; draw_all() reports that.
std::string mosaic_svg(const ReportData& data, const Mistakes& mistakes, int width, int height) {
  const std::int64_t count = std::min(mistakes.count, kPictures);
  const std::int64_t h = mistakes.height, w = mistakes.width, c = mistakes.channels;
  const auto area = static_cast<std::size_t>(h * w * c);
  std::string svg = fmt::format(
      "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' "
      "viewBox='0 0 {0} {1}' width='{0}' height='{1}' role='img' font-family='DejaVu Sans "
      "Condensed, DejaVu Sans, Segoe UI, Helvetica, sans-serif'>\n"
      "<title>Mistaken validation pictures</title>\n",
      width, height);
  // A file a picture rather than one for all: tiles stay sharp at any zoom, with white between.
  for (std::int64_t i = 0; i < count; ++i) {
    const std::span<const std::uint8_t> pixels(
        mistakes.images.data() + static_cast<std::size_t>(i) * area, area);
    const auto png = encode_png(pixels, h, w, c);
    if (!png.ok()) return "";
    const double x = static_cast<double>(i % kPicturesAcross) * (kTile + kGap) + kEdge;
    const double y = static_cast<double>(i / kPicturesAcross) * (kTile + kText) + kEdge;
    svg += fmt::format(
        "<image x='{}' y='{}' width='{}' height='{}' style='image-rendering:pixelated' "
        "xlink:href='data:image/png;base64,{}'/>\n",
        x, y, kTile, kTile, base64(*png));
    svg += fmt::format(
        "<rect x='{}' y='{}' width='{}' height='{}' fill='none' stroke='#B9B5A8' "
        "stroke-width='0.6'/>\n",
        x, y, kTile, kTile);
    const auto index = static_cast<std::size_t>(i);
    const double middle = x + kTile / 2;
    svg += label(middle, y + kTile + 11, data.class_name(mistakes.labels[index]), false);
    svg += label(middle, y + kTile + 21.5, data.class_name(mistakes.predictions[index]), true);
  }
  return svg + "</svg>";
}

}  // namespace

std::optional<Figure> mistakes_figure(const TaskView& task) {
  const RunView* run = task.main_run();
  if (!run) return std::nullopt;
  const auto found = task.data->mistakes.find(run->run->run_hash);
  if (found == task.data->mistakes.end()) return std::nullopt;
  const Mistakes& mistakes = found->second;
  const std::int64_t rows =
      (std::min(mistakes.count, kPictures) + kPicturesAcross - 1) / kPicturesAcross;

  Figure figure;
  figure.width =
      static_cast<int>(static_cast<double>(kPicturesAcross) * (kTile + kGap) - kGap + 2 * kEdge);
  figure.height = static_cast<int>(static_cast<double>(rows) * (kTile + kText) + kEdge);
  figure.title = "Mistaken validation pictures";
  figure.caption =
      "Upper line: what it is; lower line, in bold: the answer of the best weights, which are "
      "surest "
      "of these wrong answers. Look for what they have in common: background, pose, cut-off parts.";
  if (task.sweep()) figure.caption += " Arm: " + run->label + ".";
  Csv csv({"picture", "truth", "answer", "truth_number", "answer_number"});
  for (std::size_t i = 0; i < mistakes.labels.size(); ++i) {
    csv.value(i).text(task.data->class_name(mistakes.labels[i]));
    csv.text(task.data->class_name(mistakes.predictions[i]));
    csv.value(static_cast<double>(mistakes.labels[i]));
    csv.value(static_cast<double>(mistakes.predictions[i]));
    csv.end_row();
  }
  figure.set_table(std::move(csv));
  figure.svg = mosaic_svg(*task.data, mistakes, figure.width, figure.height);
  return figure;
}

}  // namespace gradus::reports
