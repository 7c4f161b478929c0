#include "framework/worker/engine/elementwise.hpp"

#include <ATen/Functions.h>
#include <ATen/ops/add_cpu_dispatch.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/relu_cpu_dispatch.h>
#include <ATen/ops/slice_backward_native.h>
#include <ATen/ops/threshold_backward_cpu_dispatch.h>

#include "framework/worker/engine/images.hpp"
#include "framework/worker/engine/parallel.hpp"

namespace gradus::worker::engine {
namespace {

/// Below it a call costs more than its loop.
constexpr std::int64_t kWorthIt = 1 << 12;
/// Numbers that a thread is woken for, as LibTorch has it.
constexpr std::int64_t kGrain = 1 << 15;

bool known(const at::Tensor& tensor) {
  return tensor.device().is_cpu() && tensor.layout() == at::kStrided &&
         (tensor.scalar_type() == at::kFloat || tensor.scalar_type() == at::kBFloat16) &&
         tensor.numel() >= kWorthIt && tensor.is_non_overlapping_and_dense();
}

/// Numbers `a`, laid out anyhow, of the known tensor `b`'s format and sizes.
bool same_numbers(const at::Tensor& a, const at::Tensor& b) {
  return known(b) && a.device().is_cpu() && a.layout() == at::kStrided &&
         a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes();
}

bool alike(const at::Tensor& a, const at::Tensor& b) {
  return same_numbers(a, b) && a.strides() == b.strides();
}

/// Calls work(number, loops, offset, count) for all numbers of tensors that are laid out as
/// `tensor`.
template <class Work>
void for_numbers(const at::Tensor& tensor, const Work& work) {
  with_loops(tensor, kernels(0), [&](auto number, const auto& loops) {
    in_parallel(tensor.numel(), kGrain,
                [&](std::int64_t from, std::int64_t to) { work(number, loops, from, to - from); });
  });
}

bool is(const at::Scalar& scalar, double value) {
  return !scalar.isComplex() && !scalar.isSymbolic() && scalar.toDouble() == value;
}

void add_into(const at::Tensor& a, const at::Tensor& b, at::Tensor& sum) {
  for_numbers(a, [&](auto number, const auto& loops, std::int64_t at, std::int64_t count) {
    using Number = decltype(number);
    loops.add(numbers<Number>(a) + at, numbers<Number>(b) + at, count,
              numbers_of<Number>(sum) + at);
  });
}

}  // namespace

at::Tensor fast_relu(const at::Tensor& input) {
  if (!known(input)) return at::cpu::relu(input);
  at::Tensor out = at::empty_like(input);
  for_numbers(input, [&](auto number, const auto& loops, std::int64_t at, std::int64_t count) {
    using Number = decltype(number);
    loops.rectify(numbers<Number>(input) + at, count, numbers_of<Number>(out) + at);
  });
  return out;
}

at::Tensor fast_threshold_backward(const at::Tensor& gradient, const at::Tensor& result,
                                   const at::Scalar& threshold) {
  if (!same_numbers(gradient, result) || !is(threshold, 0)) {
    return at::cpu::threshold_backward(gradient, result, threshold);
  }
  at::Tensor out = at::empty_like(result);
  // A global pool's gradient lies otherwise than images do: in two layouts at once LibTorch's loop
  // takes ten times as long as a copy.
  const bool copied = !alike(gradient, result);
  if (copied) out.copy_(gradient);
  const at::Tensor& from = copied ? out : gradient;
  for_numbers(result, [&](auto number, const auto& loops, std::int64_t at, std::int64_t count) {
    using Number = decltype(number);
    loops.rectify_gradient(numbers<Number>(from) + at, numbers<Number>(result) + at, count,
                           numbers_of<Number>(out) + at);
  });
  return out;
}

at::Tensor fast_add(const at::Tensor& a, const at::Tensor& b, const at::Scalar& factor) {
  if (!alike(a, b) || !is(factor, 1)) return at::cpu::add(a, b, factor);
  at::Tensor sum = at::empty_like(a);
  add_into(a, b, sum);
  return sum;
}

at::Tensor& fast_add_(at::Tensor& a, const at::Tensor& b, const at::Scalar& factor) {
  // LibTorch refuses tensors that share a part of their memory.
  if (!alike(a, b) || !is(factor, 1) || a.is_alias_of(b)) return at::cpu::add_(a, b, factor);
  add_into(a, b, a);
  return a;
}

at::Tensor fast_slice_backward(const at::Tensor& gradient, c10::SymIntArrayRef input_sizes,
                               std::int64_t dim, c10::SymInt start, c10::SymInt end,
                               c10::SymInt step) {
  const bool channels_last =
      gradient.dim() == 4 && gradient.suggest_memory_format() == at::MemoryFormat::ChannelsLast;
  if (!channels_last) {
    return at::native::slice_backward(gradient, C10_AS_INTARRAYREF_SLOW(input_sizes), dim,
                                      start.expect_int(), end.expect_int(), step.expect_int());
  }
  at::Tensor all =
      at::empty_symint(input_sizes, gradient.options(), at::MemoryFormat::ChannelsLast);
  all.zero_();
  all.slice_symint(dim, std::move(start), std::move(end), std::move(step)).copy_(gradient);
  return all;
}

}  // namespace gradus::worker::engine
