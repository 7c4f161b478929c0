#include "framework/worker/engine/winograd.hpp"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <vector>

#include "framework/worker/engine/images.hpp"
#include "framework/worker/engine/parallel.hpp"
#include "framework/worker/engine/scratch.hpp"
#include "framework/worker/engine/winograd_kernels.hpp"

namespace gradus::worker::engine {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// For so many channels; null where this machine has none.
const WinogradKernels* winograd(std::int64_t in, std::int64_t out) {
#if defined(__x86_64__)
  if (has_avx512() && in % kAvx512Winograd.lanes == 0 && out % kAvx512Winograd.lanes == 0) {
    return &kAvx512Winograd;
  }
  if (has_avx2()) return &kAvx2Winograd;
#endif
  return nullptr;
}

const WinogradKernels& winograd(const WinogradShape& s) { return *winograd(s.in, s.out); }

/// Half of the tiles' results have to lie in the image, or computing them costs more than it saves.
bool worth_it(const WinogradShape& s) {
  return s.out_height() > 0 && s.out_width() > 0 &&
         2 * s.out_height() * s.out_width() >= 16 * s.tiles();
}

WinogradShape tiling_of(const at::Tensor& images, const at::Tensor& weight, std::int64_t pad) {
  return {images.size(2), images.size(3), images.size(1), weight.size(0), pad};
}

/// Tiles that are worked on together: their planes stay in a core's second-level cache.
std::int64_t block_of(const WinogradShape& s) {
  constexpr std::int64_t kFloats = 128 * 1024;
  const std::int64_t fit = kFloats / (kTile * (s.in + s.out)), whole = winograd(s).sums;
  return std::max<std::int64_t>(fit / whole * whole, whole);
}

float* scratch_for(const WinogradShape& s) {
  return scratch_room(winograd_scratch(s, block_of(s)));
}

/// Calls work for pieces of [from, to) of a block's size each.
template <class Work>
void in_blocks(std::int64_t from, std::int64_t to, std::int64_t block, const Work& work) {
  for (std::int64_t begin = from; begin < to; begin += block) {
    work(WinogradBlock{begin, std::min(begin + block, to), std::min(begin + 2 * block, to)});
  }
}

/// `turned`: the gradient's way back through `weight`; `s` then names its inputs and outputs.
at::Tensor convolve(const at::Tensor& images, const at::Tensor& weight, const at::Tensor& bias,
                    const WinogradShape& s, bool turned) {
  const std::int64_t n = images.size(0), block = block_of(s);
  const std::int64_t tiles = n * s.tiles(), blocks = (tiles + block - 1) / block;
  const at::Tensor w = weights_by_place(weight, turned);  // [3, 3, s.in, s.out]
  const at::Tensor transformed = at::empty({kTile * s.in * s.out}, w.options());
  winograd(s).weights(w.const_data_ptr<float>(), s.in * s.out, turned,
                      transformed.mutable_data_ptr<float>());
  at::Tensor out = at::empty({n, s.out, s.out_height(), s.out_width()}, images.options(),
                             at::MemoryFormat::ChannelsLast);
  const float* u = transformed.const_data_ptr<float>();
  const float* b = bias.defined() ? bias.const_data_ptr<float>() : nullptr;
  with_loops(images, winograd(s), [&](auto number, const auto& loops) {
    using Number = decltype(number);
    const Number* x = numbers<Number>(images);
    Number* y = numbers_of<Number>(out);
    in_parallel(blocks, 1, [&](std::int64_t from, std::int64_t to) {
      float* scratch = scratch_for(s);
      in_blocks(from * block, std::min(to * block, tiles), block,
                [&](const WinogradBlock& piece) { loops.convolve(x, u, b, s, piece, y, scratch); });
    });
  });
  return out;
}

at::Tensor weight_gradient(const at::Tensor& images, const at::Tensor& dy, const at::Tensor& weight,
                           const WinogradShape& s) {
  const std::int64_t tiles = images.size(0) * s.tiles(), block = block_of(s);
  const std::int64_t size = kTile * s.in * s.out;
  const std::int64_t parts =
      std::clamp<std::int64_t>((tiles + block - 1) / block, 1, at::get_num_threads());
  const at::Tensor sums = at::zeros({parts, size}, images.options().dtype(at::kFloat));
  float* du = sums.mutable_data_ptr<float>();
  with_loops(images, winograd(s), [&](auto number, const auto& loops) {
    using Number = decltype(number);
    const Number *x = numbers<Number>(images), *g = numbers<Number>(dy);
    in_parallel(parts, 1, [&](std::int64_t from, std::int64_t to) {
      float* scratch = scratch_for(s);
      for (std::int64_t part = from; part < to; ++part) {
        in_blocks(tiles * part / parts, tiles * (part + 1) / parts, block,
                  [&](const WinogradBlock& piece) {
                    loops.weight_sums(x, g, s, piece, du + part * size, scratch);
                  });
      }
    });
  });
  const at::Tensor sum = parts == 1 ? sums : sums.sum(0);
  const at::Tensor dw = at::empty({3, 3, s.in, s.out}, sums.options());
  winograd(s).weight_gradient(sum.const_data_ptr<float>(), s.in * s.out,
                              dw.mutable_data_ptr<float>());
  return at::empty_like(weight).copy_(dw.permute({3, 2, 0, 1}));
}

class WinogradConvolution : public torch::autograd::Function<WinogradConvolution> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& images,
                            const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                            std::int64_t pad) {
    const ConvolutionCall call{images, weight, bias, pad};
    keep(*context, call);
    return convolve(images, weight, call.bias_floats(), tiling_of(images, weight, pad), false);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    variable_list found(4);
    if (!gradients[0].defined()) return found;
    const Kept kept(*context, gradients[0]);
    const WinogradShape shape = tiling_of(kept.images, kept.weight, kept.pad);
    const WinogradShape back{shape.out_height(), shape.out_width(), shape.out, shape.in,
                             2 - kept.pad};
    // Who differentiates the gradient once more needs operations that LibTorch can differentiate.
    if (at::GradMode::is_enabled() || !worth_it(back)) {
      const auto stock = stock_gradients(kept);
      return {stock.images, stock.weight, stock.bias, {}};
    }
    if (kept.wanted.images) found[0] = convolve(kept.dy, kept.weight, {}, back, true);
    if (kept.wanted.weight) found[1] = weight_gradient(kept.images, kept.dy, kept.weight, shape);
    if (kept.wanted.bias) found[2] = kept.dy.sum({0, 2, 3});
    return found;
  }
};

}  // namespace

bool winograd_serves(const ConvolutionCall& call) {
  return winograd(call.images.size(1), call.weight.size(0)) != nullptr &&
         known_images(call.images) && call.stride == 1 && call.weight.size(2) == 3 &&
         call.pad <= 2 && worth_it(tiling_of(call.images, call.weight, call.pad));
}

at::Tensor winograd_conv2d(const ConvolutionCall& call) {
  if (call.learns()) {
    return WinogradConvolution::apply(call.images, call.weight, call.bias, call.pad);
  }
  return convolve(call.images, call.weight, call.bias_floats(),
                  tiling_of(call.images, call.weight, call.pad), false);
}

}  // namespace gradus::worker::engine
