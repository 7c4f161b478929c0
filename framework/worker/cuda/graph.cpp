#include "framework/worker/cuda/graph.hpp"

#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>
#include <c10/util/Exception.h>

#include <exception>
#include <optional>

namespace gradus::worker::cuda {
namespace {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

class Graph : public StepGraph {
 public:
  explicit Graph(at::cuda::MempoolId_t pool) : pool_(pool) {}

  std::string capture(const std::function<std::string()>& step) override {
    std::string why;
    try {
      graph_.emplace();
      graph_->capture_begin(pool_);
      why = step();
      graph_->capture_end();
    } catch (const c10::Error& error) {
      // What the step says is nearer to the cause than "capture was invalidated" is.
      if (why.empty()) why = first_line(error.what_without_backtrace());
      clean_up();
    } catch (const std::exception& error) {
      if (why.empty()) why = first_line(error.what());
      clean_up();
    }
    if (!why.empty()) graph_.reset();
    return why;
  }

  void replay() override { graph_->replay(); }

 private:
  /// LibTorch leaves a capture that failed half open: the stream keeps recording and the allocator
  /// keeps serving it from the graphs' memory.
  void clean_up() {
    const cudaStream_t stream = c10::cuda::getCurrentCUDAStream().stream();
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
    if (cudaStreamIsCapturing(stream, &status) != cudaSuccess ||
        status != cudaStreamCaptureStatusNone) {
      cudaGraph_t broken = nullptr;
      static_cast<void>(cudaStreamEndCapture(stream, &broken));
      if (broken != nullptr) static_cast<void>(cudaGraphDestroy(broken));
    }
    try {
      c10::cuda::CUDACachingAllocator::endAllocateToPool(c10::cuda::current_device(), pool_);
    } catch (const std::exception&) {
      // It had ended already.
    }
    graph_.reset();
    static_cast<void>(cudaGetLastError());  // of the capture; it must not end the next operation
  }

  at::cuda::MempoolId_t pool_;
  std::optional<at::cuda::CUDAGraph> graph_;
};

}  // namespace

std::unique_ptr<StepGraph> make_graph(at::cuda::MempoolId_t pool) {
  return std::make_unique<Graph>(pool);
}

}  // namespace gradus::worker::cuda
