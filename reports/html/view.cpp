#include "reports/html/view.hpp"

#include "framework/core/text.hpp"

namespace gradus::reports {

View list() { return View(View::type::list); }

const char* trust_sign(Trust trust) {
  switch (trust) {
    case Trust::claimed:
      return "◇";
    case Trust::observed:
      return "◈";
    case Trust::recomputed:
      return "◆";
  }
  return "◇";
}

View verdict_icon(const std::string& verdict) {
  struct Row {
    const char *verdict, *name, *sign;
  };
  static constexpr Row kRows[] = {
      {"pass", "passed", "✓"}, {"partial", "partly", "~"}, {"fail", "failed", "✗"}};
  View icon;
  for (const Row& row : kRows) {
    if (verdict != row.verdict) continue;
    icon.set("class", std::string(row.verdict));
    icon.set("name", std::string(row.name));
    icon.set("sign", std::string(row.sign));
    return icon;
  }
  icon.set("class", std::string("open"));
  icon.set("name", std::string(verdict == "error" ? "not measured" : "not graded"));
  icon.set("sign", std::string("–"));
  return icon;
}

std::string percent_text(const std::optional<double>& fraction, int digits) {
  return fraction ? percent(*fraction, digits) : "–";
}

}  // namespace gradus::reports
