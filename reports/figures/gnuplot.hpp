#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gradus::reports::gnuplot {

// Colours after Okabe and Ito (2008): told apart by every kind of colour vision and, by their
// different lightness, dashes and marks, in black and white. Their yellow is too light on paper.
inline constexpr const char* kBlue = "#0072B2";
inline constexpr const char* kVermillion = "#D55E00";
inline constexpr const char* kGreen = "#009E73";
inline constexpr const char* kInk = "#333333";
inline constexpr const char* kQuiet = "#8A8A8A";

/// Line of the i-th arm: colour, dash and mark differ together, so that none is needed alone.
/// "lc rgb '…' dt … pt …".
std::string arm_line(std::size_t index, bool with_mark = true);

/// Its mark alone: "pt … lc rgb '…'".
std::string arm_mark(std::size_t index);

/// A string literal for gnuplot. In single quotes neither backslash, backtick nor @ means anything.
/// An apostrophe becomes a typographic one: gnuplot 5.4 takes a doubled quote for the literal's end
/// where it comes first or follows another. Control and bidirectional characters are made visible.
/// Use it for every text that is not written in our source.
std::string quote(std::string_view text);

/// A finite number with enough digits to draw; "NaN" otherwise.
std::string num(double value);

/// "$name << EOD … EOD": rows of numbers only.
std::string datablock(const std::string& name, const std::vector<std::vector<double>>& rows);

/// ('label' position, …) for set xtics and set ytics.
std::string tics(const std::vector<std::pair<std::string, double>>& labels);

/// "set xtics …": whole epochs only, from 0 to `last`, about `most` of them.
std::string epoch_tics(std::int64_t last, int most);

/// What every drawing starts with: thin grey axes on two sides, light horizontal grid.
std::string preamble();

}  // namespace gradus::reports::gnuplot
