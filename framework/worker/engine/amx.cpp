#include "framework/worker/engine/amx.hpp"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "framework/worker/engine/images.hpp"
#include "framework/worker/engine/kernels.hpp"
#include "framework/worker/engine/parallel.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace gradus::worker::engine {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

#if defined(__x86_64__)
/// Linux lends the unit's registers, of 8 kB a thread, to processes that ask.
bool lent() {
  constexpr int kAsk = 0x1023, kRegisters = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return ::syscall(SYS_arch_prctl, kAsk, kRegisters) == 0;
}

bool has_amx() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!has_avx512() || __get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
  const bool unit = (d & (1U << 22)) != 0 && (d & (1U << 24)) != 0;  // AMX-BF16, AMX-TILE
  if (!unit || __get_cpuid_count(7, 1, &a, &b, &c, &d) == 0) return false;
  return (a & (1U << 5)) != 0 && lent();  // AVX512-BF16
}
#endif

const AmxKernels* machines() {
#if defined(__x86_64__)
  return has_amx() ? &kAmxKernels : nullptr;
#else
  return nullptr;
#endif
}

/// What stands in for the machine's, if anything does.
const AmxKernels*& chosen() {
  static const AmxKernels* kernels = machines();
  return kernels;
}

std::int64_t results(std::int64_t size, std::int64_t window, std::int64_t stride,
                     std::int64_t pad) {
  return (size + 2 * pad - window) / stride + 1;
}

using Half = std::uint16_t;

/// A thread's own memory, on a line of the cache, for one convolution after the other.
class Room {
 public:
  /// Zeros, where the thread has not worked on this convolution before.
  Half* zeros(std::int64_t count, std::int64_t convolution) {
    constexpr std::size_t kLine = 64;
    const auto wanted = static_cast<std::size_t>(count);
    if (convolution != convolution_) held_.assign(wanted + kLine / sizeof(Half), 0);
    convolution_ = convolution;
    void* at = held_.data();
    std::size_t room = held_.size() * sizeof(Half);
    return static_cast<Half*>(std::align(kLine, wanted * sizeof(Half), at, room));
  }

  /// A number that no other convolution has.
  static std::int64_t next_convolution() {
    static std::atomic<std::int64_t> count = 0;
    return ++count;
  }

 private:
  std::vector<Half> held_;
  std::int64_t convolution_ = 0;
};

/// Weights as the loops want them.
at::Tensor by_channels(const at::Tensor& weight) {
  return weight.detach().contiguous(at::MemoryFormat::ChannelsLast);
}

/// Convolves all images; the first one's results begin at y + `first`.
void convolve(const at::Tensor& images, const at::Tensor& packed, const at::Tensor& bias,
              const AmxConvolution& s, at::Tensor& y, std::int64_t first) {
  const std::int64_t image = s.height * s.width * s.in, whole = y.numel() / y.size(0);
  const Half *x = numbers<Half>(images), *w = numbers<Half>(packed);
  const float* b = bias.defined() ? bias.const_data_ptr<float>() : nullptr;
  Half* to = numbers_of<Half>(y) + first;
  const AmxKernels& loops = *amx_kernels();
  const std::int64_t convolution = Room::next_convolution();
  in_parallel(images.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
    thread_local Room room;
    Half* scratch = room.zeros(s.scratch(), convolution);
    for (std::int64_t n = begin; n < end; ++n) {
      loops.convolve(x + n * image, w, b, s, to + n * whole, scratch);
    }
  });
}

at::Tensor forward_of(const ConvolutionCall& call) {
  const std::int64_t window = call.weight.size(2), pad = call.pad;
  const std::int64_t rows = results(call.images.size(2), window, call.stride, pad);
  const std::int64_t columns = results(call.images.size(3), window, call.stride, pad);
  const std::int64_t out = call.weight.size(0);
  at::Tensor y = at::empty({call.images.size(0), out, rows, columns}, call.images.options(),
                           at::MemoryFormat::ChannelsLast);
  AmxConvolution s{};
  s.height = call.images.size(2);
  s.width = call.images.size(3);
  s.in = call.images.size(1);
  s.out = out;
  s.window_rows = s.window_columns = window;
  s.stride = call.stride;
  s.padded = s.height + 2 * pad;
  s.pitch = s.width + 2 * pad;
  s.top = s.left = pad;
  s.rows = rows;
  s.columns = columns;
  s.row = columns * out;
  s.step = out;
  const at::Tensor weight = by_channels(call.weight);
  at::Tensor packed = at::empty({s.packed()}, weight.options());
  amx_kernels()->pack(numbers<Half>(weight), s, numbers_of<Half>(packed));
  convolve(call.images, packed, call.bias_floats(), s, y, 0);
  return y;
}

