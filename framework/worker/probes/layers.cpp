// Statistics of what reaches each layer. LibTorch's C++ modules have no hooks, and a plugin may
// call any function in place of a module; but every convolution and matrix product is announced to
// LibTorch's profiler interface, with its inputs. So a layer is what multiplies by weights, and
// what reaches it are the outputs of the activation before it, however that is written.

#include <ATen/record_function.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <array>
#include <cmath>
#include <cstring>
#include <memory>

#include "framework/worker/probes/measure.hpp"

namespace gradus::worker {
namespace {

constexpr std::int64_t kImages = 1000, kImagesAtOnce = 125;
constexpr const char* kLayersPhase = "probe activity";

struct Layer {
  std::string name;
  double sum = 0, squares = 0;
  std::int64_t count = 0;
  torch::Tensor alive;  ///< bool [units]: was not zero somewhere

  void take(const torch::Tensor& input, bool convolution) {
    const torch::Tensor x = input.detach().to(torch::kFloat32);
    const torch::Tensor wide = x.to(torch::kFloat64);
    sum += wide.sum().item<double>();
    squares += wide.square().sum().item<double>();
    count += x.numel();
    const std::int64_t axis = convolution ? 1 : x.dim() - 1;
    const torch::Tensor seen = x.ne(0).transpose(0, axis).flatten(1).any(1);
    if (!alive.defined()) {
      alive = seen;
    } else if (alive.sizes() == seen.sizes()) {
      alive = alive.logical_or(seen);
    }
  }
};

/// Collects during one thread's forward passes.
struct Collector {
  std::vector<Layer> layers;
  std::size_t next = 0;  ///< layer of this pass
  int depth = 0;         ///< a linear layer calls a matrix product: only the outer one counts
  std::size_t left_out = 0;
};
thread_local Collector* collecting = nullptr;

struct Inside : at::ObserverContext {};

/// 0-based place of the layer's input among the arguments; -1: no layer.
int input_place(const char* name) {
  for (const char* op : {"aten::conv1d", "aten::conv2d", "aten::conv3d", "aten::convolution",
                         "aten::linear", "aten::matmul", "aten::mm", "aten::bmm", "aten::lstm",
                         "aten::gru", "aten::rnn_tanh", "aten::rnn_relu"}) {
    if (std::strcmp(name, op) == 0) return 0;
  }
  for (const char* op : {"aten::addmm", "aten::baddbmm"}) {
    if (std::strcmp(name, op) == 0) return 1;
  }
  return -1;
}

/// A product may name its weights first (`mm(w, x.t())`): those are a parameter, or a view of one.
bool is_weight(const at::Tensor& tensor) {
  return tensor.requires_grad() &&
         (tensor.is_leaf() || (tensor.is_view() && tensor._base().is_leaf()));
}

std::unique_ptr<at::ObserverContext> enter(const at::RecordFunction& function) {
  Collector* collector = collecting;
  if (collector == nullptr) return nullptr;
  const int place = input_place(function.name());
  if (place < 0) return nullptr;
  if (collector->depth++ > 0) return std::make_unique<Inside>();
  const auto inputs = function.inputs();
  if (inputs.size() <= static_cast<std::size_t>(place)) return std::make_unique<Inside>();
  const auto is_weights = [](const c10::IValue& one) {
    return one.isTensor() && one.toTensor().defined() && is_weight(one.toTensor());
  };
  const auto at_place = static_cast<std::size_t>(place);
  const bool turned = inputs.size() > at_place + 1 && is_weights(inputs[at_place]) &&
                      inputs[at_place + 1].isTensor() && !is_weights(inputs[at_place + 1]);
  const c10::IValue& value = inputs[at_place + (turned ? 1 : 0)];
  if (!value.isTensor() || !value.toTensor().defined() || value.toTensor().dim() < 2 ||
      value.toTensor().numel() == 0 || !value.toTensor().is_floating_point())
    return std::make_unique<Inside>();
  const at::DisableRecordFunctionGuard quiet;
  const std::size_t at = collector->next++;
  if (at >= kMostReported) {
    collector->left_out = std::max(collector->left_out, at + 1 - kMostReported);
    return std::make_unique<Inside>();
  }
  const bool convolution = std::strncmp(function.name(), "aten::conv", 10) == 0;
  if (at >= collector->layers.size())
    collector->layers.push_back(
        {std::to_string(at + 1) + (convolution ? " convolution" : " linear"), 0, 0, 0, {}});
  collector->layers[at].take(value.toTensor(), convolution);
  return std::make_unique<Inside>();
}

void leave(const at::RecordFunction&, at::ObserverContext* context) {
  if (context != nullptr && collecting != nullptr) --collecting->depth;
}

/// Listens on this thread while it lives.
class Listening {
 public:
  explicit Listening(Collector& collector)
      : handle_(at::addThreadLocalCallback(at::RecordFunctionCallback(enter, leave)
                                               .needsInputs(true)
                                               .scopes({at::RecordScope::FUNCTION}))) {
    collecting = &collector;
  }
  ~Listening() {
    collecting = nullptr;
    at::removeCallback(handle_);
  }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

 private:
  at::CallbackHandle handle_;
};

}  // namespace

Result<Json> measure_layers(const Measuring& measuring) {
  Network& network = measuring.network;
  const torch::NoGradGuard no_grad;
  const SavedBuffers buffers(network.module());
  GRADUS_CHECK(network.set_training(false, kLayersPhase));
  Collector collector;
  const std::int64_t count = std::min(kImages, measuring.data.count);
  for (std::int64_t first = 0; first < count; first += kImagesAtOnce) {
    const ProbeBatch batch = probe_batch(measuring.plan, network, measuring.data, first,
                                         std::min(kImagesAtOnce, count - first));
    collector.next = 0;
    collector.depth = 0;
    const Listening listening(collector);
    GRADUS_TRY(const torch::Tensor logits, network.forward(batch.images, kLayersPhase));
    static_cast<void>(logits);
  }
  buffers.restore();
  Json names = Json::array(), mean = Json::array(), deviation = Json::array();
  Json units = Json::array(), dead = Json::array();
  for (const Layer& layer : collector.layers) {
    const auto n = static_cast<double>(layer.count);
    const double middle = layer.sum / n;
    names.push_back(layer.name);
    mean.push_back(middle);
    deviation.push_back(std::sqrt(std::max(0.0, layer.squares / n - middle * middle)));
    units.push_back(layer.alive.numel());
    dead.push_back(layer.alive.numel() - layer.alive.sum().item<std::int64_t>());
  }
  return Json{{"names", names}, {"mean", mean}, {"std", deviation},
              {"units", units}, {"dead", dead}, {"left_out", collector.left_out}};
}

}  // namespace gradus::worker
