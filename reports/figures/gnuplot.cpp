#include "reports/figures/gnuplot.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "reports/model/task_view.hpp"

namespace gradus::reports::gnuplot {

std::string arm_line(std::size_t index, bool with_mark) {
  struct Look {
    const char* color;
    int dash, mark;
  };
  static constexpr std::array<Look, 8> kLooks = {{{"#000000", 1, 7},
                                                  {"#0072B2", 1, 5},
                                                  {"#D55E00", 1, 9},
                                                  {"#009E73", 1, 11},
                                                  {"#CC79A7", 1, 13},
                                                  {"#E69F00", 1, 4},
                                                  {"#56B4E9", 1, 6},
                                                  {"#7A7A7A", 1, 8}}};
  static constexpr std::array<int, 4> kDashes = {1, 2, 4, 3};
  const Look& look = kLooks[index % kLooks.size()];
  const std::string line = fmt::format("lc rgb '{}' dt {}", look.color,
                                       kDashes[(index / kLooks.size()) % kDashes.size()]);
  return with_mark ? line + fmt::format(" pt {}", look.mark) : line;
}

std::string quote(std::string_view text) {
  std::string literal = "'";
  for (const char c : clipped(std::string(text), 48)) {
    if (c == '\'') {
      literal += "’";
    } else {
      literal += c;
    }
  }
  return literal + "'";
}

std::string num(double value) {
  return std::isfinite(value) ? fmt::format("{:.6g}", value) : "NaN";
}

std::string datablock(const std::string& name, const std::vector<std::vector<double>>& rows) {
  std::string block = "$" + name + " << EOD\n";
  for (const auto& row : rows) {
    std::string_view separator;
    for (const double value : row) {
      block += separator;
      block += num(value);
      separator = " ";
    }
    block += '\n';
  }
  return block + "EOD\n";
}

std::string tics(const std::vector<std::pair<std::string, double>>& labels) {
  std::string text = "(";
  for (const auto& [label, position] : labels) {
    if (text.size() > 1) text += ", ";
    text += quote(label) + " " + num(position);
  }
  return text + ")";
}

std::string epoch_tics(std::int64_t last, int most) {
  std::int64_t step = 1;
  for (std::int64_t scale = 1; last / step > most; scale *= 10) {
    for (const std::int64_t round : {1, 2, 5}) {
      step = round * scale;
      if (last / step <= most) break;
    }
  }
  return fmt::format("set xtics 0,{}\n", step);
}

std::string side_key(const std::string& key) {
  return "set key on at screen 0.835,0.97 left top Left reverse vertical width 0 samplen 2.2 "
         "spacing "
         "1.2 textcolor rgb '#222222' title " +
         quote(key_title(key)) + " left\n";
}

std::string legend(const std::vector<LegendEntry>& entries, int width, int height,
                   double from_bottom) {
  constexpr double kSample = 24, kSpace = 6, kBetween = 22, kCharacter = 4.9;  // pixels, estimated
  double total = -kBetween;
  const auto entry_width = [&](const LegendEntry& entry) {
    return (entry.line.empty() ? kSample / 2 : kSample) + kSpace +
           kCharacter * static_cast<double>(entry.text.size());
  };
  for (const LegendEntry& entry : entries) total += entry_width(entry) + kBetween;
  double x = (width - total) / 2;
  const std::string y = num(from_bottom / height);
  std::string script;
  for (const LegendEntry& entry : entries) {
    const double sample = entry.line.empty() ? kSample / 2 : kSample;
    if (!entry.line.empty()) {
      script +=
          fmt::format("set arrow from screen {},screen {} to screen {},screen {} nohead {} front\n",
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
  return script;
}

LegendEntry train_entry() { return {"train (claimed)", "ls 1", ""}; }
LegendEntry val_entry() { return {"validation (recomputed)", "ls 2", ""}; }

std::string preamble() {
  return R"(set encoding utf8
set datafile missing '?'
set border 3 lc rgb '#6B6B6B' lw 0.7
set tics nomirror out scale 0.45 textcolor rgb '#333333'
set grid ytics back lt 1 lc rgb '#E2E2E2' lw 0.7 dt solid
set key off
set style line 1 lc rgb '#D55E00' lw 1.5 dt (9,5) pt 6 ps 0.35
set style line 2 lc rgb '#0072B2' lw 1.9 dt solid pt 7 ps 0.35
set style line 3 lc rgb '#8A8A8A' lw 0.8 dt (2,4)
set style line 4 lc rgb '#333333' lw 0.7 dt (4,4)
)";
}

}  // namespace gradus::reports::gnuplot
