#include "framework/worker/input/loader.hpp"

#include <torch/types.h>

#include <algorithm>

namespace gradus::worker {
namespace {

constexpr std::size_t kRing = 4;

bool held_elsewhere(const torch::Tensor& tensor) {
  return tensor.use_count() > 1 || tensor.storage().use_count() > 1;
}

}  // namespace

BatchLoader::BatchLoader(const TrainingData& data, const LoaderOptions& options,
                         const PixelTable& table)
    : data_(data),
      options_(options),
      table_(table),
      steps_((data.count + options.batch - 1) / options.batch),
      total_(steps_ * (options.last_epoch - options.first_epoch + 1)),
      slots_(kRing) {
  for (Slot& slot : slots_) allocate(slot);
  thread_ = std::thread([this] { produce(); });
}

BatchLoader::~BatchLoader() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void BatchLoader::allocate(Slot& slot) const {
  const std::int64_t n = std::min(options_.batch, data_.count);
  slot.images = torch::empty({n * data_.shape.size()});
  slot.labels = torch::empty({n}, torch::kInt64);
  slot.indices = torch::empty({n}, torch::kInt64);
  slot.pixels = slot.images.data_ptr<float>();
  slot.label = slot.labels.data_ptr<std::int64_t>();
  slot.index = slot.indices.data_ptr<std::int64_t>();
}

std::optional<Batch> BatchLoader::next() {
  if (taken_ > returned_) {
    Slot& used = slots_[static_cast<std::size_t>(returned_) % kRing];
    if (held_elsewhere(used.images) || held_elsewhere(used.indices)) allocate(used);
    {
      const std::lock_guard lock(mutex_);
      ++returned_;
    }
    changed_.notify_all();
  }
  if (taken_ == total_) return std::nullopt;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return produced_ > taken_; });
  }
  Slot& slot = slots_[static_cast<std::size_t>(taken_) % kRing];
  Batch batch;
  batch.epoch = options_.first_epoch + taken_ / steps_;
  batch.step = taken_ % steps_;
  batch.count = std::min(options_.batch, data_.count - batch.step * options_.batch);
  const ImageShape shape = shape_of(batch.epoch);
  // The strides of [N, H, W, C] under the shape [N, C, H, W] are what "channels-last" means.
  batch.images = slot.images.narrow(0, 0, batch.count * shape.size())
                     .view({batch.count, shape.height, shape.width, shape.channels})
                     .permute({0, 3, 1, 2});
  if (!options_.channels_last) batch.images = batch.images.contiguous();
  batch.labels = slot.labels.narrow(0, 0, batch.count);
  batch.indices = slot.indices.narrow(0, 0, batch.count);
  ++taken_;
  return batch;
}

ImageShape BatchLoader::shape_of(std::int64_t epoch) const {
  const auto at = static_cast<std::size_t>(epoch - options_.first_epoch);
  return at < options_.shapes.size() ? options_.shapes[at] : data_.shape;
}

void BatchLoader::produce() {
  std::vector<std::uint32_t> order;
  for (std::int64_t i = 0; i < total_; ++i) {
    const std::int64_t epoch = options_.first_epoch + i / steps_;
    if (i % steps_ == 0) {
      order = permutation(options_.seed, Purpose::shuffle, static_cast<std::uint32_t>(epoch),
                          static_cast<std::uint32_t>(data_.count));
    }
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock,
                    [&] { return stopping_ || i - returned_ < static_cast<std::int64_t>(kRing); });
      if (stopping_) return;
    }
    fill(slots_[static_cast<std::size_t>(i) % kRing], epoch, i % steps_, order);
    {
      const std::lock_guard lock(mutex_);
      ++produced_;
    }
    changed_.notify_all();
  }
}

void BatchLoader::fill(Slot& slot, std::int64_t epoch, std::int64_t step,
                       std::span<const std::uint32_t> order) {
  const std::int64_t begin = step * options_.batch;
  const std::int64_t count = std::min(options_.batch, data_.count - begin);
  const std::int64_t size = data_.shape.size();
  const ImageShape shape = shape_of(epoch);
  const bool smaller = shape.height != data_.shape.height || shape.width != data_.shape.width;
  if (smaller && (!resize_ || resize_->to().height != shape.height ||
                  resize_->to().width != shape.width)) {
    resize_.emplace(data_.shape, shape.height, shape.width);
    full_.resize(static_cast<std::size_t>(size));
  }
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t image = order[static_cast<std::size_t>(begin + i)];
    Placement at;
    if (options_.placement.any()) {
      at = draw_placement(options_.seed, static_cast<std::uint32_t>(epoch),
                          static_cast<std::uint64_t>(image), options_.placement);
    }
    float* out = slot.pixels + i * shape.size();
    transform_image(data_.images + image * size, data_.shape, at, table_,
                    smaller ? full_.data() : out);
    if (smaller) resize_->apply(full_.data(), out);
    slot.label[i] = data_.labels[image];
    slot.index[i] = image;
  }
}

}  // namespace gradus::worker
