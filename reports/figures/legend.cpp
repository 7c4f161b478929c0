#include "reports/figures/legend.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/figures/figure.hpp"
#include "reports/figures/gnuplot.hpp"
#include "reports/model/arm_view.hpp"

namespace gradus::reports::gnuplot {
namespace {

constexpr double kSample = 24, kSpace = 6, kBetween = 22, kCharacter = 4.9;  // pixels, estimated
constexpr double kMargin = 8;                // kept free at both sides
constexpr std::size_t kSideCharacters = 16;  // what the column right of a plot has room for

double sample_width(const LegendEntry& entry) { return entry.line.empty() ? kSample / 2 : kSample; }

double entry_width(const LegendEntry& entry) {
  return sample_width(entry) + kSpace + kCharacter * static_cast<double>(characters(entry.text));
}

struct Row {
  std::size_t first = 0, end = 0;
  double width = 0;
};

std::vector<Row> wrapped(const std::vector<LegendEntry>& entries, int width) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const double wide = entry_width(entries[i]);
    if (rows.empty() || rows.back().width + kBetween + wide > width - 2 * kMargin) {
      rows.push_back({i, i + 1, wide});
    } else {
      rows.back().end = i + 1;
      rows.back().width += kBetween + wide;
    }
  }
  return rows;
}

std::string side_key(const std::string& key) {
  return "set key on at screen 0.835,0.97 left top Left reverse vertical width 0 samplen 2.2 "
         "spacing "
         "1.2 textcolor rgb '#222222' title " +
         quote(key_title(key)) + " left\n";
}

}  // namespace

int legend_rows(const std::vector<LegendEntry>& entries, int width) {
  return static_cast<int>(wrapped(entries, width).size());
}

std::string legend(const std::vector<LegendEntry>& entries, int width, int height,
                   double from_bottom) {
  const std::vector<Row> rows = wrapped(entries, width);
  std::string script;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto below = static_cast<double>(rows.size() - 1 - r);
    const std::string y = num((from_bottom + below * kLegendRow) / height);
    double x = (width - rows[r].width) / 2;
    for (std::size_t i = rows[r].first; i < rows[r].end; ++i) {
      const LegendEntry& entry = entries[i];
      const double sample = sample_width(entry);
      if (!entry.line.empty()) {
        script += fmt::format(
            "set arrow from screen {},screen {} to screen {},screen {} nohead {} front\n",
            num(x / width), y, num((x + sample) / width), y, entry.line);
      }
      if (!entry.mark.empty()) {
        script += fmt::format("set label '' at screen {},screen {} point {} front\n",
                              num((x + sample / 2) / width), y, entry.mark);
      }
      script += fmt::format("set label {} at screen {},screen {} left textcolor rgb '#222222'\n",
                            quote(entry.text), num((x + sample + kSpace) / width), y);
      x += entry_width(entry) + kBetween;
    }
  }
  return script;
}

std::string arms_legend(Figure& figure, const TaskView& task,
                        const std::vector<LegendEntry>& entries, double left, double foot) {
  std::string s = fmt::format("set lmargin at screen {}\n", num(left));
  const bool one = !task.sweep();
  const bool side =
      task.one_key() && std::all_of(entries.begin(), entries.end(), [](const LegendEntry& entry) {
        return characters(entry.text) <= kSideCharacters;
      });
  if (one || side) {
    s += fmt::format("set rmargin at screen {}\nset bmargin at screen {}\n", one ? "0.99" : "0.82",
                     num(foot / figure.height));
    return one ? s : s + side_key(task.key);
  }
  const int rows = legend_rows(entries, figure.width) * kLegendRow;
  figure.height += rows;
  s += fmt::format("set rmargin at screen 0.99\nset bmargin at screen {}\n",
                   num((foot + rows) / figure.height));
  return s + legend(entries, figure.width, figure.height, 8);
}

LegendEntry train_entry() { return {"train (claimed)", "ls 1", ""}; }
LegendEntry val_entry() { return {"validation (recomputed)", "ls 2", ""}; }

}  // namespace gradus::reports::gnuplot
