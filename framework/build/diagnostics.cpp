#include "framework/build/diagnostics.hpp"

#include <algorithm>
#include <regex>
#include <set>

#include "framework/core/text.hpp"

namespace gradus::build {
namespace {

/// How a compiler's line begins a message; everything until the next such line belongs to it.
enum class Line { error, warning, note, prelude, other };

Line kind_of(const std::string& line) {
  static const std::regex message(R"(^(.*: )?(fatal error|error|warning|note|remark): )");
  if (line.starts_with("In file included from") || line.starts_with("                 from ")) {
    return Line::prelude;
  }
  // g++'s lead-in: "net.cpp: In member function …:"
  if (line.ends_with(":") && (line.find(": In ") != std::string::npos ||
                              line.find(": At global scope") != std::string::npos)) {
    return Line::prelude;
  }
  std::smatch match;
  // A compiler's own messages are short; a hostile #error line is cut before the matcher sees it.
  const std::string head = line.substr(0, 512);
  if (!std::regex_search(head, match, message)) return Line::other;
  const std::string word = match[2];
  if (word == "note") return Line::note;
  return word == "warning" || word == "remark" ? Line::warning : Line::error;
}

bool is_count(const std::string& line) {
  return line.ends_with(" generated.") || line.starts_with("compilation terminated");
}

std::string cut(const std::vector<std::string>& lines, std::size_t most) {
  const std::size_t shown = std::min(lines.size(), most);
  std::string text = join(std::span(lines).first(shown), "\n");
  if (lines.size() > shown) {
    text += "\n… (" + std::to_string(lines.size() - shown) + " more lines)";
  }
  return text;
}

std::set<std::string> all_matches(const std::string& text, const std::regex& pattern) {
  std::set<std::string> found;
  for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) {
    if (found.size() < 5) found.insert((*it)[1]);
  }
  return found;
}

std::string quoted(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "'" : ", '") + name + "'";
  return text;
}

}  // namespace

std::string rename(std::string text,
                   const std::vector<std::pair<std::string, std::string>>& names) {
  for (const auto& [from, to] : names) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
  }
  return text;
}

std::string first_errors(const std::string& output, std::size_t lines) {
  std::vector<std::string> kept, prelude, all;
  bool keeping = false;
  for (const std::string& line : split(output, '\n')) {
    if (line.empty() || is_count(line)) continue;
    all.push_back(line);
    switch (kind_of(line)) {
      case Line::prelude:
        prelude.push_back(line);
        keeping = false;
        continue;
      case Line::error:
        keeping = true;
        break;
      case Line::warning:
        keeping = false;
        break;
      case Line::note:
      case Line::other:
        break;  // belongs to the message before it
    }
    if (keeping) {
      kept.insert(kept.end(), prelude.begin(), prelude.end());
      kept.push_back(line);
    }
    prelude.clear();
  }
  return cut(kept.empty() ? all : kept, lines);
}

LinkProblem explain_link(const std::string& output) {
  const std::string text = output.substr(0, 65536);
  // mold names the two objects before the symbol: "duplicate symbol: a.cpp: b.cpp: f()".
  static const std::regex registered(
      R"((?:duplicate symbol: |multiple definition of [`'])(?:[^\n']{0,300}: )?gradus_registered_([A-Za-z0-9_]+))");
  static const std::regex duplicate(
      R"((?:duplicate symbol: (?:[^\n:]{1,300}: ){0,2}|multiple definition of [`'])([^'\n]{1,300}))");
  static const std::regex undefined(
      R"((?:undefined symbol: |undefined reference to [`'])([^'\n]{1,300}))");
  if (auto names = all_matches(text, registered); !names.empty()) {
    std::set<std::string> readable;
    for (std::string name : names) {  // "model_my_net" → "model my_net"
      if (const auto bar = name.find('_'); bar != std::string::npos) name[bar] = ' ';
      readable.insert(name);
    }
    return {"the plugin " + quoted(readable) + " is registered more than once",
            "give each plugin a name of its own, and register it in one *.cpp, not in a header"};
  }
  if (const auto names = all_matches(text, undefined); !names.empty()) {
    return {"nothing defines " + quoted(names) + ", although the sources use it (undefined symbol)",
            "define it in one of the folder's *.cpp, or remove its use"};
  }
  if (const auto names = all_matches(text, duplicate); !names.empty()) {
    return {quoted(names) + " is defined in more than one source",
            "define it in one *.cpp only, or make it inline"};
  }
  return {"the linker failed:\n" + cut(split(text, '\n'), 20), "see the linker's message"};
}

}  // namespace gradus::build
