#include "framework/worker/device/recorder.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/types.h>

#include <utility>

#include "framework/worker/device/operations.hpp"
#include "framework/worker/failure.hpp"

namespace gradus::worker {
namespace {

constexpr int kPlainFirst = 3, kPlainOther = 1;
/// Each holds memory of its own.
constexpr std::size_t kMostShapes = 12;
constexpr const char* kDiffers =
    "the model does not ask for the same operations in each step (it counts calls, draws numbers "
    "in C++ or changes a factor)";

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

torch::Tensor cpu_generator() { return at::detail::getDefaultCPUGenerator().get_state(); }

}  // namespace

StepRecorder::StepRecorder(Device& device, bool on, std::function<Status()> step,
                           std::function<Addresses()> addresses)
    : device_(device), on_(on), step_(std::move(step)), addresses_(std::move(addresses)) {}

void StepRecorder::give_up(std::string why) {
  on_ = false;
  reason_ = std::move(why);
  for (auto& [shape, recorded] : shapes_) recorded.graph.reset();
}

Status StepRecorder::take_plainly(Recorded& recorded) {
  // A number drawn on the CPU would be drawn once and replayed for ever.
  const bool watched = on_ && !device_.place().is_cpu();
  const torch::Tensor before = watched ? cpu_generator() : torch::Tensor();
  const Addresses places = on_ ? addresses_() : Addresses();
  Status done;
  const std::uint64_t operations =
      on_ ? operations_of([&] { done = step_(); }) : (done = step_(), 0);
  GRADUS_CHECK(done);
  if (on_ && recorded.operations && operations != *recorded.operations) give_up(kDiffers);
  // A run's very first step looks at its logits, too.
  if (begun_) recorded.operations = operations;
  begun_ = true;
  ++recorded.taken;
  if (watched && !before.equal(cpu_generator())) {
    give_up("the model draws random numbers on the CPU in each step");
  }
  if (on_ && places != addresses_()) {
    give_up("the model exchanges the memory of its parameters or buffers in each step");
  }
  return {};
}

Status StepRecorder::take(const StepShape& shape) {
  Recorded& recorded = shapes_[shape];
  if (recorded.graph) {
    last_ = {};
    recorded.graph->replay();
    ++replayed_;
    return last_;
  }
  const int plain = shapes_.size() == 1 ? kPlainFirst : kPlainOther;
  if (!on_ || recorded.taken < plain || !recorded.operations || shapes_.size() > kMostShapes) {
    return take_plainly(recorded);
  }
  const Addresses places = addresses_();
  std::unique_ptr<StepGraph> graph = device_.graph();
  std::uint64_t operations = 0;
  std::string why = graph->capture([this, &operations] {
    operations = operations_of([this] { last_ = step_(); });
    return last_.ok() ? std::string() : last_.error().what;
  });
  // 0: a graph that takes the step when it is replayed, and freezes nothing.
  if (why.empty() && operations != 0 && operations != *recorded.operations) why = kDiffers;
  if (!why.empty()) {
    graph.reset();
    give_up(first_line(why));  // LibTorch's texts go on with advice about debugging CUDA
    return take_plainly(recorded);
  }
  if (places != addresses_()) {
    return failure("INVALID_OUTPUT", "train",
                   "forward() exchanged the memory of parameters or buffers in a step that was "
                   "being recorded as a graph, after steps in which it did not",
                   "Change parameters in place only, or run with --engine stock.");
  }
  recorded.graph = std::move(graph);
  last_ = {};
  recorded.graph->replay();
  ++replayed_;
  return last_;
}

}  // namespace gradus::worker
