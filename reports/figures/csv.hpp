#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gradus::reports {

/// A table as CSV (RFC 4180, \n line ends). Text cells are made printable and, where a spreadsheet
/// would take them for a formula (= + - @ first), get a leading apostrophe.
class Csv {
 public:
  explicit Csv(const std::vector<std::string>& header);
  Csv& text(std::string_view cell);
  Csv& value(double number);                        ///< shortest form that reads back equal
  Csv& value(const std::optional<double>& number);  ///< empty cell where absent
  Csv& value(std::size_t number) { return value(static_cast<double>(number)); }
  void end_row();
  /// The cells that were written with value(), row by row; NaN where absent. All rows must have
  /// equally many.
  const std::vector<double>& numbers() const { return numbers_; }
  std::int64_t rows() const { return rows_; }
  std::string take() { return std::move(out_); }

 private:
  void raw(std::string_view cell);
  std::string out_;
  std::vector<double> numbers_;
  std::int64_t rows_ = -1;  // the header is none
  bool first_ = true;
};

}  // namespace gradus::reports
