#include "framework/worker/engine/batch_norm.hpp"

#include <ATen/Functions.h>
#include <ATen/ops/batch_norm_native.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <vector>

#include "framework/worker/engine/images.hpp"
#include "framework/worker/engine/parallel.hpp"

namespace gradus::worker::engine {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Pixels of a piece. Pieces are the same whatever the number of threads.
constexpr std::int64_t kPiece = 2048;

struct Extents {
  std::int64_t rows, channels, pieces;
  explicit Extents(const at::Tensor& images)
      : rows(images.size(0) * images.size(2) * images.size(3)),
        channels(images.size(1)),
        pieces((rows + kPiece - 1) / kPiece) {}
  std::int64_t begin(std::int64_t piece) const { return piece * kPiece; }
  std::int64_t count(std::int64_t piece) const { return std::min(kPiece, rows - begin(piece)); }
};

/// Two sums a channel over all pieces: `add(piece, first, second)` gives one piece's.
template <class Add>
std::vector<double> sum_pieces(const Extents& extents, const Add& add) {
  const std::int64_t width = 2 * extents.channels;
  std::vector<double> parts(static_cast<std::size_t>(extents.pieces * width));
  in_parallel(extents.pieces, 1, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t piece = from; piece < to; ++piece) {
      double* first = parts.data() + piece * width;
      add(piece, first, first + extents.channels);
    }
  });
  for (std::int64_t piece = 1; piece < extents.pieces; ++piece) {
    for (std::int64_t i = 0; i < width; ++i) {
      parts[static_cast<std::size_t>(i)] += parts[static_cast<std::size_t>(piece * width + i)];
    }
  }
  parts.resize(static_cast<std::size_t>(width));
  return parts;
}

template <class Work>
void for_pieces(const Extents& extents, const Work& work) {
  in_parallel(extents.pieces, 1, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t piece = from; piece < to; ++piece) work(piece);
  });
}

/// Mean and variance (divided by the number of pixels) of each channel. Sums are taken around the
/// first pixel, so that a large mean does not swallow a small variance.
struct Moments {
  std::vector<double> mean, variance;
};

Moments moments_of(const at::Tensor& images, const Extents& extents) {
  const auto channels = static_cast<std::size_t>(extents.channels);
  std::vector<float> around(channels);
  std::vector<double> sums;
  with_kernels(images, [&](auto number, const auto& loops) {
    const auto* x = numbers<decltype(number)>(images);
    for (std::size_t c = 0; c < channels; ++c) {
      around[c] = single(x[c]);
      if (!std::isfinite(around[c])) around[c] = 0;
    }
    sums = sum_pieces(extents, [&](std::int64_t piece, double* sum, double* square) {
      loops.moments(x + extents.begin(piece) * extents.channels, extents.count(piece),
                    extents.channels, around.data(), sum, square);
    });
  });
  Moments moments{std::vector<double>(channels), std::vector<double>(channels)};
  const auto rows = static_cast<double>(extents.rows);
  for (std::size_t c = 0; c < channels; ++c) {
    const double offset = sums[c] / rows;
    moments.mean[c] = static_cast<double>(around[c]) + offset;
    const double variance = sums[channels + c] / rows - offset * offset;
    moments.variance[c] = variance < 0 ? 0 : variance;  // NaN stays NaN
  }
  return moments;
}

double value_or(const at::Tensor& tensor, std::size_t c, double otherwise) {
  return tensor.defined() ? static_cast<double>(tensor.const_data_ptr<float>()[c]) : otherwise;
}

at::Tensor scaled(const at::Tensor& images, const Extents& extents, const std::vector<float>& scale,
                  const std::vector<float>& shift) {
  at::Tensor out = at::empty_like(images, at::MemoryFormat::ChannelsLast);
  with_kernels(images, [&](auto number, const auto& loops) {
    using Number = decltype(number);
    const Number* x = numbers<Number>(images);
    Number* y = numbers_of<Number>(out);
    for_pieces(extents, [&](std::int64_t piece) {
      const std::int64_t at = extents.begin(piece) * extents.channels;
      loops.affine(x + at, extents.count(piece), extents.channels, scale.data(), shift.data(),
                   y + at);
    });
  });
  return out;
}

