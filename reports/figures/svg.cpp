// gnuplot writes marks as <use xlink:href='#gpPt6' transform='…' color='…'/> of definitions in each
// document. Many documents in one page would define the same ids again, and definitions with
// currentColor break WeasyPrint, so marks are expanded here. This is a rewriting of text that one
// known program produced from our scripts, not an XML parser: what it does not know is an error.
#include "reports/figures/svg.hpp"

#include <array>
#include <string>

#include "framework/core/text.hpp"

namespace gradus::reports {
namespace {

struct Mark {
  const char* shape;  ///< element without its end
  bool filled;
};

/// gnuplot's marks 0 to 14 (term/svg.trm), drawn in a box of 2 by 2.
const std::array<Mark, 15>& marks() {
  static constexpr const char* kUp = "<path d='M0,-1.33 L-1.33,0.67 L1.33,0.67 z'";
  static constexpr const char* kDown = "<path d='M0,1.33 L1.33,-0.67 L-1.33,-0.67 z'";
  static constexpr const char* kDiamond = "<path d='M0,-1.414 L1.414,0 L0,1.414 L-1.414,0 z'";
  static constexpr const char* kPentagon =
      "<path d='M0,1.330 L1.265,0.411 L0.782,-1.067 L-0.782,-1.076 L-1.265,0.411 z'";
  static constexpr const char* kSquare = "<rect x='-1' y='-1' width='2' height='2'";
  static constexpr const char* kCircle = "<circle r='1'";
  static const std::array<Mark, 15> kMarks = {
      {{"<path d='M-1,0 h2 M0,-1 v2'", false},
       {"<path d='M-1,-1 L1,1 M1,-1 L-1,1'", false},
       {"<path d='M-1,0 L1,0 M0,-1 L0,1 M-1,-1 L1,1 M-1,1 L1,-1'", false},
       {kSquare, false},
       {kSquare, true},
       {kCircle, false},
       {kCircle, true},
       {kUp, false},
       {kUp, true},
       {kDown, false},
       {kDown, true},
       {kDiamond, false},
       {kDiamond, true},
       {kPentagon, false},
       {kPentagon, true}}};
  return kMarks;
}

/// Value of name='…' or name="…" in a tag; empty where absent.
std::string_view attribute(std::string_view tag, std::string_view name) {
  for (std::size_t at = tag.find(name); at != std::string_view::npos; at = tag.find(name, at + 1)) {
    const std::size_t quote = at + name.size() + 1;
    const bool whole = at > 0 && (tag[at - 1] == ' ' || tag[at - 1] == '\n' || tag[at - 1] == '\t');
    if (!whole || quote >= tag.size() || tag[quote - 1] != '=') continue;
    const std::size_t end = tag.find(tag[quote], quote + 1);
    return end == std::string_view::npos ? std::string_view()
                                         : tag.substr(quote + 1, end - quote - 1);
  }
  return {};
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

Result<std::string> expand_mark(std::string_view tag) {
  const std::string_view reference = attribute(tag, "xlink:href");
  constexpr std::string_view kPrefix = "#gpPt";
  std::size_t index = marks().size();
  if (reference.starts_with(kPrefix) && reference.size() <= kPrefix.size() + 2) {
    index = 0;
    for (const char c : reference.substr(kPrefix.size())) {
      index = c >= '0' && c <= '9' ? index * 10 + static_cast<std::size_t>(c - '0') : 99;
    }
  } else if (reference == "#gpDot") {
    index = 6;
  }
  const std::string color(attribute(tag, "color"));
  if (index >= marks().size() || color.empty()) {
    return infrastructure_error("gnuplot", "found an unknown mark in its SVG: " + std::string(tag),
                                "Gradus is made for gnuplot 5.4");
  }
  const Mark& mark = marks()[index];
  std::string transform(attribute(tag, "transform"));
  if (reference == "#gpDot") {  // mark 0 is the one that has a place in place of a transform
    transform = "translate(" + std::string(attribute(tag, "x")) + "," +
                std::string(attribute(tag, "y")) + ") scale(0.5)";
  }
  std::string element = "<g transform='" + transform + "'>" + mark.shape;
  element += mark.filled ? " fill='" + color + "' stroke='none'/>"
                         : " fill='#FFFFFF' stroke='" + color + "' stroke-width='0.45'/>";
  return element + "</g>";
}

/// Definitions, the title of gnuplot's own and everything before <svg are dropped.
Result<std::string> body_of(std::string_view document) {
  const std::size_t start = document.find("<svg");
  const std::size_t head_end = document.find('>', start == std::string_view::npos ? 0 : start);
  const std::size_t desc = document.find("</desc>");
  const std::size_t defs = document.find("<defs>"), defs_end = document.find("</defs>");
  const std::size_t end = document.rfind("</svg>");
  if (start == std::string_view::npos || head_end == std::string_view::npos ||
      desc == std::string_view::npos || defs == std::string_view::npos ||
      defs_end == std::string_view::npos || end == std::string_view::npos || desc > defs ||
      defs > defs_end || defs_end > end) {
    return infrastructure_error("gnuplot", "its output is not an SVG document of gnuplot 5.4",
                                "install gnuplot-nox 5.4");
  }
  std::string body(document.substr(desc + 7, defs - desc - 7));
  body += document.substr(defs_end + 7, end - defs_end - 7);
  return body;
}

/// Takes out what says nothing: a page has thousands of these elements, and WeasyPrint's time grows
/// with their number and attributes.
void slim(std::string& svg) {
  for (const char* nothing : {" font-family=\"DejaVu Sans Condensed\"", " stroke-linecap=\"butt\"",
                              " stroke-linejoin=\"miter\"", " color=\"black\"", "\t"}) {
    replace_all(svg, nothing, "");
  }
  for (std::size_t before = 0; before != svg.size();) {
    before = svg.size();
    replace_all(svg, "\n\n", "\n");
    // A group without content: from its <g to the </g> that follows at once.
    for (std::size_t end = 0; (end = svg.find(">\n</g>", end)) != std::string::npos;) {
      const std::size_t start = svg.rfind('<', end);
      if (start != std::string::npos && svg.compare(start, 2, "<g") == 0) {
        svg.erase(start, end + 6 - start);
        end = start;
      } else {
        end += 6;
      }
    }
  }
}

}  // namespace

std::vector<std::string> split_documents(std::string_view output) {
  std::vector<std::string> documents;
  for (std::size_t at = 0;;) {
    const std::size_t start = output.find("<svg", at);
    const std::size_t end = output.find("</svg>", start == std::string_view::npos ? at : start);
    if (start == std::string_view::npos || end == std::string_view::npos) return documents;
    documents.emplace_back(output.substr(start, end + 6 - start));
    at = end + 6;
  }
}

Result<std::string> inline_svg(std::string_view document, std::string_view title) {
  GRADUS_TRY(const std::string body, body_of(document));
  const std::string_view head = document.substr(0, document.find('>'));
  const std::string size(attribute(head, "viewBox"));
  std::string out = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='" + size + "' width='" +
                    std::string(attribute(head, "width")) + "' height='" +
                    std::string(attribute(head, "height")) +
                    "' role='img' font-family='DejaVu Sans Condensed, DejaVu Sans, Segoe UI, "
                    "Helvetica, sans-serif'>\n<title>" +
                    escape_html(title) + "</title>\n";
  std::string color = "black";  // of the group that is open: what currentColor means in it
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t open = body.find('<', at);
    if (open == std::string::npos) {
      out.append(body, at);
      break;
    }
    out.append(body, at, open - at);
    const std::size_t close = body.find('>', open);
    if (close == std::string::npos) {
      return infrastructure_error("gnuplot", "its SVG ends inside a tag", "render again");
    }
    std::string tag = body.substr(open, close - open + 1);
    at = close + 1;
    if (tag.starts_with("<use")) {
      GRADUS_TRY(const std::string mark, expand_mark(tag));
      out += mark;
      continue;
    }
    if (const auto own = attribute(tag, "color"); tag.starts_with("<g") && !own.empty())
      color = own;
    replace_all(tag, "currentColor", color);
    if (tag.starts_with("<g id=")) tag = "<g>";
    out += tag;
  }
  slim(out);
  return out + "</svg>";
}

std::string svg_file(const std::string& inline_element) {
  return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n" + inline_element + "\n";
}

}  // namespace gradus::reports
