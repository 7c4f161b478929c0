#include "reports/html/mosaic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "framework/core/text.hpp"
#include "reports/html/png.hpp"
#include "reports/model/task_view.hpp"

namespace gradus::reports {
namespace {

constexpr std::int64_t kColumns = 8;
constexpr double kTile = 72, kGap = 13, kText = 25;  // in units of the drawing

std::string label(double x, double y, const std::string& text, bool strong) {
  // A long class name is cut rather than drawn into its neighbour.
  const std::string clean = clipped(text, 14);
  return fmt::format(
      "<text x='{:.1f}' y='{:.1f}' font-size='9' text-anchor='middle' fill='{}'{}>{}</text>\n", x, y,
      strong ? "#a33b00" : "#1f2328", strong ? " font-weight='bold'" : "", escape_html(clean));
}

}  // namespace

Result<std::string> mosaic_svg(const ReportData& data, const Mistakes& mistakes) {
  const std::int64_t count = std::min(mistakes.count, kMosaicPictures);
  const std::int64_t h = mistakes.height, w = mistakes.width, c = mistakes.channels;
  const auto area = static_cast<std::size_t>(h * w * c);
  const double pitch_x = kTile + kGap, pitch_y = kTile + kText;
  const std::int64_t rows = (count + kColumns - 1) / kColumns;
  const double width = kColumns * pitch_x - kGap, height = static_cast<double>(rows) * pitch_y;

  std::string svg = fmt::format(
      "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' viewBox='0 0 {0} "
      "{1}' width='{0}' height='{1}' role='img' font-family='DejaVu Sans Condensed, DejaVu Sans, Segoe UI, "
      "Helvetica, sans-serif'>\n<title>Mistaken validation pictures</title>\n",
      width, height);
  // A file a picture rather than one for all: tiles stay sharp at any zoom, with white between.
  for (std::int64_t i = 0; i < count; ++i) {
    const std::span<const std::uint8_t> pixels(mistakes.images.data() + static_cast<std::size_t>(i) * area, area);
    GRADUS_TRY(const std::string png, encode_png(pixels, h, w, c));
    const double x = static_cast<double>(i % kColumns) * pitch_x;
    const double y = static_cast<double>(i / kColumns) * pitch_y;
    svg += fmt::format(
        "<image x='{}' y='{}' width='{}' height='{}' style='image-rendering:pixelated' "
        "xlink:href='data:image/png;base64,{}'/>\n",
        x, y, kTile, kTile, base64(png));
    const auto index = static_cast<std::size_t>(i);
    svg += label(x + kTile / 2, y + kTile + 9.5, data.class_name(mistakes.labels[index]), false);
    svg += label(x + kTile / 2, y + kTile + 19.5, data.class_name(mistakes.predictions[index]), true);
  }
  return svg + "</svg>";
}

}  // namespace gradus::reports
