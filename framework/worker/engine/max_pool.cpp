#include "framework/worker/engine/max_pool.hpp"

#include <ATen/Functions.h>
#include <ATen/ops/max_pool2d_native.h>
#include <torch/csrc/autograd/custom_function.h>

#include <optional>

#include "framework/worker/engine/images.hpp"
#include "framework/worker/engine/parallel.hpp"

namespace gradus::worker::engine {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

std::int64_t outputs(std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t pad,
                     bool ceil_mode) {
  const std::int64_t room = size + 2 * pad - kernel;
  if (room < 0) return 0;
  std::int64_t count = (room + (ceil_mode ? stride - 1 : 0)) / stride + 1;
  // The last window has to begin in the image or in the padding before it.
  if (ceil_mode && (count - 1) * stride >= size + pad) --count;
  return count;
}

/// One number for both directions, or one for each.
std::optional<std::pair<std::int64_t, std::int64_t>> pair_of(at::IntArrayRef values) {
  if (values.size() == 1) return std::pair{values[0], values[0]};
  if (values.size() == 2) return std::pair{values[0], values[1]};
  return std::nullopt;
}

/// Empty where the loops do not know the case, or LibTorch would complain.
std::optional<PoolShape> shape_of(const at::Tensor& input, at::IntArrayRef kernel,
                                  at::IntArrayRef stride, at::IntArrayRef padding,
                                  at::IntArrayRef dilation, bool ceil_mode) {
  if (!known_images(input)) return std::nullopt;
  const auto window = pair_of(kernel), step = pair_of(stride.empty() ? kernel : stride),
             pad = pair_of(padding), spread = pair_of(dilation);
  if (!window || !step || !pad || !spread) return std::nullopt;
  if (*spread != std::pair<std::int64_t, std::int64_t>{1, 1}) return std::nullopt;
  const auto [kernel_h, kernel_w] = *window;
  const auto [stride_h, stride_w] = *step;
  const auto [pad_h, pad_w] = *pad;
  if (kernel_h < 1 || kernel_w < 1 || kernel_h > 255 || kernel_w > 255 ||
      kernel_h * kernel_w > 255 || stride_h < 1 || stride_w < 1 || pad_h < 0 || pad_w < 0 ||
      pad_h > kernel_h / 2 || pad_w > kernel_w / 2) {
    return std::nullopt;
  }
  PoolShape shape{input.size(2), input.size(3), input.size(1), 0,     0,    kernel_h,
                  kernel_w,      stride_h,      stride_w,      pad_h, pad_w};
  shape.out_height = outputs(shape.height, kernel_h, stride_h, pad_h, ceil_mode);
  shape.out_width = outputs(shape.width, kernel_w, stride_w, pad_w, ceil_mode);
  if (shape.out_height < 1 || shape.out_width < 1) return std::nullopt;
  return shape;
}

struct Pooled {
  at::Tensor out, cells;  ///< cells: uint8 [N, OH, OW, C], undefined where not wanted
};

Pooled pool(const at::Tensor& images, const PoolShape& shape, bool with_cells) {
  const std::int64_t n = images.size(0);
  Pooled pooled;
  pooled.out = at::empty({n, shape.channels, shape.out_height, shape.out_width}, images.options(),
                         at::MemoryFormat::ChannelsLast);
  if (with_cells) {
    pooled.cells = at::empty({n, shape.out_height, shape.out_width, shape.channels},
                             images.options().dtype(at::kByte));
  }
  const std::int64_t in_size = shape.height * shape.width * shape.channels,
                     out_size = shape.out_height * shape.out_width * shape.channels;
  std::uint8_t* cells = with_cells ? pooled.cells.mutable_data_ptr<std::uint8_t>() : nullptr;
  with_kernels(images, [&](auto number, const auto& loops) {
    using Number = decltype(number);
    const Number* x = numbers<Number>(images);
    Number* y = numbers_of<Number>(pooled.out);
    in_parallel(n, 1, [&](std::int64_t from, std::int64_t to) {
      for (std::int64_t i = from; i < to; ++i) {
        loops.pool(x + i * in_size, shape, y + i * out_size,
                   cells == nullptr ? nullptr : cells + i * out_size);
      }
    });
  });
  return pooled;
}

at::Tensor gradient_of(const at::Tensor& dy, const at::Tensor& cells, const PoolShape& shape) {
  const std::int64_t n = dy.size(0);
  at::Tensor dx = at::empty({n, shape.channels, shape.height, shape.width}, dy.options(),
                            at::MemoryFormat::ChannelsLast);
  const std::int64_t in_size = shape.height * shape.width * shape.channels,
                     out_size = shape.out_height * shape.out_width * shape.channels;
  with_kernels(dy, [&](auto number, const auto& loops) {
    using Number = decltype(number);
    const Number* g = numbers<Number>(dy);
    Number* out = numbers_of<Number>(dx);
    const std::uint8_t* from_cells = cells.const_data_ptr<std::uint8_t>();
    in_parallel(n, 1, [&](std::int64_t from, std::int64_t to) {
      for (std::int64_t i = from; i < to; ++i) {
        loops.pool_gradient(g + i * out_size, from_cells + i * out_size, shape, out + i * in_size);
      }
    });
  });
  return dx;
}

/// How a pool was called; what its gradient needs beside the cells.
struct Call {
  std::vector<std::int64_t> kernel, stride, padding;
  bool ceil_mode = false;
};

class TrainingPool : public torch::autograd::Function<TrainingPool> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& images,
                            const PoolShape& shape, const Call& call) {
    const Pooled pooled = pool(images, shape, true);
    context->save_for_backward({images, pooled.cells});
    context->saved_data["kernel"] = call.kernel;
    context->saved_data["stride"] = call.stride;
    context->saved_data["padding"] = call.padding;
    context->saved_data["ceil_mode"] = call.ceil_mode;
    return pooled.out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto ints = [&](const char* key) { return context->saved_data[key].toIntVector(); };
    const auto kernel = ints("kernel"), stride = ints("stride"), padding = ints("padding");
    const bool ceil_mode = context->saved_data["ceil_mode"].toBool();
    const std::vector<std::int64_t> dilation = {1, 1};
    if (!gradients[0].defined()) return variable_list(3);
    const at::Tensor dy =
        gradients[0].to(saved[0].scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
    // Who differentiates the gradient once more needs operations that LibTorch can differentiate.
    if (at::GradMode::is_enabled()) {
      const auto [out, indices] =
          at::max_pool2d_with_indices(saved[0], kernel, stride, padding, dilation, ceil_mode);
      return {at::max_pool2d_with_indices_backward(dy, saved[0], kernel, stride, padding, dilation,
                                                   ceil_mode, indices),
              {},
              {}};
    }
    const auto shape = shape_of(saved[0], kernel, stride, padding, dilation, ceil_mode);
    return {gradient_of(dy, saved[1], *shape), {}, {}};
  }
};

}  // namespace

at::Tensor fast_max_pool2d(const at::Tensor& input, at::IntArrayRef kernel, at::IntArrayRef stride,
                           at::IntArrayRef padding, at::IntArrayRef dilation, bool ceil_mode) {
  const auto shape = shape_of(input, kernel, stride, padding, dilation, ceil_mode);
  if (!shape) {
    return at::native::max_pool2d(input, kernel, stride, padding, dilation, ceil_mode);
  }
  if (!at::GradMode::is_enabled() || !input.requires_grad()) return pool(input, *shape, false).out;
  return TrainingPool::apply(input, *shape,
                             Call{kernel.vec(), stride.vec(), padding.vec(), ceil_mode});
}

}  // namespace gradus::worker::engine
