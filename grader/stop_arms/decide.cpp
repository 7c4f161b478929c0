#include "grader/stop_arms/decide.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "framework/core/text.hpp"

namespace gradus::grader {
namespace {

/// 0.3 × 10 is 2.9999999999999996, and three are meant.
constexpr double kRounding = 1e-9;

std::int64_t last_epoch(const Evidence& evidence) {
  const Json& plan = evidence.plan;
  if (!plan.is_object()) return 0;
  const std::int64_t stop = plan.value("stop_after", std::int64_t{0});
  if (stop > 0) return stop;
  const Json recipe = plan.value("recipe", Json::object());
  return recipe.is_object() ? recipe.value("epochs", std::int64_t{0}) : 0;
}

/// The mean of .6 and .7 is .65 to a reader: figures that differ by less than 1e-9 are equal.
long long whole(double figure) { return std::llround(figure * 1e9); }

std::string ordinal(std::size_t n) {
  const std::size_t ten = n % 100;
  const char* ending = ten >= 11 && ten <= 13 ? "th"
                       : n % 10 == 1          ? "st"
                       : n % 10 == 2          ? "nd"
                       : n % 10 == 3          ? "rd"
                                              : "th";
  return std::to_string(n) + ending;
}

std::string spelled(std::size_t n) {
  constexpr std::array kWords = {"none", "one",   "two",   "three", "four", "five",
                                 "six",  "seven", "eight", "nine",  "ten"};
  return n < kWords.size() ? kWords[n] : std::to_string(n);
}

/// Places from 1, the best first; equal figures in the lab's order.
std::vector<std::size_t> places(const std::vector<std::optional<double>>& figures) {
  std::vector<std::size_t> order(figures.size()), place(figures.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (!figures[a] || !figures[b]) return figures[a].has_value() && !figures[b];
    return whole(*figures[a]) > whole(*figures[b]);
  });
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i + 1;
  return place;
}

/// Of an even number the mean of the two in the middle; none of nothing.
std::optional<double> median(const std::vector<std::optional<double>>& figures) {
  std::vector<double> values;
  for (const auto& figure : figures) {
    if (figure) values.push_back(*figure);
  }
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace

std::optional<double> figure_at(const Evidence& evidence, std::int64_t rung) {
  if (evidence.diverged_epoch && *evidence.diverged_epoch <= rung) return std::nullopt;
  if (evidence.status == "failed" && last_epoch(evidence) <= rung) return std::nullopt;
  std::optional<double> best;
  for (const EpochRecord& record : evidence.epochs) {
    if (record.epoch < 1 || record.epoch > rung || !record.val_accuracy) continue;
    if (std::isfinite(*record.val_accuracy) && (!best || *record.val_accuracy > *best))
      best = record.val_accuracy;
  }
  return best;
}

bool over(const Evidence& evidence) {
  return evidence.status != "done" || evidence.stopped_epoch.has_value();
}

bool ended_by(const Evidence& evidence, std::int64_t rung) {
  return evidence.status == "done" && evidence.stopped_epoch && *evidence.stopped_epoch <= rung;
}

bool reaches(const Evidence& evidence, std::int64_t rung) {
  return over(evidence) || last_epoch(evidence) >= rung;
}

std::optional<double> mean_figure(const std::vector<std::optional<double>>& trials) {
  double sum = 0;
  for (const auto& trial : trials) {
    if (!trial) return std::nullopt;
    sum += *trial;
  }
  if (trials.empty()) return std::nullopt;
  return sum / static_cast<double>(trials.size());
}

std::vector<ArmDecision> decide(const lab::StopArms& stop,
                                const std::vector<std::optional<double>>& figures) {
  std::vector<ArmDecision> decisions(figures.size());
  const std::vector<std::size_t> place = places(figures);
  const bool halving = stop.rule == "successive_halving";
  const auto share = std::floor(stop.keep * static_cast<double>(figures.size()) + kRounding);
  const std::size_t quota = std::max<std::size_t>(1, static_cast<std::size_t>(share));
  const std::optional<double> middle = median(figures);
  for (std::size_t i = 0; i < figures.size(); ++i) {
    ArmDecision& one = decisions[i];
    one.place = place[i];
    one.goes_on =
        figures[i] && (halving ? place[i] <= quota : whole(*figures[i]) >= whole(*middle));
    if (one.goes_on) continue;
    const std::string name = halving ? "halving: " : "median rule: ";
    if (!figures[i]) {
      one.why = name + "no accuracy to compare";
    } else if (halving) {
      one.why = name + ordinal(place[i]) + " of " + std::to_string(figures.size()) + ", best " +
                spelled(quota) + (quota == 1 ? " goes on" : " go on");
    } else {
      one.why = name + percent(*figures[i]) + ", the median is " + percent(*middle);
    }
  }
  return decisions;
}

}  // namespace gradus::grader
