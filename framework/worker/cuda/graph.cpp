#include "framework/worker/cuda/graph.hpp"

#include <ATen/core/CachingHostAllocator.h>
#include <ATen/cuda/CUDAGeneratorImpl.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>
#include <c10/util/Exception.h>

#include <exception>
#include <mutex>
#include <optional>

namespace gradus::worker::cuda {
namespace {

namespace allocator = c10::cuda::CUDACachingAllocator;

class Graph : public StepGraph {
 public:
  explicit Graph(at::cuda::MempoolId_t pool) : pool_(pool) {}

  std::string capture(const std::function<std::string()>& step) override {
    std::string why;
    // While it records, the allocator gives nothing back to the card that it keeps for later use,
    // and what it keeps does not serve the graphs' memory.
    c10::cuda::device_synchronize();
    allocator::emptyCache();
    const int uses_before = pool_uses();
    try {
      graph_.emplace();
      graph_->capture_begin(pool_);
      why = step();
      graph_->capture_end();
    } catch (const c10::Error& error) {
      // What the step says is nearer to the cause than "capture was invalidated" is.
      if (why.empty()) why = error.what_without_backtrace();
      clean_up(uses_before);
    } catch (const std::exception& error) {
      if (why.empty()) why = error.what();
      clean_up(uses_before);
    }
    if (!why.empty()) graph_.reset();
    return why;
  }

  void replay() override { graph_->replay(); }

 private:
  /// LibTorch leaves a capture that failed half open: the stream keeps recording, both allocators
  /// keep serving it from the graphs' memory, through functions that lead into a graph which is no
  /// more, and the generator takes itself to be recorded, so that the next dropout throws.
  void clean_up(int uses_before) {
    const cudaStream_t stream = c10::cuda::getCurrentCUDAStream().stream();
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
    if (cudaStreamIsCapturing(stream, &status) != cudaSuccess ||
        status != cudaStreamCaptureStatusNone) {
      cudaGraph_t broken = nullptr;
      static_cast<void>(cudaStreamEndCapture(stream, &broken));
      if (broken != nullptr) static_cast<void>(cudaGraphDestroy(broken));
    }
    at::HostAllocator* host = at::getHostAllocator(at::kCUDA);
    attempt([&] { allocator::endAllocateToPool(c10::cuda::current_device(), pool_); });
    attempt([&] { host->end_allocate_to_pool(pool_); });
    graph_.reset();
    // A graph gives up its part of the pool only where its capture ended.
    if (pool_uses() > uses_before) {
      attempt([&] { allocator::releasePool(c10::cuda::current_device(), pool_); });
      attempt([&] { host->release_pool(pool_); });
    }
    attempt([] {
      at::Generator generator = at::cuda::detail::getDefaultCUDAGenerator();
      const std::lock_guard lock(generator.mutex());
      // A copy has the seed and how far it was used, and records nothing. Graphs that were recorded
      // before go on drawing from the old state: none is replayed any more (StepRecorder::give_up).
      generator.graphsafe_set_state(generator.clone());
    });
    static_cast<void>(cudaGetLastError());  // of the capture; it must not end the next operation
  }

  /// Steps of a cleaning-up are independent of each other, and some have nothing to clean.
  template <class F>
  static void attempt(F&& step) {
    try {
      step();
    } catch (const std::exception&) {
    }
  }

  /// Graphs that hold a part of the pool; 0 where it does not exist yet.
  int pool_uses() const {
    int uses = 0;
    attempt([&] { uses = allocator::getPoolUseCount(c10::cuda::current_device(), pool_); });
    return uses;
  }

  at::cuda::MempoolId_t pool_;
  std::optional<at::cuda::CUDAGraph> graph_;
};

}  // namespace

std::unique_ptr<StepGraph> make_graph(at::cuda::MempoolId_t pool) {
  return std::make_unique<Graph>(pool);
}

}  // namespace gradus::worker::cuda
