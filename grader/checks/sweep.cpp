#include <algorithm>
#include <limits>

#include "framework/core/text.hpp"
#include "framework/lab/key.hpp"
#include "grader/checks/bounds.hpp"
#include "grader/checks/measure.hpp"

namespace gradus::grader {
namespace {

using lab::Key;
using lab::ValueType;
using Arms = std::vector<Measured>;

/// One condition's outcome; conditions are joined by grade of trouble.
struct Condition {
  bool holds = true;
  std::string found, wanted, reason;
};

bool finite(const Measured& arm) { return arm.state == Measured::State::value; }
std::string shown(const Measured& arm) { return finite(arm) ? percent(arm.value) : "diverged"; }

bool listed(const Json& options, const Measured& arm) {
  return options.contains("except") &&
         std::any_of(options.at("except").begin(), options.at("except").end(),
                     [&](const Json& out) { return matches(arm.arm, out); });
}

Condition best_condition(const Json& best, const Arms& arms) {
  Condition out;
  const std::string key = best.at("key").get<std::string>();
  const bool low = best.contains("at_least"), high = best.contains("at_most");
  std::vector<std::string> wants;
  if (low) wants.push_back("at least " + number(best.at("at_least").get<double>()));
  if (high) wants.push_back("at most " + number(best.at("at_most").get<double>()));
  out.wanted = "best " + key + " " + join(wants, " and ");
  double top = -1;
  for (const Measured& arm : arms) {
    if (finite(arm)) top = std::max(top, arm.value);
  }
  out.holds = false;
  std::vector<std::string> winners;
  for (const Measured& arm : arms) {
    if (!finite(arm) || arm.value < top)
      continue;  // several where they tie: one that fits is enough
    const auto at = arm.arm.find(key);
    if (at == arm.arm.end() || !at->second.is_number()) continue;
    const double value = at->second.get<double>();
    winners.push_back(number(value));
    out.holds = out.holds || ((!low || value >= best.at("at_least").get<double>()) &&
                              (!high || value <= best.at("at_most").get<double>()));
  }
  if (winners.empty()) {
    out.found = top < 0 ? "every arm diverged" : "no number";
    out.reason =
        top < 0
            ? "Every arm diverged, so none is best: check the network before the sweep."
            : "The values of " + key + " are no numbers, so none is at most or at least another.";
    return out;
  }
  out.found = "best " + key + " " + join(winners, ", ") + " (" + percent(top) + ")";
  out.reason =
      "The best " + key + " is " + join(winners, ", ") + " with " + percent(top) + ", wanted " +
      join(wants, " and ") +
      (out.holds
           ? "."
           : ": compare the arms' curves; an arm that fails or stops early distorts the sweep.");
  return out;
}

Condition worst_condition(const Json& worst, const Arms& arms) {
  Condition out;
  const double margin = worst.value("margin", 0.0);
  const std::string name = arm_text(worst.at("arm"));
  out.wanted = margin < 0
                   ? name + " at most " + short_points(-margin) + " above the worst of the rest"
                   : name + " worst" + (margin > 0 ? " by at least " + short_points(margin) : "");
  // A diverged arm is worse than any that is not, by any margin.
  constexpr double kDiverged = -std::numeric_limits<double>::infinity();
  double chosen = std::numeric_limits<double>::infinity(),
         rest = std::numeric_limits<double>::infinity();
  std::string chosen_text, rest_text;
  for (const Measured& arm : arms) {
    const double value = finite(arm) ? arm.value : kDiverged;
    const bool is_chosen = matches(arm.arm, worst.at("arm"));
    double& lowest = is_chosen ? chosen : rest;
    if (value < lowest) {
      lowest = value;
      (is_chosen ? chosen_text : rest_text) =
          is_chosen ? shown(arm) : shown(arm) + " at " + arm_text(arm.arm);
    }
  }
  out.holds = rest > kDiverged && rest - chosen >= margin;
  out.found = name + ": " + chosen_text + ", the worst of the rest: " + rest_text;
  out.reason = "With " + name + " the result is " + chosen_text + ", the worst of the rest is " +
               rest_text + ", wanted " + out.wanted +
               (out.holds ? "."
                          : ": check that the arm's value reaches the optimizer and that the other "
                            "arms trained properly.");
  return out;
}

Condition within_condition(double margin, const Arms& arms) {
  Condition out;
  out.wanted = "the rest within " + short_points(margin);
  const Measured *lowest = nullptr, *highest = nullptr;
  for (const Measured& arm : arms) {
    if (!finite(arm)) {
      out.holds = false;
      out.found = arm_text(arm.arm) + " diverged";
      out.reason = "With " + arm_text(arm.arm) + " " + arm.why + ", wanted " + out.wanted + ".";
      return out;
    }
    if (lowest == nullptr || arm.value < lowest->value) lowest = &arm;
    if (highest == nullptr || arm.value > highest->value) highest = &arm;
  }
  if (lowest == nullptr) return out;
  const double spread = highest->value - lowest->value;
  out.holds = spread <= margin;
  out.found = "spread " + short_points(spread);
  out.reason =
      "The rest lies from " + percent(lowest->value) + " (" + arm_text(lowest->arm) + ") to " +
      percent(highest->value) + " (" + arm_text(highest->arm) + "), wanted " + out.wanted +
      (out.holds ? "." : ": these values should hardly matter; look at the lowest arm's curve.");
  return out;
}

Condition floor_condition(double floor, const Arms& arms) {
  Condition out;
  out.wanted = "each at least " + short_percent(floor);
  const Measured* lowest = nullptr;
  for (const Measured& arm : arms) {
    if (lowest == nullptr || (finite(*lowest) && (!finite(arm) || arm.value < lowest->value)))
      lowest = &arm;
  }
  if (lowest == nullptr) return out;
  out.holds = finite(*lowest) && lowest->value >= floor;
  out.found = "lowest " + shown(*lowest) + " (" + arm_text(lowest->arm) + ")";
  out.reason = "The lowest arm, " + arm_text(lowest->arm) + ", reaches " + shown(*lowest) +
               ", wanted " + out.wanted +
               (out.holds ? "."
                          : ": look at that arm's curve; it may need more epochs, or the network "
                            "is at fault in all of them.");
  return out;
}

CheckResult run(const CheckInput& input) {
  const Json& options = input.options;
  const std::string score = options.value("of", "best_val");
  Arms considered, rest;  // rest: without the arm that should be worst
  for (Measured& arm : measure_arms(input, accuracy_of(score), score + " accuracy")) {
    if (listed(options, arm)) continue;
    if (arm.state == Measured::State::failed || arm.state == Measured::State::not_graded) {
      CheckResult result = stopped(arm, "a result of every arm");
      result.reason = "At " + arm_text(arm.arm) + ": " + result.reason;
      return result;
    }
    if (!options.contains("worst") || !matches(arm.arm, options.at("worst").at("arm")))
      rest.push_back(arm);
    considered.push_back(std::move(arm));
  }
  std::vector<Condition> conditions;
  if (options.contains("best"))
    conditions.push_back(best_condition(options.at("best"), considered));
  if (options.contains("worst"))
    conditions.push_back(worst_condition(options.at("worst"), considered));
  if (options.contains("within"))
    conditions.push_back(within_condition(options.at("within").get<double>(), rest));
  if (options.contains("all_at_least"))
    conditions.push_back(floor_condition(options.at("all_at_least").get<double>(), rest));

  CheckResult result;
  std::vector<std::string> found, wanted, reasons;
  bool all = true;
  for (const Condition& condition : conditions) all = all && condition.holds;
  for (const Condition& condition : conditions) {
    wanted.push_back(condition.wanted);
    if (!all && condition.holds) continue;  // a failure speaks of what failed
    found.push_back(condition.found);
    reasons.push_back(condition.reason);
  }
  result.verdict = all ? CheckResult::Verdict::pass : CheckResult::Verdict::fail;
  result.found = join(found, "; ");
  result.wanted = join(wanted, "; ");
  result.reason = join(reasons, " ");
  return result;
}

}  // namespace

CheckInfo sweep_check() {
  lab::NamedSpec spec;
  spec.name = "sweep";
  spec.help =
      "Compares the arms of a task, each by its mean over trials: which value is best, which arm "
      "is worst by a "
      "margin, how far the rest (all arms but the worst one and `except`) spreads, and its floor.";
  spec.keys = {
      Key(ValueType::text, "of", "which accuracy")
          .one_of({"best_val", "final_val", "test", "test_mirror", "train"})
          .or_else("best_val"),
      Key(ValueType::varied, "best.key", "varied key whose best value is judged"),
      Key(ValueType::number, "best.at_most", "the best value is at most this"),
      Key(ValueType::number, "best.at_least", "the best value is at least this"),
      Key(ValueType::arm, "worst.arm", "the arm that should be worst"),
      Key(ValueType::difference, "worst.margin",
          "by how much; negative: it may be better by so much")
          .or_else(0.0),
      Key(ValueType::fraction, "within", "largest spread of the rest"),
      Key(ValueType::fraction, "all_at_least", "floor of the rest"),
      Key(ValueType::arms, "except", "arms that are left out of everything"),
  };
  spec.task_kinds = {"train"};
  spec.needs_whole_arms = {"worst", "within", "all_at_least"};
  spec.one_of = {"best.at_most", "best.at_least", "worst.arm", "within", "all_at_least"};
  spec.together = {
      {"best.at_most", "best.key"}, {"best.at_least", "best.key"}, {"worst.margin", "worst.arm"}};
  return {std::move(spec), run};
}

}  // namespace gradus::grader
