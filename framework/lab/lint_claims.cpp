// Rubric items that rest on what the submission's own process says, in a lab that does not take its
// word: they are never graded, whatever is handed in.

#include <algorithm>

#include "framework/core/text.hpp"
#include "framework/lab/lint.hpp"

namespace gradus::lab {
namespace {

/// The claimed probes that options of the check ask for.
std::vector<std::string> claims_of(const Lint& lint, const NamedSpec& check, const Json& options) {
  std::vector<std::string> names = check.needs_probes, claims;
  for (const KeySpec& key : check.keys) {
    if (key.type != ValueType::probes || !options.contains(key.name)) continue;
    for (const Json& name : options[key.name]) names.push_back(name.get<std::string>());
  }
  for (const std::string& name : names) {
    const NamedSpec* probe = spec_named(lint.vocabulary.probes, name);
    if (probe != nullptr && probe->claimed) claims.push_back("'" + name + "'");
  }
  return claims;
}

void lint_item(const Lint& lint, const RubricItem& item, const Node& node) {
  const NamedSpec* check = spec_named(lint.vocabulary.checks, item.check);
  if (check == nullptr || item.accept_claimed) return;
  std::vector<std::string> claims = claims_of(lint, *check, item.options);
  for (const RubricItem::Partial& partial : item.partial) {
    for (const std::string& name : claims_of(lint, *check, partial.options)) {
      if (std::find(claims.begin(), claims.end(), name) == claims.end()) claims.push_back(name);
    }
  }
  if (!check->claimed && claims.empty()) return;
  const std::string source =
      check->claimed ? "check '" + check->name + "'" : "probe " + enumerate(claims, "and");
  lint.errors.add(place_of(node, check->claimed ? "check" : "probe"),
                  "rubric." + item.id + ": found " + source +
                      ", known only from what the submission's process claims, so that the item is "
                      "never graded; wanted accept_claimed = true, or a question that Gradus can "
                      "answer itself");
}

}  // namespace

void lint_claims(const Lint& lint) {
  for (std::size_t i = 0; i < lint.lab.rubric.size(); ++i)
    lint_item(lint, lint.lab.rubric[i], item_of(lint.root, "rubric", i));
}

}  // namespace gradus::lab
