#include "framework/worker/train/checkpoint.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <cstring>

#include "framework/worker/weights.hpp"

namespace gradus::worker {
namespace {

constexpr const char* kKind = "optimizer";
constexpr const char* kWarnings = "warnings";
constexpr const char* kExact = "exact:";

Error unfit(const std::string& what) { return infrastructure_error("checkpoint", what); }

Tensor warnings_tensor(const std::vector<std::string>& warnings) {
  const std::string text = Json(warnings).dump(-1, ' ', false, Json::error_handler_t::replace);
  Tensor tensor{kWarnings, kKind, "uint8", {static_cast<std::int64_t>(text.size())}, {}};
  tensor.bytes.resize(text.size());
  std::memcpy(tensor.bytes.data(), text.data(), text.size());
  return tensor;
}

Status put_warnings(const Tensor& tensor, Guard& guard) {
  const auto* text = reinterpret_cast<const char*>(tensor.bytes.data());
  const Json list = Json::parse(text, text + tensor.bytes.size(), nullptr, false);
  if (!list.is_array()) return unfit("its warnings are no list");
  for (const Json& item : list) {
    if (!item.is_string()) return unfit("a warning is no text");
    guard.warn(item.get<std::string>());
  }
  return {};
}

Status put_exact(const torch::nn::Module& module, const std::string& name,
                 const torch::Tensor& value) {
  for (const NamedTensor& named : named_tensors(module)) {
    if (named.name != name) continue;
    if (named.tensor.sizes() != value.sizes() ||
        named.tensor.scalar_type() != value.scalar_type()) {
      break;
    }
    named.tensor.detach().copy_(value);
    return {};
  }
  return unfit("the tensor '" + name + "' does not belong to this model");
}

}  // namespace

Result<Weights> take_state(Network& network, const Updater& updater, std::int64_t epoch) {
  Weights state;
  state.at = "state";
  state.epoch = epoch;
  state.tensors.push_back(warnings_tensor(network.guard().warnings()));
  for (const auto& [name, tensor] : updater.state()) {
    GRADUS_TRY(Tensor packed, pack_tensor(name, kKind, tensor));
    state.tensors.push_back(std::move(packed));
  }
  for (const NamedTensor& named : named_tensors(network.module())) {
    if (named.tensor.scalar_type() != torch::kFloat64) continue;
    GRADUS_TRY(Tensor packed, pack_tensor(kExact + named.name, kKind, named.tensor.cpu()));
    state.tensors.push_back(std::move(packed));
  }
  return state;
}

Status put_state(Network& network, Updater& updater, const Weights& state) {
  const torch::NoGradGuard no_grad;
  std::vector<StateTensor> memory;
  for (const Tensor& tensor : state.tensors) {
    if (tensor.name == kWarnings) {
      GRADUS_CHECK(put_warnings(tensor, network.guard()));
      continue;
    }
    GRADUS_TRY(const torch::Tensor value, unpack_tensor(tensor));
    if (tensor.name.starts_with(kExact)) {
      GRADUS_CHECK(put_exact(network.module(), tensor.name.substr(std::strlen(kExact)), value));
    } else {
      memory.emplace_back(tensor.name, value);
    }
  }
  return updater.restore(memory);
}

}  // namespace gradus::worker
