#include "framework/worker/engine/parallel.hpp"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/TensorIterator.h>

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

namespace gradus::worker::engine {
namespace {

/// A thread's part of the work, from which others take when they have done theirs: a host may hold
/// up one of them at any time. On a line of the cache of its own.
struct alignas(64) Share {
  std::atomic<std::int64_t> next = 0;
  std::int64_t end = 0;

  /// A quarter of what is left, `grain` at least: [from, to), empty where nothing is. Large
  /// portions first, since each costs a call; small ones last, since somebody waits for the last
  /// one.
  std::pair<std::int64_t, std::int64_t> take(std::int64_t grain) {
    std::int64_t from = next.load(std::memory_order_relaxed);
    while (from < end) {
      const std::int64_t to = std::min(from + std::max(grain, (end - from) / 4), end);
      if (next.compare_exchange_weak(from, to, std::memory_order_relaxed)) return {from, to};
    }
    return {end, end};
  }
};

/// Calls work(0), …, work(threads - 1), each on a thread.
void on_threads(std::int64_t threads, c10::function_ref<void(std::int64_t)> work) {
  const at::Tensor marks = at::empty({threads}, at::kByte);
  auto iterator = at::TensorIteratorConfig()
                      .add_owned_output(marks)
                      .resize_outputs(false)
                      .check_all_same_dtype(false)
                      .set_check_mem_overlap(false)
                      .declare_static_shape({threads})
                      .build();
  const auto* base = static_cast<const char*>(marks.const_data_ptr());
  iterator.for_each(
      [&](char** data, const std::int64_t*, std::int64_t n) {
        for (std::int64_t i = 0; i < n; ++i) work(data[0] - base + i);
      },
      1);
}

}  // namespace

void in_parallel(std::int64_t count, std::int64_t grain,
                 c10::function_ref<void(std::int64_t from, std::int64_t to)> work) {
  if (count <= 0) return;
  if (count <= grain || at::get_num_threads() == 1 || at::in_parallel_region()) {
    work(0, count);
    return;
  }
  const std::int64_t threads =
      std::min<std::int64_t>(at::get_num_threads(), (count + grain - 1) / grain);
  std::vector<Share> shares(static_cast<std::size_t>(threads));
  for (std::int64_t i = 0; i < threads; ++i) {
    shares[static_cast<std::size_t>(i)].next = count * i / threads;
    shares[static_cast<std::size_t>(i)].end = count * (i + 1) / threads;
  }
  on_threads(threads, [&](std::int64_t mine) {
    for (std::int64_t i = 0; i < threads; ++i) {
      Share& share = shares[static_cast<std::size_t>((mine + i) % threads)];
      for (;;) {
        const auto [from, to] = share.take(grain);
        if (from == to) break;
        work(from, to);
      }
    }
  });
}

}  // namespace gradus::worker::engine
