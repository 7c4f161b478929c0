#include "framework/worker/engine/widened.hpp"

#include <ATen/ops/addmm_cpu_dispatch.h>
#include <ATen/ops/baddbmm_cpu_dispatch.h>
#include <ATen/ops/bmm_cpu_dispatch.h>
#include <ATen/ops/convolution_backward_native.h>
#include <ATen/ops/convolution_native.h>
#include <ATen/ops/mm_cpu_dispatch.h>
#include <ATen/ops/scaled_dot_product_attention_native.h>

#include <algorithm>
#include <initializer_list>

namespace gradus::worker::engine {
namespace {

using OptionalTensor = std::optional<at::Tensor>;

bool narrow(std::initializer_list<const at::Tensor*> tensors) {
  return std::all_of(tensors.begin(), tensors.end(), [](const at::Tensor* tensor) {
    return tensor->defined() && tensor->layout() == at::kStrided &&
           tensor->scalar_type() == at::kBFloat16;
  });
}

/// A tensor that is not there has nothing against it.
bool narrow_or_none(const OptionalTensor& tensor) {
  return !tensor || !tensor->defined() || narrow({&*tensor});
}

at::Tensor wide(const at::Tensor& tensor) { return tensor.to(at::kFloat); }

OptionalTensor wide_or_none(const OptionalTensor& tensor) {
  return tensor && tensor->defined() ? OptionalTensor(wide(*tensor)) : tensor;
}

at::Tensor rounded(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.to(at::kBFloat16) : tensor;
}

}  // namespace

at::Tensor wide_mm(const at::Tensor& a, const at::Tensor& b) {
  if (!narrow({&a, &b})) return at::cpu::mm(a, b);
  return rounded(at::cpu::mm(wide(a), wide(b)));
}

at::Tensor wide_bmm(const at::Tensor& a, const at::Tensor& b) {
  if (!narrow({&a, &b})) return at::cpu::bmm(a, b);
  return rounded(at::cpu::bmm(wide(a), wide(b)));
}

at::Tensor wide_addmm(const at::Tensor& start, const at::Tensor& a, const at::Tensor& b,
                      const at::Scalar& beta, const at::Scalar& alpha) {
  if (!narrow({&start, &a, &b})) return at::cpu::addmm(start, a, b, beta, alpha);
  return rounded(at::cpu::addmm(wide(start), wide(a), wide(b), beta, alpha));
}

at::Tensor wide_baddbmm(const at::Tensor& start, const at::Tensor& a, const at::Tensor& b,
                        const at::Scalar& beta, const at::Scalar& alpha) {
  if (!narrow({&start, &a, &b})) return at::cpu::baddbmm(start, a, b, beta, alpha);
  return rounded(at::cpu::baddbmm(wide(start), wide(a), wide(b), beta, alpha));
}

at::Tensor wide_convolution(const at::Tensor& input, const at::Tensor& weight,
                            const OptionalTensor& bias, at::IntArrayRef stride,
                            at::IntArrayRef padding, at::IntArrayRef dilation, bool transposed,
                            at::IntArrayRef output_padding, std::int64_t groups) {
  const auto convolve = [&](const at::Tensor& x, const at::Tensor& w, const OptionalTensor& b) {
    return at::native::convolution(x, w, b, stride, padding, dilation, transposed, output_padding,
                                   groups);
  };
  if (!narrow({&input, &weight}) || !narrow_or_none(bias)) return convolve(input, weight, bias);
  return rounded(convolve(wide(input), wide(weight), wide_or_none(bias)));
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> wide_convolution_backward(
    const at::Tensor& gradient, const at::Tensor& input, const at::Tensor& weight,
    at::OptionalIntArrayRef bias_sizes, at::IntArrayRef stride, at::IntArrayRef padding,
    at::IntArrayRef dilation, bool transposed, at::IntArrayRef output_padding, std::int64_t groups,
    std::array<bool, 3> wanted) {
  const auto convolve = [&](const at::Tensor& dy, const at::Tensor& x, const at::Tensor& w) {
    return at::native::convolution_backward(dy, x, w, bias_sizes, stride, padding, dilation,
                                            transposed, output_padding, groups, wanted);
  };
  if (!narrow({&gradient, &input, &weight})) return convolve(gradient, input, weight);
  const auto [dx, dw, db] = convolve(wide(gradient), wide(input), wide(weight));
  return {rounded(dx), rounded(dw), rounded(db)};
}

at::Tensor wide_attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                          const OptionalTensor& mask, double dropout, bool causal,
                          std::optional<double> scale, bool grouped) {
  const auto attend = [&](const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                          const OptionalTensor& m) {
    return at::native::scaled_dot_product_attention(q, k, v, m, dropout, causal, scale, grouped);
  };
  if (!narrow({&query, &key, &value})) return attend(query, key, value, mask);
  // A mask of truths stays one.
  return rounded(attend(wide(query), wide(key), wide(value),
                        narrow_or_none(mask) ? wide_or_none(mask) : mask));
}

}  // namespace gradus::worker::engine