/// Updated in place, where a module keeps them.
struct Running {
  at::Tensor mean, variance;
};

/// One training step's normalisation, differentiable.
class TrainingNorm : public torch::autograd::Function<TrainingNorm> {
 public:
  // An undefined tensor cannot be an argument of a Function; an empty optional can.
  static at::Tensor forward(AutogradContext* context, const at::Tensor& images,
                            const std::optional<at::Tensor>& optional_weight,
                            const std::optional<at::Tensor>& optional_bias, Running running,
                            double momentum, double eps) {
    const at::Tensor weight = optional_weight.value_or(at::Tensor()),
                     bias = optional_bias.value_or(at::Tensor());
    const Extents extents(images);
    const Moments moments = moments_of(images, extents);
    const auto channels = static_cast<std::size_t>(extents.channels);
    const auto rows = static_cast<double>(extents.rows);
    at::Tensor mean = at::empty({extents.channels}, images.options().dtype(at::kFloat));
    at::Tensor inverse = at::empty_like(mean);
    std::vector<float> scale(channels), shift(channels);
    for (std::size_t c = 0; c < channels; ++c) {
      const double inverse_std = 1 / std::sqrt(moments.variance[c] + eps);
      const double factor = inverse_std * value_or(weight, c, 1);
      mean.mutable_data_ptr<float>()[c] = static_cast<float>(moments.mean[c]);
      inverse.mutable_data_ptr<float>()[c] = static_cast<float>(inverse_std);
      scale[c] = static_cast<float>(factor);
      shift[c] = static_cast<float>(value_or(bias, c, 0) - moments.mean[c] * factor);
      const auto blend = [&](at::Tensor& statistic, double now) {
        float& kept = statistic.mutable_data_ptr<float>()[c];
        kept = static_cast<float>((1 - momentum) * static_cast<double>(kept) + momentum * now);
      };
      if (running.mean.defined()) blend(running.mean, moments.mean[c]);
      if (running.variance.defined())
        blend(running.variance, moments.variance[c] * rows / (rows - 1));
    }
    context->save_for_backward({images, weight, mean, inverse, running.mean, running.variance});
    context->saved_data["eps"] = eps;
    return scaled(images, extents, scale, shift);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &images = saved[0], &weight = saved[1], &mean = saved[2], &inverse = saved[3];
    if (!gradients[0].defined()) return variable_list(6);
    const at::Tensor dy =
        gradients[0].to(images.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
    // Who differentiates the gradient once more needs operations that LibTorch can differentiate.
    if (at::GradMode::is_enabled()) {
      const auto [dx, dweight, dbias] = at::native_batch_norm_backward(
          dy, images, weight, saved[4], saved[5], mean, inverse, true,
          context->saved_data["eps"].toDouble(), {true, weight.defined(), weight.defined()});
      return {dx, dweight, dbias, {}, {}, {}};
    }
    return first_order(images, weight, mean, inverse, dy);
  }

 private:
  static variable_list first_order(const at::Tensor& images, const at::Tensor& weight,
                                   const at::Tensor& mean, const at::Tensor& inverse,
                                   const at::Tensor& dy) {
    const Extents extents(images);
    const auto channels = static_cast<std::size_t>(extents.channels);
    const auto rows = static_cast<double>(extents.rows);
    const float* centre = mean.const_data_ptr<float>();
    at::Tensor dx = at::empty_like(images, at::MemoryFormat::ChannelsLast);
    at::Tensor dweight = at::empty_like(mean), dbias = at::empty_like(mean);
    with_kernels(images, [&](auto number, const auto& loops) {
      using Number = decltype(number);
      const Number *x = numbers<Number>(images), *g = numbers<Number>(dy);
      const auto sums = sum_pieces(extents, [&](std::int64_t piece, double* sum, double* product) {
        const std::int64_t at = extents.begin(piece) * extents.channels;
        loops.gradient_sums(g + at, x + at, extents.count(piece), extents.channels, centre, sum,
                            product);
      });
      std::vector<float> a(channels), b(channels), d(channels);
      for (std::size_t c = 0; c < channels; ++c) {
        const auto inverse_std = static_cast<double>(inverse.const_data_ptr<float>()[c]);
        const double factor = inverse_std * value_or(weight, c, 1);
        const double sum = sums[c], product = sums[channels + c];
        dbias.mutable_data_ptr<float>()[c] = static_cast<float>(sum);
        dweight.mutable_data_ptr<float>()[c] = static_cast<float>(product * inverse_std);
        a[c] = static_cast<float>(factor);
        b[c] = static_cast<float>(-factor * inverse_std * inverse_std * product / rows);
        d[c] = static_cast<float>(-factor * sum / rows);
      }
      Number* out = numbers_of<Number>(dx);
      for_pieces(extents, [&](std::int64_t piece) {
        const std::int64_t at = extents.begin(piece) * extents.channels;
        loops.gradient(g + at, x + at, extents.count(piece), extents.channels, a.data(), b.data(),
                       centre, d.data(), out + at);
      });
    });
    if (!weight.defined()) return {dx, {}, {}, {}, {}, {}};
    return {dx, dweight, dbias, {}, {}, {}};
  }
};

/// Undefined, or what our loops can read: one number a channel.
bool known_vector(const at::Tensor& tensor, std::int64_t channels) {
  return !tensor.defined() || (tensor.scalar_type() == at::kFloat && tensor.device().is_cpu() &&
                               tensor.layout() == at::kStrided && tensor.dim() == 1 &&
                               tensor.numel() == channels && tensor.is_contiguous());
}

at::Tensor evaluate(const at::Tensor& images, const at::Tensor& weight, const at::Tensor& bias,
                    const at::Tensor& mean, const at::Tensor& variance, double eps) {
  const Extents extents(images);
  const auto channels = static_cast<std::size_t>(extents.channels);
  std::vector<float> scale(channels), shift(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const double factor = value_or(weight, c, 1) / std::sqrt(value_or(variance, c, 1) + eps);
    scale[c] = static_cast<float>(factor);
    shift[c] = static_cast<float>(value_or(bias, c, 0) - value_or(mean, c, 0) * factor);
  }
  return scaled(images, extents, scale, shift);
}

}  // namespace