/// The way back to pixels of one row and column modulo the stride: only every stride-th place of
/// the window touches them, from results side by side.
struct Part {
  Part(std::int64_t first_pixel, std::int64_t pixels, std::int64_t window, std::int64_t stride,
       std::int64_t pad)
      : place((first_pixel + pad) % stride),
        taps((window - place + stride - 1) / stride),
        count((pixels - first_pixel + stride - 1) / stride),
        last((first_pixel + pad) / stride) {}
  std::int64_t place;  ///< of the window, the first one
  std::int64_t taps;   ///< places; none where the window is smaller than the stride
  std::int64_t count;  ///< pixels
  std::int64_t last;   ///< the result that touches the first pixel with its first place
};

/// Of `results` side by side, those that a part's pixels are touched by, [first, end), and zeros
/// before and after them.
struct Reach {
  Reach(const Part& part, std::int64_t results) {
    const std::int64_t from = part.last - part.taps + 1, to = part.last + part.count;
    first = std::clamp<std::int64_t>(from, 0, results);
    end = std::clamp<std::int64_t>(to, first, results);
    before = std::clamp<std::int64_t>(first - from, 0, to - from);
    after = to - from - before - (end - first);
  }
  std::int64_t first, end, before, after;
};

at::Tensor image_gradient(const Kept& kept) {
  const std::int64_t in = kept.images.size(1), out = kept.weight.size(0), s = kept.stride;
  const std::int64_t height = kept.images.size(2), width = kept.images.size(3);
  const std::int64_t window = kept.weight.size(2);
  const at::Tensor weight = by_channels(kept.weight);
  at::Tensor dx = s <= window ? at::empty_like(kept.images) : at::zeros_like(kept.images);
  for (std::int64_t y = 0; y < std::min(s, height); ++y) {
    const Part rows(y, height, window, s, kept.pad);
    for (std::int64_t x = 0; x < std::min(s, width); ++x) {
      const Part columns(x, width, window, s, kept.pad);
      if (rows.taps <= 0 || columns.taps <= 0) continue;
      // Results last − taps + 1 … last touch the first pixel, the next ones the next.
      const Reach down(rows, kept.dy.size(2)), across(columns, kept.dy.size(3));
      const at::Tensor dy = kept.dy.slice(2, down.first, down.end)
                                .slice(3, across.first, across.end)
                                .contiguous(at::MemoryFormat::ChannelsLast);
      AmxConvolution c{};
      c.height = dy.size(2);
      c.width = dy.size(3);
      c.in = out;
      c.out = in;
      c.window_rows = rows.taps;
      c.window_columns = columns.taps;
      c.stride = 1;
      c.padded = down.before + c.height + down.after;
      c.pitch = across.before + c.width + across.after;
      c.top = down.before;
      c.left = across.before;
      c.rows = rows.count;
      c.columns = columns.count;
      c.row = s * width * in;
      c.step = s * in;
      at::Tensor packed = at::empty({c.packed()}, weight.options());
      amx_kernels()->pack_back(numbers<Half>(weight), c, {window, s, rows.place, columns.place},
                               numbers_of<Half>(packed));
      convolve(dy, packed, {}, c, dx, (y * width + x) * in);
    }
  }
  return dx;
}

