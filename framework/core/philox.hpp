#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "framework/core/host_device.hpp"

namespace gradus {

/// What a stream of randomness is for: the first word of Philox's counter, so that no two uses of
/// one seed ever share numbers. Never renumber: results depend on it.
enum class Purpose : std::uint32_t {
  split = 1,    ///< which images are train and validation
  shuffle = 2,  ///< order of an epoch
  augment = 3,  ///< crop offset and flip of one image
  exam = 4,     ///< secret order of examined images
  probe = 5,    ///< images that a probe picks
  initial = 6,  ///< weights before training, where the recipe draws them
};

/// Philox4x32-10, a counter-based generator (Salmon et al., SC 2011, "Parallel random numbers: as
/// easy as 1, 2, 3"): any element of any stream can be computed on its own, on the CPU as on a GPU.
GRADUS_HOST_DEVICE inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                                              std::array<std::uint32_t, 2> key) {
  constexpr std::uint32_t kM0 = 0xD2511F53U, kM1 = 0xCD9E8D57U, kW0 = 0x9E3779B9U,
                          kW1 = 0xBB67AE85U;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{kM0} * counter[0];
    const std::uint64_t p1 = std::uint64_t{kM1} * counter[2];
    counter = {
        static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
        static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += kW0;
    key[1] += kW1;
  }
  return counter;
}

/// Four words for (seed, purpose, epoch, item).
GRADUS_HOST_DEVICE inline std::array<std::uint32_t, 4> philox(std::uint64_t seed, Purpose purpose,
                                                              std::uint32_t epoch,
                                                              std::uint64_t item) {
  return philox({static_cast<std::uint32_t>(item), static_cast<std::uint32_t>(item >> 32), epoch,
                 static_cast<std::uint32_t>(purpose)},
                {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
}

/// Uniform integer in [0, bound) from one 32-bit word (multiply-shift; bias below bound / 2^32).
GRADUS_HOST_DEVICE inline std::uint32_t bounded(std::uint32_t word, std::uint32_t bound) {
  return static_cast<std::uint32_t>((std::uint64_t{word} * bound) >> 32);
}

/// Permutation of 0..n-1 by Fisher-Yates, the same on every platform (std::shuffle differs).
inline std::vector<std::uint32_t> permutation(std::uint64_t seed, Purpose purpose,
                                              std::uint32_t epoch, std::uint32_t n) {
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  for (std::uint32_t i = n; i > 1; --i) {
    const std::uint32_t j = bounded(philox(seed, purpose, epoch, i)[0], i);
    std::swap(order[i - 1], order[j]);
  }
  return order;
}

}  // namespace gradus