at::Tensor fast_batch_norm(const at::Tensor& input, const std::optional<at::Tensor>& weight,
                           const std::optional<at::Tensor>& bias,
                           const std::optional<at::Tensor>& running_mean,
                           const std::optional<at::Tensor>& running_var, bool training,
                           double momentum, double eps, bool cudnn_enabled) {
  const at::Tensor w = weight.value_or(at::Tensor()), b = bias.value_or(at::Tensor()),
                   mean = running_mean.value_or(at::Tensor()),
                   variance = running_var.value_or(at::Tensor());
  const auto stock = [&] {
    return at::native::batch_norm(input, weight, bias, running_mean, running_var, training,
                                  momentum, eps, cudnn_enabled);
  };
  if (!known_images(input) || w.defined() != b.defined() || mean.defined() != variance.defined()) {
    return stock();
  }
  for (const at::Tensor* vector : {&w, &b, &mean, &variance}) {
    if (!known_vector(*vector, input.size(1))) return stock();
  }
  if (training || !mean.defined()) {
    if (input.size(0) * input.size(2) * input.size(3) < 2) return stock();  // which says why not
    const auto given = [](const at::Tensor& vector) {
      return vector.defined() ? std::optional(vector) : std::nullopt;
    };
    return TrainingNorm::apply(input, given(w), given(b),
                               training ? Running{mean, variance} : Running{}, momentum, eps);
  }
  const bool differentiated =
      at::GradMode::is_enabled() &&
      (input.requires_grad() || (w.defined() && (w.requires_grad() || b.requires_grad())));
  return differentiated ? stock() : evaluate(input, w, b, mean, variance, eps);
}

}  // namespace gradus::worker::engine