at::Tensor weight_gradient(const Kept& kept) {
  const std::int64_t n = kept.images.size(0), window = kept.weight.size(2);
  const std::int64_t all = kept.dy.size(2);
  AmxGradient s{kept.images.size(2),
                kept.images.size(3),
                kept.images.size(1),
                kept.weight.size(0),
                window,
                kept.stride,
                kept.pad,
                all,
                kept.dy.size(3)};
  // As many rows at once as the first-level cache holds, and images of few rows together: the sums'
  // way to and from the registers is short then.
  constexpr std::int64_t kGroup = 12 * 1024, kCache = 32 * 1024;  // numbers
  const auto room = [&] { return s.pairs_scratch() + s.gradient_scratch(); };
  while (s.rows > 4 && room() > kCache) s.rows = (s.rows + 1) / 2;
  const std::int64_t pieces = (all + s.rows - 1) / s.rows, each = room();
  const std::int64_t group =
      std::clamp<std::int64_t>(kGroup / (2 * kAmxSide * s.positions()), 1, n * pieces);
  const std::int64_t parts = std::clamp<std::int64_t>(n, 1, at::get_num_threads());
  const at::Tensor sums = at::zeros({parts, s.sums()}, kept.images.options().dtype(at::kFloat));
  float* sum = sums.mutable_data_ptr<float>();
  const Half *x = numbers<Half>(kept.images), *dy = numbers<Half>(kept.dy);
  const std::int64_t image = s.height * s.width * s.in, gradient = all * s.columns * s.out;
  const AmxKernels& loops = *amx_kernels();
  // Where pieces begin in memory, counted over all images.
  const auto image_of = [&](std::int64_t piece) {
    const std::int64_t row = std::min(piece % pieces * s.rows * s.stride, s.height);
    return x + piece / pieces * image + row * s.width * s.in;
  };
  const auto gradient_of = [&](std::int64_t piece) {
    return dy + piece / pieces * gradient + piece % pieces * s.rows * s.columns * s.out;
  };
  const std::int64_t convolution = Room::next_convolution();
  in_parallel(parts, 1, [&](std::int64_t from, std::int64_t to) {
    thread_local Room memory;
    Half* pairs = memory.zeros(group * each, convolution);
    Half* gradients = pairs + group * s.pairs_scratch();
    for (std::int64_t part = from; part < to; ++part) {
      const std::int64_t last = n * (part + 1) / parts * pieces;
      for (std::int64_t i = n * part / parts * pieces; i < last; i += group) {
        const std::int64_t count = std::min(group, last - i);
        for (std::int64_t k = 0; k < count; ++k) {
          const std::int64_t at = (i + k) / pieces, row = (i + k) % pieces * s.rows;
          loops.arrange(x + at * image, dy + at * gradient, row, all, s,
                        pairs + k * s.pairs_scratch(), gradients + k * s.gradient_scratch());
        }
        const std::int64_t next = i + count, end = std::min(next + group, last);
        loops.sum_weights(pairs, gradients, count, s,
                          {image_of(next), image_of(end), gradient_of(next), gradient_of(end)},
                          sum + part * s.sums());
      }
    }
  });
  at::Tensor dw =
      at::empty(kept.weight.sizes(), kept.weight.options(), at::MemoryFormat::ChannelsLast);
  loops.finish(sum, parts, s, numbers_of<Half>(dw));
  return kept.weight.is_contiguous(at::MemoryFormat::ChannelsLast)
             ? dw
             : at::empty_like(kept.weight).copy_(dw);
}

class AmxConvolution2d : public torch::autograd::Function<AmxConvolution2d> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& images,
                            const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                            std::int64_t pad, std::int64_t stride) {
    const ConvolutionCall call{images, weight, bias, pad, stride};
    keep(*context, call);
    return forward_of(call);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    variable_list found(5);
    if (!gradients[0].defined()) return found;
    const Kept kept(*context, gradients[0]);
    // Who differentiates the gradient once more needs operations that LibTorch can differentiate.
    if (at::GradMode::is_enabled()) {
      const auto stock = stock_gradients(kept);
      return {stock.images, stock.weight, stock.bias, {}, {}};
    }
    if (kept.wanted.images) found[0] = image_gradient(kept);
    if (kept.wanted.weight) found[1] = weight_gradient(kept);
    if (kept.wanted.bias) found[2] = kept.dy.sum({0, 2, 3});
    return found;
  }
};

}  // namespace

const AmxKernels* amx_kernels() { return chosen(); }

WithAmxKernels::WithAmxKernels(const AmxKernels* kernels)
    : before_(std::exchange(chosen(), kernels)) {}

WithAmxKernels::~WithAmxKernels() { chosen() = before_; }

bool amx_serves(const ConvolutionCall& call) {
  constexpr std::int64_t kFewest = 4, kMostWeights = 512 * 1024;
  const std::int64_t window = call.weight.size(2);
  return amx_kernels() != nullptr && call.images.scalar_type() == at::kBFloat16 &&
         call.images.size(1) % kAmxSide == 0 && call.weight.size(0) % kAmxSide == 0 &&
         call.weight.numel() <= kMostWeights && call.images.size(2) + 2 * call.pad >= window &&
         results(call.images.size(3), window, call.stride, call.pad) >= kFewest;
}

at::Tensor amx_conv2d(const ConvolutionCall& call) {
  if (call.learns()) {
    return AmxConvolution2d::apply(call.images, call.weight, call.bias, call.pad, call.stride);
  }
  return forward_of(call);
}

}  // namespace gradus::worker::engine
