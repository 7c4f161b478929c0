#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/BFloat16.h>

#include <cstdint>

#include "framework/worker/engine/kernels.hpp"

// What the kernels ask of a tensor, and how they reach its numbers.

namespace gradus::worker::engine {

/// Images that our loops can walk through.
inline bool known_images(const at::Tensor& input) {
  return input.defined() && input.dim() == 4 && input.device().is_cpu() &&
         input.layout() == at::kStrided && input.numel() > 0 && input.size(1) % kLanes == 0 &&
         (input.scalar_type() == at::kFloat || input.scalar_type() == at::kBFloat16) &&
         input.is_contiguous(at::MemoryFormat::ChannelsLast);
}

/// Calls `work(number, loops)` with a number of the images' format and the loops for it: of a
/// `table` with some for `single` precision and some for `bfloat16`.
template <class Table, class Work>
void with_loops(const at::Tensor& images, const Table& table, const Work& work) {
  if (images.scalar_type() == at::kFloat) {
    work(float{}, table.single);
  } else {
    work(std::uint16_t{}, table.bfloat16);
  }
}

template <class Work>
void with_kernels(const at::Tensor& images, const Work& work) {
  with_loops(images, kernels(images.size(1)), work);
}

inline float single(float number) { return number; }
inline float single(std::uint16_t bits) { return c10::BFloat16(bits, c10::BFloat16::from_bits()); }

template <class Number>
const Number* numbers(const at::Tensor& tensor) {
  return static_cast<const Number*>(tensor.const_data_ptr());
}

template <class Number>
Number* numbers_of(at::Tensor& tensor) {
  return static_cast<Number*>(tensor.mutable_data_ptr());
}

}  // namespace gradus::worker::engine
