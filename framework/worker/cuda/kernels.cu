#include <algorithm>

#include "framework/worker/cuda/kernels.hpp"

namespace gradus::worker::cuda {
namespace {

constexpr int kThreads = 256;
/// Tensors of one launch: what fits into the 4 KiB that a kernel's arguments may have.
constexpr int kTensors = 48;

struct Chunk {
  UpdateTensor tensors[kTensors];
  int count;
};

__global__ void fill_kernel(FillJob job) {
  const std::int64_t thread = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  const std::int64_t pixels = job.shown.height * job.shown.width;
  if (thread >= job.count * pixels) return;
  const std::int64_t pixel = thread % pixels;
  fill_pixel(job, thread / pixels, pixel / job.shown.width, pixel % job.shown.width);
}

__global__ void tally_kernel(const float* loss, const std::int64_t* correct, std::int64_t count,
                             Cursor* cursor) {
  tally_step(*loss, *correct, count, *cursor);
}

__global__ void begin_update_kernel(UpdateJob job, Chunk chunk) {
  if (static_cast<int>(threadIdx.x) < chunk.count) begin_update(job, chunk.tensors[threadIdx.x]);
}

/// blockIdx.y: the tensor; blockIdx.x: its part, in strides of the grid.
__global__ void update_kernel(UpdateJob job, Chunk chunk) {
  if (job.cursor->halted_at >= 0) return;
  const UpdateTensor tensor = chunk.tensors[blockIdx.y];
  const AdaptiveFactors factors = job.factors[tensor.index];
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
       i < tensor.n; i += stride) {
    update_value(job.rule, tensor, factors, i);
  }
}

__global__ void advance_kernel(Cursor* cursor) { ++cursor->step; }

unsigned blocks_for(std::int64_t threads) {
  return static_cast<unsigned>((threads + kThreads - 1) / kThreads);
}

}  // namespace

void launch_fill(const FillJob& job, cudaStream_t stream) {
  const std::int64_t threads = job.count * job.shown.height * job.shown.width;
  fill_kernel<<<blocks_for(threads), kThreads, 0, stream>>>(job);
}

void launch_tally(const float* loss, const std::int64_t* correct, std::int64_t count,
                  Cursor* cursor, cudaStream_t stream) {
  tally_kernel<<<1, 1, 0, stream>>>(loss, correct, count, cursor);
}

void launch_update(const UpdateJob& job, std::span<const UpdateTensor> tensors,
                   cudaStream_t stream) {
  constexpr std::int64_t kMostBlocks = 64;
  for (std::size_t begin = 0; begin < tensors.size(); begin += kTensors) {
    Chunk chunk{};
    std::int64_t longest = 1;
    for (const UpdateTensor& tensor :
         tensors.subspan(begin, std::min<std::size_t>(kTensors, tensors.size() - begin))) {
      chunk.tensors[chunk.count++] = tensor;
      longest = std::max(longest, tensor.n);
    }
    begin_update_kernel<<<1, kTensors, 0, stream>>>(job, chunk);
    const dim3 grid(static_cast<unsigned>(std::min<std::int64_t>(blocks_for(longest), kMostBlocks)),
                    static_cast<unsigned>(chunk.count));
    update_kernel<<<grid, kThreads, 0, stream>>>(job, chunk);
  }
}

void launch_advance(Cursor* cursor, cudaStream_t stream) {
  advance_kernel<<<1, 1, 0, stream>>>(cursor);
}

}  // namespace gradus::worker::cuda
