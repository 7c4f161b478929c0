#include "framework/worker/input/loader.hpp"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <vector>

namespace gradus::worker {
namespace {

/// Images whose first byte is their index, labels index mod 10.
class LoaderTest : public testing::Test {
 protected:
  static constexpr std::int64_t kCount = 100;
  static constexpr ImageShape kShape{3, 5, 4};

  LoaderTest() {
    for (std::int64_t i = 0; i < kCount * kShape.size(); ++i) {
      images_.push_back(static_cast<std::uint8_t>(
          i % kShape.size() == 0 ? i / kShape.size()
                                 : philox(1, Purpose::probe, 0, static_cast<std::uint64_t>(i))[0]));
    }
    for (std::int64_t i = 0; i < kCount; ++i) labels_.push_back(static_cast<std::uint8_t>(i % 10));
    data_ = {kShape, kCount, images_.data(), labels_.data()};
    options_.seed = 5;
    options_.batch = 32;
  }

  struct Pass {
    std::vector<std::int64_t> indices, labels, sizes;
    std::vector<float> pixels;
  };
  Pass read_all(const LoaderOptions& options) const {
    BatchLoader loader(data_, options, PixelTable(3, {}, {}));
    Pass pass;
    while (auto batch = loader.next()) {
      pass.sizes.push_back(batch->count);
      for (std::int64_t i = 0; i < batch->count; ++i) {
        pass.indices.push_back(batch->indices[i].item<std::int64_t>());
        pass.labels.push_back(batch->labels[i].item<std::int64_t>());
      }
      const torch::Tensor plain = batch->images.contiguous();
      pass.pixels.insert(pass.pixels.end(), plain.data_ptr<float>(),
                         plain.data_ptr<float>() + plain.numel());
    }
    return pass;
  }

