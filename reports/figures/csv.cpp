#include "reports/figures/csv.hpp"

#include <limits>

#include "framework/core/text.hpp"

namespace gradus::reports {

Csv::Csv(const std::vector<std::string>& header) {
  for (const std::string& cell : header) text(cell);
  end_row();
}

void Csv::raw(std::string_view cell) {
  if (!first_) out_ += ',';
  first_ = false;
  out_ += cell;
}

Csv& Csv::text(std::string_view cell) {
  std::string clean = printable(cell, false, 1000);
  if (!clean.empty() && std::string_view("=+-@").find(clean.front()) != std::string_view::npos) {
    clean.insert(clean.begin(), '\'');
  }
  if (clean.find_first_of(",\"\n;") == std::string::npos) {
    raw(clean);
    return *this;
  }
  std::string literal = "\"";
  for (const char c : clean) {
    literal += c;
    if (c == '"') literal += c;
  }
  raw(literal + "\"");
  return *this;
}

Csv& Csv::value(double figure) {
  raw(number(figure));
  numbers_.push_back(figure);
  return *this;
}

Csv& Csv::value(const std::optional<double>& figure) {
  if (figure) return value(*figure);
  raw("");
  numbers_.push_back(std::numeric_limits<double>::quiet_NaN());
  return *this;
}

void Csv::end_row() {
  out_ += '\n';
  ++rows_;
  first_ = true;
}

}  // namespace gradus::reports
