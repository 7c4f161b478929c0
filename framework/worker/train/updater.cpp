#include "framework/worker/train/updater.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <set>

#include "framework/core/text.hpp"
#include "framework/worker/train/adaptive.hpp"
#include "framework/worker/train/muon.hpp"
#include "framework/worker/train/sgd.hpp"

namespace gradus::worker {
namespace {

Error unfit(const std::string& name) {
  return infrastructure_error(
      "checkpoint",
      "the optimizer's tensor '" + printable(name, false, 80) + "' does not belong to this model");
}

bool is_dense_float(const torch::Tensor& tensor) {
  return tensor.scalar_type() == torch::kFloat32 && tensor.layout() == torch::kStrided &&
         tensor.is_non_overlapping_and_dense();
}

}  // namespace

void clear_gradients(const std::vector<torch::Tensor>& parameters) {
  for (torch::Tensor parameter : parameters) parameter.mutable_grad().reset();
}

torch::Tensor dense_floats(const torch::Tensor& parameter) {
  const torch::Tensor plain = parameter.detach();
  return is_dense_float(plain) ? plain : plain.to(torch::kFloat32).contiguous();
}

torch::Tensor floats_like(const torch::Tensor& tensor, const torch::Tensor& like) {
  if (is_dense_float(tensor) && tensor.strides() == like.strides()) return tensor;
  return torch::empty_like(like).copy_(tensor.is_sparse() ? tensor.to_dense() : tensor);
}

double weight_decay_of(const Optimizer& options, const torch::Tensor& parameter) {
  return options.decays == "weights" && parameter.dim() < 2 ? 0 : options.weight_decay;
}

std::unique_ptr<Updater> make_updater(std::vector<torch::Tensor> parameters,
                                      const Optimizer& options) {
  if (options.name == "sgd") return std::make_unique<Sgd>(std::move(parameters), options);
  if (options.name == "muon") return std::make_unique<Muon>(std::move(parameters), options);
  return std::make_unique<Adaptive>(std::move(parameters), options);
}

Result<torch::Tensor> state_tensor(const std::vector<StateTensor>& state, std::size_t index,
                                   const std::string& what, const torch::Tensor& like) {
  const std::string wanted = std::to_string(index) + "/" + what;
  for (const auto& [name, tensor] : state) {
    if (name != wanted) continue;
    // Sixteen bits travel as float32 (pack_tensor()).
    const bool same =
        tensor.scalar_type() == like.scalar_type() ||
        (c10::isReducedFloatingType(like.scalar_type()) && tensor.scalar_type() == torch::kFloat32);
    if (tensor.sizes() != like.sizes() || !same) {
      return unfit(name);
    }
    return tensor;
  }
  return torch::Tensor();
}

std::vector<StateTensor> state_of(const std::vector<torch::Tensor>& velocities) {
  std::vector<StateTensor> all;
  for (std::size_t i = 0; i < velocities.size(); ++i) {
    if (velocities[i].defined()) all.emplace_back(std::to_string(i) + "/velocity", velocities[i]);
  }
  return all;
}

Status check_state_names(const std::vector<StateTensor>& state, std::size_t parameters,
                         const std::vector<std::string>& names) {
  std::set<std::string> wanted;
  for (std::size_t i = 0; i < parameters; ++i) {
    for (const std::string& name : names) wanted.insert(std::to_string(i) + "/" + name);
  }
  for (const auto& [name, tensor] : state) {
    if (wanted.erase(name) == 0) return unfit(name);
  }
  return {};
}

}  // namespace gradus::worker
