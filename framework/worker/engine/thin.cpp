#include "framework/worker/engine/thin.hpp"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <type_traits>
#include <vector>

#include "framework/worker/engine/images.hpp"
#include "framework/worker/engine/parallel.hpp"
#include "framework/worker/engine/scratch.hpp"
#include "framework/worker/engine/thin_kernels.hpp"

namespace gradus::worker::engine {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// For such results; null where this machine has none.
const ThinKernels* thin_kernels(const ThinShape& s) {
#if defined(__x86_64__)
  if (has_avx512() && s.channels() % kAvx512Thin.lanes == 0) return &kAvx512Thin;
  if (has_avx2()) return &kAvx2Thin;
#endif
  return nullptr;
}

ThinShape shape_of(const at::Tensor& images, const at::Tensor& weight, std::int64_t pad) {
  ThinShape s{images.size(2) + 2 * pad, images.size(3) + 2 * pad, images.size(1), weight.size(0),
              weight.size(2)};
#if defined(__x86_64__)
  const std::int64_t lanes = kAvx512Thin.lanes;
  const bool half_empty = s.out % lanes != 0 && 2 * s.out % lanes == 0;
  if (has_avx512() && half_empty && s.out_width() % 2 == 0) s.together = 2;
#endif
  // The last tile computes what lies beyond the row, too.
  const bool fewer = 3 * kThinPoints * s.tiles() <= 2 * s.window * s.out_width();
  s.tiled = s.together == 1 && s.window == 5 && s.out_height() > 0 && fewer;
  return s;
}

/// [window, window, in, out] → as the loops take them.
at::Tensor prepared(const at::Tensor& w, const ThinShape& s) {
  if (s.tiled) {
    at::Tensor u = at::empty({s.weights()}, w.options());
    thin_kernels(s)->tile_weights(w.const_data_ptr<float>(), s, u.mutable_data_ptr<float>());
    return u;
  }
  if (s.together == 1) return w;
  at::Tensor wide = at::zeros({s.window, s.window + 1, s.in, 2, s.out}, w.options());
  for (std::int64_t k = 0; k < 2; ++k) wide.narrow(1, k, s.window).select(3, k).copy_(w);
  return wide;
}

/// The way back of a gradient.
at::Tensor led_back(const at::Tensor& sums, const ThinShape& s) {
  if (s.tiled) {
    at::Tensor dw = at::empty({s.window, s.window, s.in, s.out}, sums.options());
    thin_kernels(s)->tile_weight_gradient(sums.const_data_ptr<float>(), s,
                                          dw.mutable_data_ptr<float>());
    return dw;
  }
  if (s.together == 1) return sums.view({s.window, s.window, s.in, s.out});
  const at::Tensor all = sums.view({s.window, s.window + 1, s.in, 2, s.out});
  return all.narrow(1, 0, s.window).select(3, 0).add(all.narrow(1, 1, s.window).select(3, 1));
}

inline void unpack(const float* from, std::int64_t count, float* to) {
  std::copy_n(from, count, to);
}
inline void unpack(const std::uint16_t* from, std::int64_t count, float* to) {
  std::transform(from, from + count, to, [](std::uint16_t bits) { return single(bits); });
}

/// Image `n` in single precision with its padding, in a thread's own memory where it is not that.
template <class Number>
const float* padded(const at::Tensor& images, std::int64_t n, const ThinShape& s,
                    std::int64_t pad) {
  const std::int64_t height = images.size(2), row = images.size(3) * s.in;
  const Number* image = numbers<Number>(images) + n * height * row;
  if constexpr (std::is_same_v<Number, float>) {
    if (pad == 0) return image;
  }
  thread_local std::vector<float> room;
  room.assign(static_cast<std::size_t>(s.height * s.width * s.in), 0);
  float* to = room.data() + (pad * s.width + pad) * s.in;
  for (std::int64_t y = 0; y < height; ++y) unpack(image + y * row, row, to + y * s.width * s.in);
  return room.data();
}

at::Tensor convolve(const ConvolutionCall& call) {
  const ThinShape s = shape_of(call.images, call.weight, call.pad);
  const at::Tensor w = prepared(weights_by_place(call.weight, false), s);
  const at::Tensor one = call.biased() ? call.bias_floats() : at::zeros({s.out}, w.options());
  const at::Tensor b = one.repeat({s.together});
  const std::int64_t n = call.images.size(0), size = s.out_height() * s.out_width() * s.channels();
  at::Tensor out = at::empty({n, s.out, s.out_height(), s.out_width() * s.together},
                             call.images.options(), at::MemoryFormat::ChannelsLast);
  const float *weights = w.const_data_ptr<float>(), *bias = b.const_data_ptr<float>();
  with_loops(call.images, *thin_kernels(s), [&](auto number, const auto& loops) {
    using Number = decltype(number);
    Number* y = numbers_of<Number>(out);
    in_parallel(n, 1, [&](std::int64_t from, std::int64_t to) {
      for (std::int64_t i = from; i < to; ++i) {
        const float* x = padded<Number>(call.images, i, s, call.pad);
        if (s.tiled) {
          loops.convolve_tiles(x, weights, bias, s, y + i * size, scratch_room(thin_scratch(s)));
        } else {
          loops.convolve(x, weights, bias, s, y + i * size);
        }
      }
    });
  });
  return out;
}

at::Tensor weight_gradient(const at::Tensor& images, const at::Tensor& dy, const at::Tensor& weight,
                           std::int64_t pad) {
  const ThinShape s = shape_of(images, weight, pad);
  const std::int64_t n = images.size(0), size = s.out_height() * s.out_width() * s.channels();
  const std::int64_t parts = std::clamp<std::int64_t>(n, 1, at::get_num_threads());
  const at::Tensor sums = at::zeros({parts, s.weights()}, images.options().dtype(at::kFloat));
  float* dw = sums.mutable_data_ptr<float>();
  with_loops(images, *thin_kernels(s), [&](auto number, const auto& loops) {
    using Number = decltype(number);
    const Number* g = numbers<Number>(dy);
    in_parallel(parts, 1, [&](std::int64_t from, std::int64_t to) {
      for (std::int64_t part = from; part < to; ++part) {
        float* into = dw + part * s.weights();
        for (std::int64_t i = n * part / parts; i < n * (part + 1) / parts; ++i) {
          const float* x = padded<Number>(images, i, s, pad);
          if (s.tiled) {
            loops.weight_sums_tiles(x, g + i * size, s, into, scratch_room(thin_scratch(s)));
          } else {
            loops.weight_sums(x, g + i * size, s, into);
          }
        }
      }
    });
  });
  return at::empty_like(weight).copy_(led_back(sums.sum(0), s).permute({3, 2, 0, 1}));
}

class ThinConvolution : public torch::autograd::Function<ThinConvolution> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& images,
                            const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                            std::int64_t pad) {
    const ConvolutionCall call{images, weight, bias, pad};
    keep(*context, call);
    return convolve(call);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    variable_list found(4);
    if (!gradients[0].defined()) return found;
    const Kept kept(*context, gradients[0]);
    // Who differentiates the gradient once more needs operations that LibTorch can differentiate.
    if (at::GradMode::is_enabled()) {
      const auto stock = stock_gradients(kept);
      return {{}, stock.weight, stock.bias, {}};
    }
    if (kept.wanted.weight) {
      found[1] = weight_gradient(kept.images, kept.dy, kept.weight, kept.pad);
    }
    if (kept.wanted.bias) found[2] = kept.dy.sum({0, 2, 3});
    return found;
  }
};

}  // namespace

bool thin_serves(const ConvolutionCall& call) {
  const ThinShape s = shape_of(call.images, call.weight, call.pad);
  return call.stride == 1 && thin_kernels(s) != nullptr && thin(call.images.size(1)) &&
         s.window > 1 && s.out_height() > 0 && s.out_width() > 0 &&
         !(at::GradMode::is_enabled() && call.images.requires_grad());
}

at::Tensor thin_conv2d(const ConvolutionCall& call) {
  if (call.learns()) return ThinConvolution::apply(call.images, call.weight, call.bias, call.pad);
  return convolve(call);
}

}  // namespace gradus::worker::engine
