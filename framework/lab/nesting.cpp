#include "framework/lab/nesting.hpp"

namespace gradus::lab {
namespace {

/// Goes through a TOML text, past strings and comments.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::optional<Place> find() {
    int dots = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        pass_over_comment();
      } else if (c == '"' || c == '\'') {
        pass_over_string(c);
      } else if (c == '.') {
        if (++dots >= kMostKeyParts) return place_;
        step();
      } else {
        if (!in_key(c)) dots = 0;
        step();
      }
    }
    return std::nullopt;
  }

 private:
  static bool in_key(char c) {
    return c == ' ' || c == '\t' || c == '_' || c == '-' || (c >= '0' && c <= '9') ||
           (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }
  void step() {
    if (text_[at_++] == '\n') {
      ++place_.line;
      place_.column = 1;
    } else {
      ++place_.column;
    }
  }
  void step(std::size_t count) {
    for (; count > 0 && at_ < text_.size(); --count) step();
  }
  void pass_over_comment() {
    while (at_ < text_.size() && text_[at_] != '\n') step();
  }
  /// To behind its end; a string of one line ends with its line at the latest, as the parser will
  /// say.
  void pass_over_string(char quote) {
    const std::string_view rest = text_.substr(at_);
    const bool long_one = rest.size() >= 3 && rest[1] == quote && rest[2] == quote;
    step(long_one ? 3 : 1);
    while (at_ < text_.size()) {
      const std::string_view here = text_.substr(at_);
      if (here[0] == '\\' && quote == '"') {
        step(2);
      } else if (here[0] == quote && !long_one) {
        return step();
      } else if (long_one && here.size() >= 3 && here[0] == quote && here[1] == quote &&
                 here[2] == quote) {
        return step(3);
      } else if (here[0] == '\n' && !long_one) {
        return;
      } else {
        step();
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Place place_;
};

}  // namespace

std::optional<Place> find_deep_key(std::string_view text) { return Scanner(text).find(); }

}  // namespace gradus::lab
