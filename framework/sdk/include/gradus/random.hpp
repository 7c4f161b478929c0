#pragma once

#include <array>
#include <cmath>
#include <cstdint>

namespace gradus {

/// A small seeded random generator for augmentations: the numbers depend on (seed, epoch, item)
/// alone, so an image is changed the same way whatever batch it comes in, on every machine.
/// Philox4x32-10 (Salmon et al., SC 2011); streams of other seeds, epochs and items are
/// independent.
///
///   gradus::Random random(step.seed, step.epoch, image_index);
///   const int shift = random.between(-4, 4);
///   const bool mirrored = random.coin();
class Random {
 public:
  Random(std::uint64_t seed, std::int64_t epoch, std::int64_t item)
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
        epoch_(static_cast<std::uint32_t>(epoch)),
        item_(static_cast<std::uint64_t>(item)) {}

  /// 32 uniform bits.
  std::uint32_t bits() {
    if (used_ == 4) refill();
    return words_[used_++];
  }
  /// Uniform in [0, 1).
  double uniform() { return bits() * (1.0 / 4294967296.0); }
  /// Uniform in [low, high).
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Uniform whole number in [0, bound); 0 where bound is 0.
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>((std::uint64_t{bits()} * bound) >> 32);
  }
  /// Uniform whole number in [low, high], both included; low where high < low.
  int between(int low, int high) {
    if (high < low) return low;
    const auto range = static_cast<std::uint32_t>(std::int64_t{high} - low + 1);
    return static_cast<int>(low + std::int64_t{below(range)});
  }
  /// True with the given probability.
  bool coin(double probability = 0.5) { return uniform() < probability; }
  /// Normal with mean 0 and standard deviation 1 (Box-Muller; two words a number).
  double normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(6.283185307179586 * uniform());
  }

 private:
  void refill() {
    // The last counter word keeps these streams apart from the framework's own (purposes 1, 2, …).
    std::array<std::uint32_t, 4> c{static_cast<std::uint32_t>(item_),
                                   static_cast<std::uint32_t>(item_ >> 32), epoch_,
                                   0x80000000U + block_++};
    std::array<std::uint32_t, 2> key = key_;
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t p0 = std::uint64_t{0xD2511F53U} * c[0];
      const std::uint64_t p1 = std::uint64_t{0xCD9E8D57U} * c[2];
      c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ key[0], static_cast<std::uint32_t>(p1),
           static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ key[1], static_cast<std::uint32_t>(p0)};
      key[0] += 0x9E3779B9U;
      key[1] += 0xBB67AE85U;
    }
    words_ = c;
    used_ = 0;
  }

  std::array<std::uint32_t, 2> key_;
  std::uint32_t epoch_, block_ = 0;
  std::uint64_t item_;
  std::array<std::uint32_t, 4> words_{};
  unsigned used_ = 4;
};

}  // namespace gradus
