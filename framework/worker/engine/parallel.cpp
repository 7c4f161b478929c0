#include "framework/worker/engine/parallel.hpp"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/TensorIterator.h>

#include <algorithm>
#include <atomic>
#include <vector>

namespace gradus::worker::engine {
namespace {

/// A thread's part of the work, from which others take when they have done theirs: a host may hold
/// up one of them at any time. On a line of the cache of its own.
struct alignas(64) Share {
  std::atomic<std::int64_t> next = 0;
  std::int64_t end = 0;
};
constexpr std::int64_t kPortions = 8;  // of a share

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
  const std::int64_t portion = std::max(grain, (count / threads + kPortions - 1) / kPortions);
  on_threads(threads, [&](std::int64_t mine) {
    for (std::int64_t i = 0; i < threads; ++i) {
      Share& share = shares[static_cast<std::size_t>((mine + i) % threads)];
      for (;;) {
        const std::int64_t from = share.next.fetch_add(portion, std::memory_order_relaxed);
        if (from >= share.end) break;
        work(from, std::min(from + portion, share.end));
      }
    }
  });
}

}  // namespace gradus::worker::engine
