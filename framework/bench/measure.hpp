#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "framework/core/process.hpp"
#include "framework/core/result.hpp"
#include "framework/record/plan.hpp"

namespace gradus::bench {

/// What one thing took, time after time.
struct Sample {
  std::string label;
  std::vector<double> values;
  std::vector<double> withheld = {};  ///< of processor time by the host meanwhile, 0 to 1; one each
  void add(const Sample& other);
};

struct Summary {
  double median = 0, min = 0, max = 0;
};
/// Of at least one value; the median of an even number is the mean of the middle two.
Summary summarise(std::vector<double> values);

/// An interval that holds the true median with probability `coverage`, whatever the values'
/// distribution, as long as they are independent of each other.
struct Interval {
  double low = 0, high = 0, coverage = 0;
};
/// Between the values of the same rank from either end, of those intervals the narrowest that
/// covers the median with at least 95 % (David and Nagaraja, Order Statistics, section 7.1). Fewer
/// than six values: their range, which covers it with 1 - 2^(1-n). Of at least one value.
Interval interval_of_median(std::vector<double> values);

/// For the table: "3.50 (3.20-5.10)", median and range, and where the interval is narrower than the
/// range "[3.40-3.90]" after it.
std::string with_range(const std::vector<double>& values);
/// What that is worth: "the range of 3 values holds the true median at 75 %".
std::string worth_of(std::size_t count);
/// For SUITE.json: values, median, min, max, interval.
Json json_of(const std::vector<double>& values);

/// One line of the table.
struct Row {
  std::string name;  ///< "command start: gradus --version"
  std::string unit;  ///< "ms", "s", "MB/s"
  Sample ours;
  std::optional<Sample> other;  ///< measured in turn with ours; pair i is (other[i], ours[i])
  /// What is made of a pair: "ratio" (other / ours) or "difference" (ours - other).
  std::string compare;
  std::string goal;  ///< for people: "<= 20 ms"; only stated, never asserted
  std::string note;
  // Of a training beside a peer, for the figure; otherwise empty.
  std::string work = {};  ///< "SimpleNN, one run"
  std::string peer = {};  ///< "eager" or "tuned"
  double goal_ratio = 0;  ///< the goal as a number

  /// One value a pair; empty without `other`.
  std::vector<double> compared() const;
};

/// A measurement in the row's unit.
using Measure = std::function<Result<double>()>;

/// Adds one value to the sample, with what the host withheld meanwhile.
Result<double> take(const Measure& measure, Sample& sample);

/// Measures a, b, a, b, ... `rounds` times, so that what drifts (clock speed, neighbours) falls on
/// both. One round before is thrown away where `warm_up`.
Status alternate(int rounds, bool warm_up, const Measure& a, const Measure& b, Sample& sample_a,
                 Sample& sample_b);
Status repeat(int rounds, bool warm_up, const Measure& measure, Sample& sample);

/// Wall time of a child that must end with one of `exit_codes`; its output is quoted if it does
/// not.
Result<double> wall_ms(const Command& command, const std::vector<int>& exit_codes = {0});

}  // namespace gradus::bench
