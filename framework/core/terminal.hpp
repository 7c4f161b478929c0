#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace gradus {

/// How to write to a person: colour only on a terminal and without NO_COLOR.
enum class Style { plain, bold, dim, good, bad, warn };

class Terminal {
 public:
  explicit Terminal(std::FILE* stream = stdout);
  bool interactive() const { return interactive_; }  ///< a real terminal: live lines allowed
  bool color() const { return color_; }
  int width() const;  ///< columns; 80 when unknown
  std::string styled(Style style, std::string_view text) const;
  void print(std::string_view line) const;  ///< one line, escaped by the caller
  void write(std::string_view text) const;  ///< as it is, without a line's end

 private:
  std::FILE* stream_;
  bool interactive_ = false, color_ = false;
};

/// A table with a header row; cells are printable() text; columns of numbers right-aligned.
struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::vector<std::vector<Style>> styles;  ///< empty, or one per cell
  std::vector<bool> right;                 ///< empty, or one per column: right-aligned
  std::string render(const Terminal& terminal) const;
};

/// N live lines (one a run) redrawn in place on a terminal; elsewhere a line is printed only when
/// finish() is called for it, so that logs stay short. Not thread-safe.
class LiveLines {
 public:
  explicit LiveLines(const Terminal& terminal) : terminal_(terminal) {}
  void update(std::size_t id, std::string text);  ///< adds the line on first use
  void finish(std::size_t id, std::string text);  ///< last state of the line; it scrolls away
  void update_last(std::string text);             ///< a line below all others; empty: none
  void close();                                   ///< removes what is drawn

 private:
  void erase();
  void redraw();
  const Terminal& terminal_;
  std::vector<std::pair<std::size_t, std::string>> lines_;
  std::string last_;
  std::size_t drawn_ = 0;
};

}  // namespace gradus
