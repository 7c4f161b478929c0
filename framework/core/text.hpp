#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gradus {

/// Valid UTF-8 without control and bidirectional-override characters: control characters and
/// broken bytes become \xNN, newlines and tabs stay when `multiline`. For terminals, HTML
/// (then still escape_html), CSV and JSON alike. At most `limit` bytes, then "… (N bytes cut)".
std::string printable(std::string_view text, bool multiline = false, std::size_t limit = 4096);
/// & < > " ' escaped, on top of printable().
std::string escape_html(std::string_view text, bool multiline = false);

/// The candidate with the smallest edit distance (Damerau-Levenshtein, at most 1/2 of the length),
/// or empty.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

/// "82,030".
std::string with_commas(std::int64_t value);
/// "65.84 %" from the fraction .6584.
std::string percent(double fraction, int digits = 2);
/// "1 m 12 s", "3.4 s", "12 ms".
std::string duration(double milliseconds);
/// "1.4 GiB".
std::string byte_size(double bytes);
/// Shortest decimal form that reads back equal ("0.01", "1e-05", "82030", "nan").
std::string number(double value);
std::vector<std::string> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);

}  // namespace gradus
