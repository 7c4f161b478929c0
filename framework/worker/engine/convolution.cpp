#include "framework/worker/engine/convolution.hpp"

#include <ATen/Functions.h>
#include <ATen/ops/conv2d_native.h>

#include <algorithm>
#include <array>
#include <vector>

#include "framework/worker/engine/amx.hpp"
#include "framework/worker/engine/kernels.hpp"
#include "framework/worker/engine/thin.hpp"
#include "framework/worker/engine/winograd.hpp"

namespace gradus::worker::engine {
namespace {

bool all_are(c10::SymIntArrayRef values, std::int64_t wanted) {
  return !values.empty() && std::all_of(values.begin(), values.end(), [&](const c10::SymInt& v) {
    return v.maybe_as_int() == wanted;
  });
}

/// The padding, where it is smaller than the window and the same in both directions.
std::optional<std::int64_t> padding_of(c10::SymIntArrayRef padding, std::int64_t window) {
  for (std::int64_t pad = 0; pad < window; ++pad) {
    if (all_are(padding, pad)) return pad;
  }
  return std::nullopt;
}

/// The stride, where it is the same in both directions.
std::optional<std::int64_t> stride_of(c10::SymIntArrayRef stride) {
  if (stride.empty()) return std::nullopt;
  const auto first = stride[0].maybe_as_int();
  return first && *first > 0 && all_are(stride, *first) ? first : std::nullopt;
}

bool dense(const at::Tensor& tensor, at::ScalarType type) {
  return tensor.defined() && tensor.device().is_cpu() && tensor.layout() == at::kStrided &&
         tensor.scalar_type() == type;
}

bool known_images_of(const at::Tensor& images) {
  return images.defined() && (dense(images, at::kFloat) || dense(images, at::kBFloat16)) &&
         images.dim() == 4 && images.numel() > 0 &&
         images.is_contiguous(at::MemoryFormat::ChannelsLast);
}

bool known_weight(const at::Tensor& weight, const at::Tensor& images) {
  return dense(weight, images.scalar_type()) && weight.dim() == 4 && weight.size(0) > 0 &&
         weight.size(0) % kLanes == 0 && weight.size(1) == images.size(1) && weight.size(2) > 0 &&
         weight.size(2) == weight.size(3);
}

bool known_bias(const std::optional<at::Tensor>& bias, const at::Tensor& weight) {
  return !bias || !bias->defined() ||
         (dense(*bias, weight.scalar_type()) && bias->dim() == 1 &&
          bias->size(0) == weight.size(0) && bias->is_contiguous());
}

}  // namespace

bool ConvolutionCall::learns() const {
  return at::GradMode::is_enabled() &&
         (images.requires_grad() || weight.requires_grad() || (biased() && bias->requires_grad()));
}

at::Tensor ConvolutionCall::bias_floats() const {
  return biased() ? bias->detach().to(at::kFloat) : at::Tensor();
}

void keep(torch::autograd::AutogradContext& context, const ConvolutionCall& call) {
  context.save_for_backward({call.images, call.weight});
  context.saved_data["pad"] = call.pad;
  context.saved_data["stride"] = call.stride;
  context.saved_data["biased"] = call.biased();
}

Kept::Kept(torch::autograd::AutogradContext& context, const at::Tensor& gradient)
    : pad(context.saved_data["pad"].toInt()),
      stride(context.saved_data["stride"].toInt()),
      biased(context.saved_data["biased"].toBool()),
      wanted{context.needs_input_grad(0), context.needs_input_grad(1),
             biased && context.needs_input_grad(2)} {
  const auto saved = context.get_saved_variables();
  images = saved[0];
  weight = saved[1];
  dy = gradient.to(images.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor weights_by_place(const at::Tensor& weight, bool led_back) {
  return weight.detach()
      .permute({2, 3, led_back ? 0 : 1, led_back ? 1 : 0})
      .to(at::kFloat, false, false, at::MemoryFormat::Contiguous)
      .contiguous();
}

ConvolutionGradients stock_gradients(const Kept& kept) {
  const std::vector<std::int64_t> ones = {1, 1}, strides(2, kept.stride),
                                  pads = {kept.pad, kept.pad}, none = {0, 0};
  const std::vector<std::int64_t> bias_size = {kept.weight.size(0)};
  const auto [dx, dw, db] = at::convolution_backward(
      kept.dy, kept.images, kept.weight,
      kept.biased ? at::OptionalIntArrayRef(bias_size) : std::nullopt, strides, pads, ones, false,
      none, 1, {kept.wanted.images, kept.wanted.weight, kept.wanted.bias});
  return {dx, dw, db};
}

at::Tensor fast_conv2d(const at::Tensor& input, const at::Tensor& weight,
                       const std::optional<at::Tensor>& bias, c10::SymIntArrayRef stride,
                       c10::SymIntArrayRef padding, c10::SymIntArrayRef dilation,
                       c10::SymInt groups) {
  if (known_images_of(input) && known_weight(weight, input) && known_bias(bias, weight) &&
      all_are(dilation, 1) && groups.maybe_as_int() == 1) {
    const auto pad = padding_of(padding, weight.size(2)), step = stride_of(stride);
    if (pad && step) {
      const ConvolutionCall call{input, weight, bias, *pad, *step};
      if (amx_serves(call)) return amx_conv2d(call);
      if (winograd_serves(call)) return winograd_conv2d(call);
      if (thin_serves(call)) return thin_conv2d(call);
    }
  }
  return at::native::conv2d_symint(input, weight, bias, stride, padding, dilation,
                                   std::move(groups));
}

}  // namespace gradus::worker::engine
