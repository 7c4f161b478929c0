// Small pieces on their own, with Google Benchmark: the input pipeline's pass over a batch, and the
// frame codec. gradus-bench-micro --benchmark_filter=REGEX

#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "framework/core/philox.hpp"
#include "framework/record/frame.hpp"
#include "framework/worker/input/pixels.hpp"

namespace gradus {
namespace {

constexpr std::int64_t kBatch = 128;
constexpr worker::ImageShape kShape{3, 32, 32};

/// uint8 [128, 32, 32, 3] → crop 4, flip, normalise → float, channels last.
void input_batch(benchmark::State& state) {
  const auto padding = static_cast<std::int32_t>(state.range(0));
  const bool flip = state.range(1) != 0;
  const auto size = static_cast<std::size_t>(kShape.size());
  std::vector<std::uint8_t> images(kBatch * size);
  for (std::size_t i = 0; i < images.size(); ++i) images[i] = static_cast<std::uint8_t>(i * 31);
  const worker::PixelTable table(3, {.4914, .4822, .4465}, {.247, .243, .262});
  std::vector<float> out(images.size());
  std::uint32_t epoch = 0;
  for (auto _ : state) {
    ++epoch;
    for (std::size_t i = 0; i < kBatch; ++i) {
      const auto at = worker::draw_placement(1, epoch, i, {padding, flip});
      worker::transform_image(images.data() + i * size, kShape, at, table, out.data() + i * size);
    }
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(input_batch)
    ->ArgNames({"crop", "flip"})
    ->Args({0, 0})
    ->Args({4, 0})
    ->Args({4, 1})
    ->Unit(benchmark::kMicrosecond);

/// The order of an epoch of 45,000 images.
void epoch_order(benchmark::State& state) {
  std::uint32_t epoch = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(permutation(1, Purpose::shuffle, ++epoch, 45'000));
  }
  state.SetItemsProcessed(state.iterations() * 45'000);
}
BENCHMARK(epoch_order)->Unit(benchmark::kMicrosecond);

/// One frame with a payload, written and read back through the decoder in pieces of 64 KiB, as they
/// come from a pipe.
void frame_round_trip(benchmark::State& state) {
  const std::vector<std::byte> payload(static_cast<std::size_t>(state.range(0)));
  const Json body = {{"name", "conv1.weight"},
                     {"kind", "parameter"},
                     {"dtype", "float32"},
                     {"shape", {8, 3, 5, 5}}};
  for (auto _ : state) {
    const std::string head =
        encode_frame_head("tensor", "0123456789abcdef0123456789abcdef", body, payload.size());
    FrameDecoder decoder;
    decoder.feed(reinterpret_cast<const std::byte*>(head.data()), head.size());
    constexpr std::size_t kPiece = 64 * 1024;
    for (std::size_t at = 0; at < payload.size(); at += kPiece) {
      decoder.feed(payload.data() + at, std::min(kPiece, payload.size() - at));
    }
    auto frame = decoder.next();
    if (!frame.ok() || !frame->has_value() || (*frame)->payload.size() != payload.size()) {
      state.SkipWithError("the frame did not come back");
      break;
    }
    benchmark::DoNotOptimize((*frame)->payload.data());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(frame_round_trip)
    ->Arg(0)
    ->Arg(2400)
    ->Arg(1 << 20)
    ->Arg(16 << 20)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace gradus

BENCHMARK_MAIN();
