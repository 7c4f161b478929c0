#include "framework/core/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace gradus {
namespace {

// Columns that UTF-8 text takes: one a code point is right for all that we print ourselves.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
  }));
}

std::string clipped(const std::string& text, std::size_t width) {
  if (columns(text) <= width) return text;
  std::string out;
  std::size_t count = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80 && ++count >= width) break;
    out += c;
  }
  return out + "…";
}

}  // namespace

Terminal::Terminal(std::FILE* stream) : stream_(stream) {
  const bool terminal = ::isatty(::fileno(stream)) == 1;
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  const char* no_color = std::getenv("NO_COLOR");
  interactive_ = terminal && !dumb;
  color_ = interactive_ && (no_color == nullptr || *no_color == '\0');
}

int Terminal::width() const {
  winsize size{};
  if (::ioctl(::fileno(stream_), TIOCGWINSZ, &size) == 0 && size.ws_col > 20) return size.ws_col;
  return 80;
}

std::string Terminal::styled(Style style, std::string_view text) const {
  if (!color_ || style == Style::plain) return std::string(text);
  const char* code = "";
  switch (style) {
    case Style::plain:
      break;
    case Style::bold:
      code = "1";
      break;
    case Style::dim:
      code = "2";
      break;
    case Style::good:
      code = "32";
      break;
    case Style::bad:
      code = "31";
      break;
    case Style::warn:
      code = "33";
      break;
  }
  return std::string("\033[") + code + "m" + std::string(text) + "\033[0m";
}

void Terminal::write(std::string_view text) const {
  std::fwrite(text.data(), 1, text.size(), stream_);
  std::fflush(stream_);
}

void Terminal::print(std::string_view line) const { write(std::string(line) + "\n"); }

std::string Table::render(const Terminal& terminal) const {
  std::vector<std::size_t> widths(header.size());
  for (std::size_t c = 0; c < header.size(); ++c) widths[c] = columns(header[c]);
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < std::min(row.size(), widths.size()); ++c) {
      widths[c] = std::max(widths[c], columns(row[c]));
    }
  }
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells,
                        const std::vector<Style>* cell_styles) {
    std::string text = " ";
    for (std::size_t c = 0; c < widths.size(); ++c) {
      const std::string cell = c < cells.size() ? cells[c] : "";
      const std::string padding(widths[c] - columns(cell), ' ');
      const bool at_right = c < right.size() && right[c];
      const std::string styled = cell_styles != nullptr && c < cell_styles->size()
                                     ? terminal.styled((*cell_styles)[c], cell)
                                     : cell;
      const bool last = c + 1 == widths.size();
      text +=
          " " + (at_right ? padding + styled : styled + (last ? "" : padding)) + (last ? "" : " ");
    }
    return text + "\n";
  };
  const std::vector<Style> bold(header.size(), Style::bold);
  out += line(header, &bold);
  std::vector<std::string> rule;
  for (const std::size_t width : widths) {
    std::string dashes;
    for (std::size_t i = 0; i < width; ++i) dashes += "─";
    rule.push_back(dashes);
  }
  const std::vector<Style> dim(header.size(), Style::dim);
  out += line(rule, &dim);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    out += line(rows[r], r < styles.size() ? &styles[r] : nullptr);
  }
  return out;
}

void LiveLines::update(std::size_t id, std::string text) {
  const auto line =
      std::find_if(lines_.begin(), lines_.end(), [&](auto& l) { return l.first == id; });
  if (line == lines_.end()) {
    lines_.emplace_back(id, std::move(text));
  } else {
    line->second = std::move(text);
  }
  redraw();
}

void LiveLines::finish(std::size_t id, std::string text) {
  erase();
  terminal_.print(text);
  std::erase_if(lines_, [&](const auto& line) { return line.first == id; });
  redraw();
}

void LiveLines::erase() {
  if (drawn_ > 0) terminal_.write("\033[" + std::to_string(drawn_) + "F\033[J");
  drawn_ = 0;
}

void LiveLines::redraw() {
  if (!terminal_.interactive()) return;
  erase();
  const auto width = static_cast<std::size_t>(terminal_.width());
  // A screen's worth at most: more could not be moved back over.
  constexpr std::size_t kMost = 20;
  for (const auto& [id, text] : lines_) {
    if (drawn_ == kMost) break;
    terminal_.write(clipped(text, width - 1) + "\n");
    ++drawn_;
  }
  if (last_.empty()) return;
  terminal_.write(clipped(last_, width - 1) + "\n");
  ++drawn_;
}

void LiveLines::update_last(std::string text) {
  if (text == last_) return;
  last_ = std::move(text);
  redraw();
}

void LiveLines::close() {
  erase();
  lines_.clear();
  last_.clear();
}

}  // namespace gradus
