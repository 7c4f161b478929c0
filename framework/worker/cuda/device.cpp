// libgradus_cuda.so: the only part of Gradus that needs CUDA's libraries. The worker opens it where
// a plan asks for a GPU (worker/device/open.hpp); everything else runs without it.

#include <ATen/Context.h>
#include <ATen/cuda/CUDAGeneratorImpl.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>

#include <algorithm>
#include <exception>
#include <mutex>

#include "framework/worker/cuda/graph.hpp"
#include "framework/worker/cuda/kernels.hpp"
#include "framework/worker/device/open.hpp"

namespace gradus::worker::cuda {
namespace {

std::string version_text(int number) {
  return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
}

/// The first GPU that this process sees; the supervisor decides which one that is.
class Cuda : public Device {
 public:
  explicit Cuda(const DeviceWish& wish) : stream_(ready_stream()) {
    // Graphs are recorded on a stream of their own, and what runs on another one would have to be
    // waited for: so everything runs on this one.
    c10::cuda::setCurrentCUDAStream(stream_);
    pool_ = at::cuda::graph_pool_handle();
    C10_CUDA_CHECK(cudaGetDeviceProperties(&properties_, 0));
    auto& context = at::globalContext();
    context.setAllowTF32CuBLAS(wish.tfloat32);
    context.setAllowTF32CuDNN(wish.tfloat32);
    context.setBenchmarkCuDNN(false);  // choices by measuring differ from run to run
    context.setDeterministicCuDNN(true);
    // Where an operation has two kernels, the one that gives the same bits each time; where it has
    // only the other, a warning instead of an error. Filling new memory, which that would bring
    // along, costs time and changes no result that is defined.
    context.setDeterministicAlgorithms(true, /*warn_only=*/true);
    context.setDeterministicFillUninitializedMemory(false);
    if (wish.memory_mib > 0) {
      const double share = static_cast<double>(wish.memory_mib) * 1024 * 1024 /
                           static_cast<double>(properties_.totalGlobalMem);
      c10::cuda::CUDACachingAllocator::setMemoryFraction(std::min(share, 1.0), 0);
    }
  }

  c10::Device place() const override { return c10::Device(c10::kCUDA, 0); }

  std::map<std::string, std::string> facts() const override {
    int driver = 0, runtime = 0;
    C10_CUDA_CHECK(cudaDriverGetVersion(&driver));
    C10_CUDA_CHECK(cudaRuntimeGetVersion(&runtime));
    return {{"name", properties_.name},
            {"compute_capability",
             std::to_string(properties_.major) + "." + std::to_string(properties_.minor)},
            {"memory_mib", std::to_string(properties_.totalGlobalMem >> 20)},
            {"driver_cuda", version_text(driver)},
            {"cuda", version_text(runtime)}};
  }

  void seed(std::uint64_t value) override {
    at::Generator generator = at::cuda::detail::getDefaultCUDAGenerator(0);
    const std::lock_guard lock(generator.mutex());
    generator.set_current_seed(value);
  }

  void fill(const FillJob& job) override {
    launch_fill(job, stream_.stream());
    C10_CUDA_CHECK(cudaGetLastError());
  }
  void tally(const float* loss, const std::int64_t* correct, std::int64_t count,
             Cursor* cursor) override {
    launch_tally(loss, correct, count, cursor, stream_.stream());
    C10_CUDA_CHECK(cudaGetLastError());
  }
  void update(const UpdateJob& job, std::span<const UpdateTensor> tensors) override {
    launch_update(job, tensors, stream_.stream());
    C10_CUDA_CHECK(cudaGetLastError());
  }
  void advance(Cursor* cursor) override {
    launch_advance(cursor, stream_.stream());
    C10_CUDA_CHECK(cudaGetLastError());
  }

  std::unique_ptr<StepGraph> graph() override { return make_graph(pool_); }

 private:
  static c10::cuda::CUDAStream ready_stream() {
    at::globalContext().lazyInitDevice(c10::DeviceType::CUDA);
    return c10::cuda::getStreamFromPool();
  }

  c10::cuda::CUDAStream stream_;
  at::cuda::MempoolId_t pool_;
  cudaDeviceProp properties_{};
};

}  // namespace
}  // namespace gradus::worker::cuda

extern "C" __attribute__((visibility("default"))) gradus::worker::Device* gradus_cuda_device(
    const gradus::worker::DeviceWish& wish, std::string& why) {
  try {
    if (c10::cuda::device_count_ensure_non_zero() > 0) {
      return new gradus::worker::cuda::Cuda(wish);
    }
    why = "no GPU answers";
  } catch (const c10::Error& error) {
    why = error.what_without_backtrace();
  } catch (const std::exception& error) {
    why = error.what();
  }
  return nullptr;
}
