#pragma once

// Shuffled, augmented, normalised batches, prepared ahead by one background thread.
//
// Theory of operation. A ring of preallocated batches. The background thread fills them in the one
// order that (seed, epoch, step) fixes and runs ahead across epoch boundaries, by at most the
// ring's length; the training thread takes them in that order. Nothing that either thread does
// depends on when the other does it. A batch belongs to the training thread until it asks for the
// next one. A plugin may have kept a reference to its input: such a tensor is left to it, and the
// slot gets a new one, so that the plugin never sees memory change under it.

#include <torch/types.h>

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "framework/worker/input/area.hpp"
#include "framework/worker/input/pixels.hpp"

namespace gradus::worker {

/// Training images uint8 [N, H, W, C] and labels uint8 [N]; must outlive the loader.
struct TrainingData {
  ImageShape shape;
  std::int64_t count = 0;
  const std::uint8_t* images = nullptr;
  const std::uint8_t* labels = nullptr;
};

struct LoaderOptions {
  std::uint64_t seed = 0;
  std::int64_t batch = 128;
  std::int64_t first_epoch = 1, last_epoch = 1;  ///< counted from 1; both included
  PlacementRule placement;
  /// What the images of an epoch are made smaller to: of epoch first_epoch + i shapes[i]; empty:
  /// they keep their size.
  std::vector<ImageShape> shapes{};
  /// Channels-last: images have the strides of [N, H, W, C]. Otherwise they are [N, C, H, W].
  bool channels_last = true;
};

/// One batch. The last one of an epoch may be smaller: no image is dropped.
struct Batch {
  std::int64_t epoch = 0, step = 0;  ///< epoch from 1, step from 0
  std::int64_t count = 0;
  torch::Tensor images;   ///< float32 [count, C, H, W], H and W those of the epoch
  torch::Tensor labels;   ///< int64 [count]
  torch::Tensor indices;  ///< int64 [count]: index of each image in the training split
};

class BatchLoader {
 public:
  BatchLoader(const TrainingData& data, const LoaderOptions& options, const PixelTable& table);
  ~BatchLoader();
  BatchLoader(const BatchLoader&) = delete;
  BatchLoader& operator=(const BatchLoader&) = delete;

  /// ⌈count / batch⌉.
  std::int64_t steps_per_epoch() const { return steps_; }
  /// The next batch, valid until the next call; nullopt after the last epoch.
  std::optional<Batch> next();

 private:
  struct Slot {
    torch::Tensor images;  // flat: room for a batch at full size
    torch::Tensor labels, indices;
    float* pixels = nullptr;
    std::int64_t *label = nullptr, *index = nullptr;
  };

  void allocate(Slot& slot) const;
  void produce();
  void fill(Slot& slot, std::int64_t epoch, std::int64_t step,
            std::span<const std::uint32_t> order);
  ImageShape shape_of(std::int64_t epoch) const;

  TrainingData data_;
  LoaderOptions options_;
  PixelTable table_;
  std::optional<AreaResize> resize_;  // of the background thread alone, as is full_
  std::vector<float> full_;           // one image before it is made smaller
  std::int64_t steps_ = 0, total_ = 0;

  std::vector<Slot> slots_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t produced_ = 0, taken_ = 0, returned_ = 0;  // guarded by mutex_; batches so far
  bool stopping_ = false;                                 // guarded by mutex_
  std::thread thread_;
};

}  // namespace gradus::worker
