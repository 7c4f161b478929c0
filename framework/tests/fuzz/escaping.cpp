// Text of strangers on its way to a terminal, a page, a drawing or a table.

#include <string_view>

#include "framework/core/text.hpp"
#include "framework/tests/fuzz/fuzz.hpp"
#include "reports/figures/gnuplot.hpp"

namespace {

/// Strict UTF-8: no overlong forms, surrogates or values beyond U+10FFFF.
bool is_utf8(std::string_view text) {
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  const auto* end = at + text.size();
  while (at < end) {
    const int length = *at < 0x80 ? 1 : *at < 0xC2 ? 0 : *at < 0xE0 ? 2 : *at < 0xF0 ? 3 : *at < 0xF5 ? 4 : 0;
    if (length == 0 || end - at < length) return false;
    unsigned code = length == 1 ? *at : *at & (0xFFU >> (length + 1));
    for (int i = 1; i < length; ++i) {
      if ((at[i] & 0xC0) != 0x80) return false;
      code = code << 6 | (at[i] & 0x3FU);
    }
    if ((length == 3 && code < 0x800) || (length == 4 && code < 0x10000)) return false;
    if ((code >= 0xD800 && code < 0xE000) || code > 0x10FFFF) return false;
    at += length;
  }
  return true;
}

bool has_control(std::string_view text, bool multiline) {
  for (const char c : text) {
    if (multiline && (c == '\n' || c == '\t')) continue;
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return true;
  }
  return false;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gradus;
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const bool multiline : {false, true}) {
    const std::string safe = printable(text, multiline);
    fuzz::require(is_utf8(safe), "printable text is UTF-8");
    fuzz::require(!has_control(safe, multiline), "printable text controls nothing");
    const std::string html = escape_html(text, multiline);
    fuzz::require(is_utf8(html) && !has_control(html, multiline), "HTML text is printable");
    fuzz::require(html.find_first_of("<>\"'") == std::string::npos, "HTML text marks nothing up");
  }
  const std::string quoted = reports::gnuplot::quote(text);
  fuzz::require(quoted.size() >= 2 && quoted.front() == '\'' && quoted.back() == '\'',
                "a literal is quoted");
  fuzz::require(quoted.substr(1, quoted.size() - 2).find_first_of("'\n") == std::string::npos,
                "nothing ends a literal early");
  return 0;
}
