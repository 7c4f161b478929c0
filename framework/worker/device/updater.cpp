#include "framework/worker/device/updater.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <utility>

#include "framework/worker/train/adaptive.hpp"
#include "framework/worker/train/muon.hpp"

namespace gradus::worker {

DeviceUpdater::DeviceUpdater(std::vector<torch::Tensor> parameters, const Optimizer& options,
                             Device& device, const Cursor* cursor, const double* rates)
    : parameters_(std::move(parameters)),
      device_(device),
      options_(options),
      first_(parameters_.size()),
      second_(parameters_.size()) {
  const auto count = static_cast<std::int64_t>(parameters_.size());
  const auto place = torch::TensorOptions().device(device_.place());
  steps_ = torch::zeros({count}, place.dtype(torch::kInt64));
  factors_ = torch::zeros({count * static_cast<std::int64_t>(sizeof(AdaptiveFactors))},
                          place.dtype(torch::kUInt8));
  hidden_ = options_.name == "muon" ? hidden_weights(parameters_)
                                    : std::vector<bool>(parameters_.size(), false);
  job_.rule = update_rule(options_);
  job_.rates = rates;
  job_.cursor = cursor;
  job_.steps = steps_.data_ptr<std::int64_t>();
  job_.factors = static_cast<AdaptiveFactors*>(factors_.data_ptr());
  const std::size_t memories = names().size();
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const torch::Tensor like = dense_floats(parameters_[i]);
    if (memories > 0) first_[i] = torch::zeros_like(like);
    if (memories > 1) second_[i] = torch::zeros_like(like);
  }
}

std::vector<std::string> DeviceUpdater::names() const {
  if (job_.rule.kind != UpdateKind::sgd) return {"first", "second"};
  if (job_.rule.momentum != 0 || options_.name == "muon") return {"velocity"};
  return {};
}

void DeviceUpdater::zero_grad() { clear_gradients(parameters_); }

void DeviceUpdater::step() {
  const torch::NoGradGuard no_grad;
  std::vector<UpdateTensor> tensors;
  std::vector<std::pair<std::size_t, torch::Tensor>> copies;
  std::vector<torch::Tensor> alive;  // gradients or their copies, until the kernels are under way
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (!parameters_[i].grad().defined()) continue;
    const torch::Tensor plain = dense_floats(parameters_[i]);
    if (plain.data_ptr() != parameters_[i].data_ptr()) copies.emplace_back(i, plain);
    const torch::Tensor gradient = floats_like(parameters_[i].grad(), plain);
    const MuonPart part = options_.name == "muon"
                              ? muon_part(options_, hidden_[i], gradient, first_[i])
                              : MuonPart{gradient, weight_decay_of(options_, parameters_[i]), true};
    alive.push_back(part.gradient);
    UpdateTensor tensor;
    tensor.parameter = plain.data_ptr<float>();
    tensor.gradient = alive.back().const_data_ptr<float>();
    if (first_[i].defined() && part.by_velocity) tensor.first = first_[i].data_ptr<float>();
    if (second_[i].defined()) tensor.second = second_[i].data_ptr<float>();
    tensor.n = plain.numel();
    tensor.weight_decay = part.weight_decay;
    tensor.index = static_cast<std::int64_t>(i);
    tensors.push_back(tensor);
  }
  device_.update(job_, tensors);
  for (const auto& [i, plain] : copies) parameters_[i].detach().copy_(plain);
}

std::vector<StateTensor> DeviceUpdater::state() const {
  const torch::Tensor steps = steps_.cpu();
  const std::vector<std::string> own = names();
  std::vector<StateTensor> all;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto taken = steps[static_cast<std::int64_t>(i)].item<std::int64_t>();
    if (taken == 0) continue;
    const std::string name = std::to_string(i) + "/";
    if (!own.empty()) all.emplace_back(name + own[0], first_[i].cpu());
    if (own.size() < 2) continue;
    all.emplace_back(name + own[1], second_[i].cpu());
    all.emplace_back(name + "steps", torch::tensor(taken, torch::kInt64));
  }
  return all;
}

Status DeviceUpdater::restore(const std::vector<StateTensor>& state) {
  const torch::NoGradGuard no_grad;
  std::vector<std::string> own = names();
  const bool counted = own.size() > 1;
  if (counted) own.push_back("steps");
  GRADUS_CHECK(check_state_names(state, parameters_.size(), own));
  torch::Tensor steps = torch::zeros({static_cast<std::int64_t>(parameters_.size())},
                                     torch::TensorOptions(torch::kInt64));
  for (std::size_t i = 0; i < parameters_.size() && !own.empty(); ++i) {
    const torch::Tensor like = first_[i].cpu();
    GRADUS_TRY(const torch::Tensor first, state_tensor(state, i, own[0], like));
    if (first.defined()) first_[i].copy_(first);
    std::int64_t taken = first.defined() ? 1 : 0;
    if (counted) {
      GRADUS_TRY(const torch::Tensor second, state_tensor(state, i, own[1], like));
      GRADUS_TRY(const torch::Tensor count,
                 state_tensor(state, i, "steps", torch::tensor(std::int64_t{0}, torch::kInt64)));
      if (first.defined() != second.defined() || first.defined() != count.defined()) {
        return infrastructure_error("checkpoint", "the optimizer's memory has gaps");
      }
      if (second.defined()) second_[i].copy_(second);
      taken = count.defined() ? count.item<std::int64_t>() : 0;
    }
    steps[static_cast<std::int64_t>(i)] = taken;
  }
  steps_.copy_(steps);
  return {};
}

}  // namespace gradus::worker
