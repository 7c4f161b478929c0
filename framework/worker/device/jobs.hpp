#pragma once

// What our own kernels are asked for, in plain pointers into the device's memory, and their bodies,
// one value each. CUDA runs the bodies as threads (worker/cuda), the emulated device as loops, so
// that every machine can test that a GPU sees the same pictures and takes the same steps.

#include <cmath>
#include <cstdint>

#include "framework/core/host_device.hpp"
#include "framework/worker/input/pixels.hpp"
#include "framework/worker/train/update_rules.hpp"

namespace gradus::worker {

/// Where an epoch is. Lives on the device and is moved on by the device, so that a recorded step
/// can be replayed without a word from the host.
struct Cursor {
  std::uint32_t epoch = 1;
  std::int64_t step = 0;           ///< of the epoch, from 0
  std::int64_t halted_at = -1;     ///< the first step of the epoch whose loss is not finite
  double loss = 0, last_loss = 0;  ///< Σ of mean loss × images, and of the last step alone
  std::int64_t correct = 0, images = 0;
};

/// One batch out of a data set that lies on the device.
struct FillJob {
  const std::uint8_t* images = nullptr;  ///< [N, H, W, C]
  const std::uint8_t* labels = nullptr;  ///< [N]
  const std::uint32_t* order = nullptr;  ///< of the epoch: [N]
  const float* table = nullptr;          ///< PixelTable: [C, 256]
  const Cursor* cursor = nullptr;
  ImageShape full, shown;  ///< stored and wanted; wanted may be smaller (AreaResize)
  PlacementRule placement;
  std::uint64_t seed = 0;
  std::int64_t batch = 0, count = 0;  ///< of a full batch; of this one
  bool channels_last = true;
  float* pixels = nullptr;               ///< [count, C, h, w], or [count, h, w, C] in memory
  std::int64_t* batch_labels = nullptr;  ///< [count]
};

/// Byte of one pixel of the placed crop, before any change of size: as transform_image() has it.
GRADUS_HOST_DEVICE inline std::uint8_t placed_byte(const std::uint8_t* image,
                                                   const ImageShape& shape, const Placement& at,
                                                   std::int64_t y, std::int64_t x,
                                                   std::int64_t channel) {
  std::int64_t column = (at.mirrored ? shape.width - 1 - x : x) + at.dx;
  std::int64_t row = y + at.dy;
  if (at.reflected) {
    row = reflected_index(row, shape.height);
    column = reflected_index(column, shape.width);
  } else if (row < 0 || row >= shape.height || column < 0 || column >= shape.width) {
    return 0;
  }
  return image[(row * shape.width + column) * shape.channels + channel];
}

/// Share of old pixel k in new pixel i along one direction; see AreaResize::shares().
GRADUS_HOST_DEVICE inline float area_share(std::int64_t i, std::int64_t k, std::int64_t from,
                                           std::int64_t to) {
  const std::int64_t begin = i * from, end = begin + from;
  const std::int64_t low = k * to > begin ? k * to : begin;
  const std::int64_t high = (k + 1) * to < end ? (k + 1) * to : end;
  return static_cast<float>(static_cast<double>(high - low) / static_cast<double>(from));
}

/// Pixel (y, x) of the batch's image number i, all channels.
GRADUS_HOST_DEVICE inline void fill_pixel(const FillJob& job, std::int64_t i, std::int64_t y,
                                          std::int64_t x) {
  const std::int64_t index = job.order[job.cursor->step * job.batch + i];
  const std::uint8_t* image = job.images + index * job.full.size();
  Placement at;
  if (job.placement.any()) {
    at = draw_placement(job.seed, job.cursor->epoch, static_cast<std::uint64_t>(index),
                        job.placement);
  }
  const ImageShape& full = job.full;
  const ImageShape& shown = job.shown;
  const bool smaller = shown.height != full.height || shown.width != full.width;
  const std::int64_t first_y = y * full.height / shown.height;
  const std::int64_t first_x = x * full.width / shown.width;
  for (std::int64_t c = 0; c < full.channels; ++c) {
    const float* table = job.table + c * 256;
    float value = 0;
    if (!smaller) {
      value = table[placed_byte(image, full, at, y, x, c)];
    } else {
      for (std::int64_t v = first_y; v * shown.height < (y + 1) * full.height; ++v) {
        float row = 0;
        for (std::int64_t u = first_x; u * shown.width < (x + 1) * full.width; ++u) {
          row += area_share(x, u, full.width, shown.width) *
                 table[placed_byte(image, full, at, v, u, c)];
        }
        value += area_share(y, v, full.height, shown.height) * row;
      }
    }
    const std::int64_t place = job.channels_last
                                   ? ((i * shown.height + y) * shown.width + x) * full.channels + c
                                   : ((i * full.channels + c) * shown.height + y) * shown.width + x;
    job.pixels[place] = value;
  }
  if (y == 0 && x == 0) job.batch_labels[i] = job.labels[index];
}

/// Sums up a step; a loss that is not finite halts the epoch.
GRADUS_HOST_DEVICE inline void tally_step(float loss, std::int64_t correct, std::int64_t count,
                                          Cursor& cursor) {
  if (cursor.halted_at >= 0) return;
  if (!std::isfinite(loss)) {
    cursor.halted_at = cursor.step;
    return;
  }
  cursor.last_loss = static_cast<double>(loss);
  cursor.loss += static_cast<double>(loss) * static_cast<double>(count);
  cursor.correct += correct;
  cursor.images += count;
}

/// One parameter's part in an optimizer's step, n contiguous values.
struct UpdateTensor {
  float* parameter = nullptr;
  const float* gradient = nullptr;
  float *first = nullptr, *second = nullptr;  ///< memory, where the rule has one
  std::int64_t n = 0;
  double weight_decay = 0;
  std::int64_t index = 0;  ///< into UpdateJob::steps and ::factors
};

/// One step of an optimizer. Nothing happens once the epoch is halted.
struct UpdateJob {
  UpdateRule rule;
  const double* rates = nullptr;  ///< learning rate of each step of the epoch
  const Cursor* cursor = nullptr;
  std::int64_t* steps = nullptr;       ///< [parameters]: steps taken so far
  AdaptiveFactors* factors = nullptr;  ///< [parameters]: of this step
};

/// Before update_value(): one call a parameter.
GRADUS_HOST_DEVICE inline void begin_update(const UpdateJob& job, const UpdateTensor& tensor) {
  if (job.cursor->halted_at >= 0) return;
  const std::int64_t steps = ++job.steps[tensor.index];
  job.factors[tensor.index] =
      factors_of(job.rule, job.rates[job.cursor->step], tensor.weight_decay, steps);
}

/// Value number i of a parameter.
GRADUS_HOST_DEVICE inline void update_value(const UpdateRule& rule, const UpdateTensor& t,
                                            const AdaptiveFactors& f, std::int64_t i) {
  switch (rule.kind) {
    case UpdateKind::sgd: {
      const SgdFactors sgd{f.lr, static_cast<float>(rule.momentum), f.weight_decay, rule.nesterov};
      if (t.first == nullptr) {
        sgd_value(t.parameter[i], t.gradient[i], sgd);
      } else {
        momentum_value(t.parameter[i], t.gradient[i], t.first[i], sgd);
      }
      return;
    }
    case UpdateKind::adam:
    case UpdateKind::adamw:
      return adam_value(t.parameter[i], t.gradient[i], t.first[i], t.second[i],
                        rule.kind == UpdateKind::adamw, f);
    case UpdateKind::rmsprop:
      return rmsprop_value(t.parameter[i], t.gradient[i], t.first[i], t.second[i], f);
    case UpdateKind::adadelta:
      return adadelta_value(t.parameter[i], t.gradient[i], t.first[i], t.second[i], f);
  }
}

}  // namespace gradus::worker
