#pragma once

// Memory that is wanted next, fetched meanwhile. For files with loops alone, as lanes.hpp.

#include <stdint.h>

namespace gradus::worker::engine {
namespace {

/// Memory on its way into the cache while products, which need none, are computed: images that the
/// next products are made of, and where results go, which the processor would else fetch before it
/// overwrites them. What lays numbers out waits for memory half of its time without.
class Ahead {
 public:
  struct Range {
    const char *begin, *end;
  };
  /// In portions, by how much of `work` is done. `kept` will be read, `replaced` written.
  Ahead(Range kept, Range replaced, int64_t work)
      : kept_(kept.begin),
        replaced_(replaced.begin),
        kept_lines_(lines_of(kept)),
        replaced_lines_(lines_of(replaced)),
        share_(work > 0 ? 1.0F / static_cast<float>(work) : 0) {}

  /// Before so much work.
  void go_on(int64_t work) {
    done_ += static_cast<float>(work) * share_;
    kept_gone_ = fetch<0>(kept_, kept_gone_, kept_lines_);
    replaced_gone_ = fetch<1>(replaced_, replaced_gone_, replaced_lines_);
  }

 private:
  static constexpr int64_t kLine = 64;  // bytes
  static constexpr int kSecondLevel = 2;
  static int64_t lines_of(const Range& range) {
    return (range.end - range.begin + kLine - 1) / kLine;
  }
  template <int kToWrite>
  int64_t fetch(const char* from, int64_t gone, int64_t lines) const {
    const auto due = static_cast<int64_t>(done_ * static_cast<float>(lines));
    for (; gone < due; ++gone) __builtin_prefetch(from + gone * kLine, kToWrite, kSecondLevel);
    return gone;
  }

  const char *kept_, *replaced_;
  int64_t kept_lines_, replaced_lines_, kept_gone_ = 0, replaced_gone_ = 0;
  float share_, done_ = 0;  // of all work
};

}  // namespace
}  // namespace gradus::worker::engine
