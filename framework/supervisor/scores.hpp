#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "framework/record/evidence.hpp"

namespace gradus::supervisor {

/// Outputs float32 [N, K] of a set of images, in the set's own order.
struct Logits {
  std::int64_t count = 0, classes = 0;
  std::vector<float> values;

  std::span<const float> row(std::int64_t index) const {
    return std::span(values).subspan(static_cast<std::size_t>(index * classes),
                                     static_cast<std::size_t>(classes));
  }
  bool finite() const;
};

/// −log softmax(row)[label], in double; shifted by the row's maximum, so that it never overflows.
double cross_entropy(std::span<const float> row, std::uint8_t label);
/// Index of the largest output, the first on ties.
std::int64_t predicted_class(std::span<const float> row);
/// The largest probability of softmax(row).
double confidence(std::span<const float> row);
/// Mean cross-entropy; labels [N].
double mean_loss(const Logits& logits, std::span<const std::uint8_t> labels);
/// Fraction of rows whose prediction is the label; 0 for an empty set.
double accuracy(const Logits& logits, std::span<const std::uint8_t> labels);

/// log of the mean of softmax(a) and softmax(b), row by row: outputs whose probabilities are the
/// mean of both. Its loss is never above the mean of both losses. Wanted: finite outputs of equal
/// shapes.
Logits mean_of(const Logits& a, const Logits& b);

/// Everything about one split. Wanted: finite logits, labels below K.
SplitScore score(const Logits& logits, std::span<const std::uint8_t> labels);

/// Wrong predictions, most confident first, lowest index first on ties; at most `limit`.
struct Mistake {
  std::uint32_t index = 0;
  std::int64_t label = 0, prediction = 0;
  double confidence = 0;
};
std::vector<Mistake> mistakes(const Logits& logits, std::span<const std::uint8_t> labels,
                              std::size_t limit = 64);

}  // namespace gradus::supervisor
