#include "reports/figures/gnuplot.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "reports/model/task_view.hpp"

namespace gradus::reports::gnuplot {

namespace {

struct Look {
  const char* color;
  int mark;
};
constexpr std::array<Look, 8> kLooks = {{{"#000000", 7},
                                         {"#0072B2", 5},
                                         {"#D55E00", 9},
                                         {"#009E73", 11},
                                         {"#CC79A7", 13},
                                         {"#E69F00", 4},
                                         {"#56B4E9", 6},
                                         {"#7A7A7A", 8}}};

}  // namespace

std::string arm_line(std::size_t index, bool with_mark) {
  static constexpr std::array<int, 4> kDashes = {1, 2, 4, 3};
  const Look& look = kLooks[index % kLooks.size()];
  const std::string line = fmt::format("lc rgb '{}' dt {}", look.color,
                                       kDashes[(index / kLooks.size()) % kDashes.size()]);
  return with_mark ? line + fmt::format(" pt {}", look.mark) : line;
}

std::string arm_mark(std::size_t index) {
  const Look& look = kLooks[index % kLooks.size()];
  return fmt::format("pt {} lc rgb '{}'", look.mark, look.color);
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
