#include "framework/supervisor/scores.hpp"

#include <algorithm>
#include <cmath>

namespace gradus::supervisor {
namespace {

constexpr std::size_t kBins = 10;

/// log Σ exp(row), in double.
double log_sum_exp(std::span<const float> row) {
  const double top = *std::max_element(row.begin(), row.end());
  double sum = 0;
  for (const float value : row) sum += std::exp(static_cast<double>(value) - top);
  return top + std::log(sum);
}

}  // namespace

bool Logits::finite() const {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

double cross_entropy(std::span<const float> row, std::uint8_t label) {
  return log_sum_exp(row) - static_cast<double>(row[label]);
}

std::int64_t predicted_class(std::span<const float> row) {
  return std::max_element(row.begin(), row.end()) - row.begin();
}

double confidence(std::span<const float> row) {
  return std::exp(static_cast<double>(*std::max_element(row.begin(), row.end())) -
                  log_sum_exp(row));
}

double mean_loss(const Logits& logits, std::span<const std::uint8_t> labels) {
  double sum = 0;
  for (std::int64_t i = 0; i < logits.count; ++i) {
    sum += cross_entropy(logits.row(i), labels[static_cast<std::size_t>(i)]);
  }
  return logits.count > 0 ? sum / static_cast<double>(logits.count) : 0;
}

double accuracy(const Logits& logits, std::span<const std::uint8_t> labels) {
  std::int64_t right = 0;
  for (std::int64_t i = 0; i < logits.count; ++i) {
    right += predicted_class(logits.row(i)) == labels[static_cast<std::size_t>(i)] ? 1 : 0;
  }
  return logits.count > 0 ? static_cast<double>(right) / static_cast<double>(logits.count) : 0;
}

Logits mean_of(const Logits& a, const Logits& b) {
  Logits mean{a.count, a.classes, std::vector<float>(a.values.size())};
  for (std::int64_t i = 0; i < a.count; ++i) {
    const auto one = a.row(i), other = b.row(i);
    const double shift_one = log_sum_exp(one), shift_other = log_sum_exp(other);
    for (std::size_t k = 0; k < one.size(); ++k) {
      const double x = static_cast<double>(one[k]) - shift_one;
      const double y = static_cast<double>(other[k]) - shift_other;
      const double larger = std::max(x, y);
      const double log_mean = larger + std::log1p(std::exp(std::min(x, y) - larger)) - std::log(2);
      mean.values[static_cast<std::size_t>(i) * one.size() + k] = static_cast<float>(log_mean);
    }
  }
  return mean;
}

SplitScore score(const Logits& logits, std::span<const std::uint8_t> labels) {
  SplitScore result;
  result.count = logits.count;
  result.accuracy = accuracy(logits, labels);
  result.loss = mean_loss(logits, labels);
  const auto classes = static_cast<std::size_t>(logits.classes);
  result.confusion.assign(classes, std::vector<std::int64_t>(classes, 0));
  result.calibration.resize(kBins);
  for (std::int64_t i = 0; i < logits.count; ++i) {
    const std::uint8_t label = labels[static_cast<std::size_t>(i)];
    const std::int64_t prediction = predicted_class(logits.row(i));
    ++result.confusion[label][static_cast<std::size_t>(prediction)];
    const double sure = confidence(logits.row(i));
    auto& bin = result.calibration[std::min(kBins - 1, static_cast<std::size_t>(sure * kBins))];
    ++bin.count;
    bin.confidence += sure;  // sums until the loop below divides
    bin.accuracy += prediction == label ? 1 : 0;
  }
  for (auto& bin : result.calibration) {
    if (bin.count == 0) continue;
    bin.confidence /= static_cast<double>(bin.count);
    bin.accuracy /= static_cast<double>(bin.count);
  }
  return result;
}

std::vector<Mistake> mistakes(const Logits& logits, std::span<const std::uint8_t> labels,
                              std::size_t limit) {
  std::vector<Mistake> wrong;
  for (std::int64_t i = 0; i < logits.count; ++i) {
    const std::int64_t label = labels[static_cast<std::size_t>(i)];
    const std::int64_t prediction = predicted_class(logits.row(i));
    if (prediction == label) continue;
    wrong.push_back({static_cast<std::uint32_t>(i), label, prediction, confidence(logits.row(i))});
  }
  std::stable_sort(wrong.begin(), wrong.end(),
                   [](const Mistake& a, const Mistake& b) { return a.confidence > b.confidence; });
  if (wrong.size() > limit) wrong.resize(limit);
  return wrong;
}

}  // namespace gradus::supervisor
