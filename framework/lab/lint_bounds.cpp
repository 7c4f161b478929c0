// Thresholds that nothing can reach.

#include <algorithm>
#include <limits>

#include "framework/core/text.hpp"
#include "framework/lab/lint.hpp"

namespace gradus::lab {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Range {
  double low = -kInfinity, high = kInfinity;
};

/// The range that the keys beside one another leave: at_least, at_most and between.
Range range_of(const Json& options, const std::string& prefix) {
  Range range;
  for (const Option& option : options_of(options)) {
    if (option.path.substr(0, option.path.size() - option.name.size()) != prefix) continue;
    if (option.name == "between" && option.value->is_array() && option.value->size() == 2) {
      range.low = std::max(range.low, option.value->at(0).get<double>());
      range.high = std::min(range.high, option.value->at(1).get<double>());
    }
    if (!option.value->is_number()) continue;
    const double value = option.value->get<double>();
    if (option.name == "at_least") range.low = std::max(range.low, value);
    if (option.name == "at_most") range.high = std::min(range.high, value);
  }
  return range;
}

std::vector<std::string> prefixes_of(const Json& options) {
  std::vector<std::string> all;
  for (const Option& option : options_of(options)) {
    const std::string prefix = option.path.substr(0, option.path.size() - option.name.size());
    if (std::find(all.begin(), all.end(), prefix) == all.end()) all.push_back(prefix);
  }
  return all;
}

/// "best.key" names a varied key: the bounds beside it must let one of its values pass.
void lint_varied(const Lint& lint, const Json& options, const std::string& prefix,
                 const Range& range, const Task& task, const Node& node,
                 const std::string& subject) {
  const Json* key = value_at(options, prefix + "key");
  if (key == nullptr || !key->is_string()) return;
  std::vector<double> values;
  const Json left_out = {{"except", options.value("except", Json::array())}};
  for (const Arm* arm : arms_of(task, left_out)) {
    const auto at = arm->find(key->get<std::string>());
    if (at == arm->end() || !at->second.is_number()) return;  // words: see lint_arms.cpp
    values.push_back(at->second.get<double>());
  }
  const bool any = std::any_of(values.begin(), values.end(),
                               [&](double v) { return v >= range.low && v <= range.high; });
  if (any || values.empty()) return;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const bool below = range.high < *low;
  const std::string bound = below ? "at_most" : "at_least";
  lint.errors.add(place_of(node, prefix + bound),
                  subject + "." + prefix + bound + ": found " +
                      number(below ? range.high : range.low) + ", which no value of '" +
                      key->get<std::string>() + "' in task '" + task.id + "' meets; it goes from " +
                      number(*low) + " to " + number(*high));
}

/// "total" and "one_of" of a count beside its bounds and beside one another.
void lint_counts(const Lint& lint, const Json& options, const std::string& prefix,
                 const Range& range, const Node& node, const std::string& subject) {
  const Json* one_of = value_at(options, prefix + "one_of");
  const auto total = number_at(options, prefix + "total");
  const auto inside = [&](double count) { return count >= range.low && count <= range.high; };
  if (total && !inside(*total)) {
    lint.errors.add(place_of(node, prefix + "total"),
                    subject + "." + prefix + "total: found " + number(*total) +
                        ", which the bounds beside it shut out; wanted both to agree");
    return;
  }
  if (one_of == nullptr || !one_of->is_array() || one_of->empty()) return;
  const bool any = std::any_of(one_of->begin(), one_of->end(), [&](const Json& count) {
    const double value = count.get<double>();
    return inside(value) && (!total || value == *total);
  });
  if (any) return;
  lint.errors.add(place_of(node, prefix + "one_of"),
                  subject + "." + prefix + "one_of: found numbers that " +
                      (total ? "\"total\"" : std::string("the bounds")) + " beside them shut" +
                      (total ? "s" : "") + " out; wanted both to agree");
}

void lint_options(const Lint& lint, const Json& options, const Task& task, const Node& node,
                  const std::string& subject) {
  for (const std::string& prefix : prefixes_of(options)) {
    const Range range = range_of(options, prefix);
    if (range.low > range.high) {
      const bool between = place_of(node, prefix + "between").column != node.at.column ||
                           place_of(node, prefix + "between").line != node.at.line;
      lint.errors.add(place_of(node, prefix + (between ? "between" : "at_least")),
                      subject + "." + prefix + (between ? "between" : "at_least") +
                          ": found bounds that leave nothing between " + number(range.low) +
                          " and " + number(range.high) + ", wanted the smaller first");
      continue;
    }
    lint_varied(lint, options, prefix, range, task, node, subject);
    lint_counts(lint, options, prefix, range, node, subject);
  }
}

}  // namespace

void lint_bounds(const Lint& lint) {
  for_each_condition(lint, [](const Condition& at) {
    lint_options(at.lint, at.options, at.task, at.node, at.subject);
  });
}

}  // namespace gradus::lab