  std::vector<std::uint8_t> images_, labels_;
  TrainingData data_;
  LoaderOptions options_;
};

TEST_F(LoaderTest, KeepsTheLastSmallerBatch) {
  EXPECT_EQ(read_all(options_).sizes, (std::vector<std::int64_t>{32, 32, 32, 4}));
}

TEST_F(LoaderTest, CoversEveryImageOnceAnEpochInAnotherOrder) {
  options_.last_epoch = 2;
  const Pass pass = read_all(options_);
  ASSERT_EQ(pass.indices.size(), 200U);
  const std::vector<std::int64_t> first(pass.indices.begin(), pass.indices.begin() + kCount);
  const std::vector<std::int64_t> second(pass.indices.begin() + kCount, pass.indices.end());
  EXPECT_EQ(std::set(first.begin(), first.end()).size(), 100U);
  EXPECT_EQ(std::set(second.begin(), second.end()).size(), 100U);
  EXPECT_NE(first, second);
  for (std::size_t i = 0; i < pass.indices.size(); ++i) {
    ASSERT_EQ(pass.labels[i], pass.indices[i] % 10);
  }
}

// Golden order: an independent Python implementation of the Philox Fisher-Yates shuffle.
TEST_F(LoaderTest, ShufflesInThePinnedOrder) {
  data_.count = 10;
  EXPECT_EQ(read_all(options_).indices, (std::vector<std::int64_t>{7, 8, 2, 3, 9, 6, 4, 5, 1, 0}));
  options_.first_epoch = options_.last_epoch = 2;
  EXPECT_EQ(read_all(options_).indices, (std::vector<std::int64_t>{7, 2, 6, 5, 1, 8, 3, 4, 0, 9}));
}

TEST_F(LoaderTest, StartingAtALaterEpochGivesThatEpoch) {
  options_.placement = {2, true};
  options_.last_epoch = 3;
  const Pass whole = read_all(options_);
  options_.first_epoch = 3;
  const Pass resumed = read_all(options_);
  EXPECT_TRUE(std::equal(resumed.pixels.begin(), resumed.pixels.end(),
                         whole.pixels.end() - static_cast<std::ptrdiff_t>(resumed.pixels.size())));
}

TEST_F(LoaderTest, PlacesEachImageByItsIndexWhateverItsBatch) {
  options_.placement = {2, true};
  const Pass small = read_all(options_);
  options_.batch = 100;
  const Pass large = read_all(options_);
  EXPECT_EQ(small.pixels, large.pixels);
  options_.seed = 6;
  EXPECT_NE(read_all(options_).pixels, large.pixels);
}

TEST_F(LoaderTest, EqualsTheTransformOfEachImage) {
  options_.placement = {1, true};
  const PixelTable table(3, {0.5, 0.4, 0.3}, {0.2, 0.3, 0.4});
  BatchLoader loader(data_, options_, table);
  std::vector<float> wanted(static_cast<std::size_t>(kShape.size()));
  while (auto batch = loader.next()) {
    for (std::int64_t i = 0; i < batch->count; ++i) {
      const auto image = batch->indices[i].item<std::int64_t>();
      transform_image(data_.images + image * kShape.size(), kShape,
                      draw_placement(5, 1, static_cast<std::uint64_t>(image), {1, true}), table,
                      wanted.data());
      const torch::Tensor rows = batch->images[i].permute({1, 2, 0}).contiguous();
      ASSERT_TRUE(std::equal(wanted.begin(), wanted.end(), rows.data_ptr<float>()));
    }
  }
}

TEST_F(LoaderTest, MakesImagesSmallerInTheEpochsThatSaySo) {
  options_.placement = {1, true};
  options_.last_epoch = 3;
  options_.shapes = {{3, 3, 2}, {3, 4, 3}, kShape};
  const PixelTable table(3, {0.5, 0.4, 0.3}, {0.2, 0.3, 0.4});
  for (const bool channels_last : {true, false}) {
    options_.channels_last = channels_last;
    BatchLoader loader(data_, options_, table);
    std::vector<float> full(static_cast<std::size_t>(kShape.size()));
    while (auto batch = loader.next()) {
      const ImageShape& shape = options_.shapes[static_cast<std::size_t>(batch->epoch - 1)];
      ASSERT_EQ(batch->images.sizes(),
                (torch::IntArrayRef{batch->count, 3, shape.height, shape.width}));
      EXPECT_TRUE(batch->images.is_contiguous(channels_last ? at::MemoryFormat::ChannelsLast
                                                            : at::MemoryFormat::Contiguous));
      AreaResize resize(kShape, shape.height, shape.width);
      std::vector<float> wanted(static_cast<std::size_t>(shape.size()));
      for (std::int64_t i = 0; i < batch->count; ++i) {
        const auto image = batch->indices[i].item<std::int64_t>();
        transform_image(data_.images + image * kShape.size(), kShape,
                        draw_placement(5, static_cast<std::uint32_t>(batch->epoch),
                                       static_cast<std::uint64_t>(image), {1, true}),
                        table, full.data());
        resize.apply(full.data(), wanted.data());
        const torch::Tensor rows = batch->images[i].permute({1, 2, 0}).contiguous();
        ASSERT_TRUE(std::equal(wanted.begin(), wanted.end(), rows.data_ptr<float>()));
      }
    }
  }
}

TEST_F(LoaderTest, GivesTheMemoryFormatThatIsAskedFor) {
  {
    BatchLoader loader(data_, options_, PixelTable(3, {}, {}));
    EXPECT_TRUE(loader.next()->images.is_contiguous(at::MemoryFormat::ChannelsLast));
  }
  options_.channels_last = false;
  BatchLoader loader(data_, options_, PixelTable(3, {}, {}));
  EXPECT_TRUE(loader.next()->images.is_contiguous());
}

TEST_F(LoaderTest, NeverWritesIntoATensorThatSomebodyKept) {
  options_.last_epoch = 5;
  BatchLoader loader(data_, options_, PixelTable(3, {}, {}));
  std::vector<torch::Tensor> kept, copies;
  while (auto batch = loader.next()) {
    kept.push_back(batch->images.flatten());
    kept.push_back(batch->images.select(1, 0));  // a view: shares the storage
    copies.push_back(kept[kept.size() - 2].clone());
    copies.push_back(kept.back().clone());
  }
  ASSERT_EQ(kept.size(), 40U);
  for (std::size_t i = 0; i < kept.size(); ++i) EXPECT_TRUE(kept[i].equal(copies[i]));
}

TEST_F(LoaderTest, StopsInTheMiddleWithoutHanging) {
  options_.last_epoch = 1000;
  for (int taken = 0; taken < 3; ++taken) {
    BatchLoader loader(data_, options_, PixelTable(3, {}, {}));
    for (int i = 0; i < taken; ++i) ASSERT_TRUE(loader.next().has_value());
  }
}

}  // namespace
}  // namespace gradus::worker
