#include "framework/bench/measure.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "framework/bench/machine.hpp"
#include "framework/core/text.hpp"

namespace gradus::bench {

Summary summarise(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  const double median =
      values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  return {median, values.front(), values.back()};
}

Interval interval_of_median(std::vector<double> values) {
  constexpr double kWanted = 0.95;
  std::sort(values.begin(), values.end());
  const auto count = static_cast<double>(values.size());
  // The true median lies below the value of rank r (from 0) where at most r values lie below it:
  // the heads of `count` coins. As much is missed at the other end.
  const auto heads = [count](double number) {
    return std::exp(std::lgamma(count + 1) - std::lgamma(number + 1) -
                    std::lgamma(count - number + 1) - count * std::log(2.0));
  };
  std::size_t rank = 0;
  double missed = heads(0);
  while (2 * (rank + 2) <= values.size()) {
    const double more = missed + heads(static_cast<double>(rank + 1));
    if (1 - 2 * more < kWanted) break;
    missed = more;
    ++rank;
  }
  return {values[rank], values[values.size() - 1 - rank], 1 - 2 * missed};
}

std::string with_range(const std::vector<double>& values) {
  const Summary s = summarise(values);
  const Interval interval = interval_of_median(values);
  const int digits = s.median < 10 ? 2 : 1;
  char range[96], inner[96] = "";
  std::snprintf(range, sizeof range, "%.*f (%.*f-%.*f)", digits, s.median, digits, s.min, digits,
                s.max);
  if (interval.low > s.min || interval.high < s.max) {
    std::snprintf(inner, sizeof inner, " [%.*f-%.*f]", digits, interval.low, digits, interval.high);
  }
  return std::string(range) + inner;
}

std::string worth_of(std::size_t count) {
  std::vector<double> ranks;
  for (std::size_t i = 0; i < count; ++i) ranks.push_back(static_cast<double>(i));
  const Interval interval = interval_of_median(ranks);
  char text[128];
  std::snprintf(text, sizeof text, "the %s of %zu values holds the true median at %.0f %%",
                interval.low > 0 ? "[interval]" : "range", count, 100 * interval.coverage);
  return text;
}

Json json_of(const std::vector<double>& values) {
  const Summary s = summarise(values);
  const Interval interval = interval_of_median(values);
  return {{"values", values},
          {"median", s.median},
          {"min", s.min},
          {"max", s.max},
          {"interval",
           {{"low", interval.low}, {"high", interval.high}, {"coverage", interval.coverage}}}};
}

std::vector<double> Row::compared() const {
  std::vector<double> out;
  if (!other) return out;
  for (std::size_t i = 0; i < std::min(ours.values.size(), other->values.size()); ++i) {
    const double a = other->values[i], b = ours.values[i];
    out.push_back(compare == "ratio" ? a / b : b - a);
  }
  return out;
}

void Sample::add(const Sample& other) {
  values.insert(values.end(), other.values.begin(), other.values.end());
  withheld.insert(withheld.end(), other.withheld.begin(), other.withheld.end());
}

Result<double> take(const Measure& measure, Sample& sample) {
  const Withheld withheld;
  GRADUS_TRY(const double value, measure());
  sample.values.push_back(value);
  sample.withheld.push_back(withheld.share());
  return value;
}

Status repeat(int rounds, bool warm_up, const Measure& measure, Sample& sample) {
  if (warm_up) {
    if (const auto unused = measure(); !unused) return unused.error();
  }
  for (int round = 0; round < rounds; ++round) {
    if (const auto taken = take(measure, sample); !taken) return taken.error();
  }
  return {};
}

Status alternate(int rounds, bool warm_up, const Measure& a, const Measure& b, Sample& sample_a,
                 Sample& sample_b) {
  for (int round = warm_up ? -1 : 0; round < rounds; ++round) {
    Sample this_a, this_b;  // a pair is whole or not there
    if (const auto taken = take(a, this_a); !taken) return taken.error();
    if (const auto taken = take(b, this_b); !taken) return taken.error();
    if (round < 0) continue;
    sample_a.add(this_a);
    sample_b.add(this_b);
  }
  return {};
}

Result<double> wall_ms(const Command& command, const std::vector<int>& exit_codes) {
  const auto start = std::chrono::steady_clock::now();
  GRADUS_TRY(const Completed done, gradus::run(command));
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  if (std::find(exit_codes.begin(), exit_codes.end(), done.exit_code) != exit_codes.end()) {
    return took.count();
  }
  const std::string said = done.err.empty() ? done.out : done.err;
  return infrastructure_error(
      command.argv.front(),
      "ended with exit code " + std::to_string(done.exit_code) + ": " +
          printable(said.substr(said.size() - std::min<std::size_t>(said.size(), 2000)), true));
}

}  // namespace gradus::bench
