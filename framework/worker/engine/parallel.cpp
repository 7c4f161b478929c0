#include "framework/worker/engine/parallel.hpp"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/TensorIterator.h>

namespace gradus::worker::engine {

void in_parallel(std::int64_t count, std::int64_t grain,
                 c10::function_ref<void(std::int64_t from, std::int64_t to)> work) {
  if (count <= 0) return;
  if (count <= grain || at::get_num_threads() == 1 || at::in_parallel_region()) {
    work(0, count);
    return;
  }
  const at::Tensor marks = at::empty({count}, at::kByte);
  auto iterator = at::TensorIteratorConfig()
                      .add_owned_output(marks)
                      .resize_outputs(false)
                      .check_all_same_dtype(false)
                      .set_check_mem_overlap(false)
                      .declare_static_shape({count})
                      .build();
  const auto* base = static_cast<const char*>(marks.const_data_ptr());
  iterator.for_each(
      [&](char** data, const std::int64_t*, std::int64_t n) {
        const std::int64_t from = data[0] - base;
        work(from, from + n);
      },
      grain);
}

}  // namespace gradus::worker::engine
