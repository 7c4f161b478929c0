#include "reports/testing/markup.hpp"

#include <cctype>
#include <vector>

namespace gradus::reports::testing {
namespace {

constexpr std::string_view kSpace = " \n\t";

std::string near(std::string_view page, std::size_t at) {
  return " near: " + std::string(page.substr(at, 60));
}

/// Problem of the attributes after the tag's name; `tag` is without < > and /.
std::string attribute_problem(std::string_view tag) {
  std::size_t at = tag.find_first_of(kSpace);
  while (at != std::string_view::npos) {
    at = tag.find_first_not_of(kSpace, at);
    if (at == std::string_view::npos) return "";
    // XML allows space around the equals sign, and gnuplot writes fill = 'rgb(0, 0, 0)'.
    const std::size_t name_end = tag.find_first_of(" \n\t=", at);
    const std::size_t equals = tag.find_first_not_of(kSpace, name_end);
    if (equals == std::string_view::npos || tag[equals] != '=') return "attribute without a value";
    const std::size_t open = tag.find_first_not_of(kSpace, equals + 1);
    if (open == std::string_view::npos) return "attribute without a value";
    const char quote = tag[open];
    if (quote != '"' && quote != '\'') return "attribute without quotes";
    const std::size_t end = tag.find(quote, open + 1);
    if (end == std::string_view::npos) return "attribute without its second quote";
    at = end + 1 < tag.size() ? end + 1 : std::string_view::npos;
  }
  return "";
}

bool is_entity(std::string_view text) {
  const std::size_t end = text.find(';');
  if (end == std::string_view::npos || end < 2 || end > 8) return false;
  for (const char c : text.substr(1, end - 1)) {
    if (c != '#' && std::isalnum(static_cast<unsigned char>(c)) == 0) return false;
  }
  return true;
}

}  // namespace

std::string markup_problem(std::string_view page) {
  std::vector<std::string> open;
  std::size_t at = page.starts_with("<!DOCTYPE html>") ? 15 : 0;
  while (at < page.size()) {
    const char c = page[at];
    if (c == '&' && !is_entity(page.substr(at))) return "bare &" + near(page, at);
    if (c != '<') {
      ++at;
      continue;
    }
    // Quotes may hold a '>'.
    std::size_t end = at + 1;
    for (char quote = 0; end < page.size() && (quote != 0 || page[end] != '>'); ++end) {
      if (quote != 0 ? page[end] == quote : (page[end] == '"' || page[end] == '\'')) {
        quote = quote != 0 ? '\0' : page[end];
      }
    }
    if (end >= page.size()) return "tag without an end" + near(page, at);
    std::string_view tag = page.substr(at + 1, end - at - 1);
    const bool closing = tag.starts_with('/'), single = tag.ends_with('/');
    if (closing) tag.remove_prefix(1);
    if (single) tag.remove_suffix(1);
    const std::string name(tag.substr(0, tag.find_first_of(kSpace)));
    if (name.empty() || std::isalpha(static_cast<unsigned char>(name[0])) == 0) {
      return "bare <" + near(page, at);
    }
    if (const std::string problem = attribute_problem(tag); !problem.empty()) {
      return problem + near(page, at);
    }
    if (closing) {
      if (open.empty() || open.back() != name)
        return "</" + name + "> closes nothing" + near(page, at);
      open.pop_back();
    } else if (!single) {
      open.push_back(name);
    }
    at = end + 1;
  }
  return open.empty() ? "" : "<" + open.back() + "> is never closed";
}

}  // namespace gradus::reports::testing
