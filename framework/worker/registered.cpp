#include "framework/worker/registered.hpp"

#include <torch/types.h>

#include <algorithm>

#include "framework/core/text.hpp"
#include "framework/worker/failure.hpp"
#include "framework/worker/weights.hpp"

namespace gradus::worker {
namespace {

std::string shown(const std::string& name) { return "'" + printable(name, false, 80) + "'"; }

std::string form(torch::ScalarType dtype, const std::vector<std::int64_t>& shape) {
  return std::string(c10::toString(dtype)) + " " + shape_text(shape);
}

/// Two indices reach one number, as in what expand() makes.
bool overlaps_itself(const torch::Tensor& tensor) {
  if (tensor.layout() != torch::kStrided || tensor.numel() < 2) return false;
  for (std::int64_t i = 0; i < tensor.dim(); ++i) {
    if (tensor.size(i) > 1 && tensor.stride(i) == 0) return true;
  }
  return false;
}

}  // namespace

Registered::Registered(const torch::nn::Module& module) : entries_(entries_of(module)) {}

std::vector<Registered::Entry> Registered::entries_of(const torch::nn::Module& module) {
  std::vector<Entry> found;
  const auto add = [&](const std::string& name, bool parameter, const torch::Tensor& tensor) {
    if (!tensor.defined()) return;
    found.push_back({name, parameter, tensor, tensor.sizes().vec(), tensor.scalar_type()});
  };
  for (const auto& item : module.named_parameters()) add(item.key(), true, item.value());
  for (const auto& item : module.named_buffers()) add(item.key(), false, item.value());
  return found;
}

Status Registered::check(const torch::nn::Module& module, const std::string& phase) const {
  const std::vector<Entry> now = entries_of(module);
  const auto kind = [](const Entry& entry) {
    return std::string(entry.parameter ? "parameter " : "buffer ") + shown(entry.name);
  };
  const auto bad = [&](const std::string& what) {
    return failure("INVALID_OUTPUT", phase, what,
                   "Register every parameter and buffer in the constructor and change only their "
                   "values in forward(): weight.copy_(values) under a NoGradGuard.");
  };
  const auto same = [](const Entry& a, const Entry& b) {
    return a.name == b.name && a.parameter == b.parameter;
  };
  if (!std::equal(now.begin(), now.end(), entries_.begin(), entries_.end(), same)) {
    const auto found_in = [&](const std::vector<Entry>& all, const Entry& one) {
      return std::any_of(all.begin(), all.end(), [&](const Entry& e) { return same(e, one); });
    };
    for (const Entry& entry : now) {
      if (found_in(entries_, entry)) continue;
      return bad("forward() registered the " + kind(entry) +
                 ": it came too late to be trained, and a fresh model does not have it");
    }
    for (const Entry& entry : entries_) {
      if (!found_in(now, entry)) return bad("forward() removed the " + kind(entry));
    }
    return bad("forward() changed the order of what the model registered");
  }
  for (std::size_t i = 0; i < now.size(); ++i) {
    const Entry* before = &entries_[i];
    if (now[i].shape != before->shape || now[i].dtype != before->dtype) {
      return bad("forward() made the " + kind(*before) + " " + form(now[i].dtype, now[i].shape) +
                 ", which was " + form(before->dtype, before->shape));
    }
    if (before->parameter && !now[i].tensor.is_same(before->tensor)) {
      return bad("forward() put another tensor in the place of the " + kind(*before) +
                 ": the optimizer goes on with the one that was registered");
    }
  }
  return {};
}

Status check_parameters(const torch::nn::Module& module) {
  for (const auto& item : module.named_parameters()) {
    if (!item.value().defined() || !overlaps_itself(item.value())) continue;
    return failure("INVALID_OUTPUT", "construct",
                   "several numbers of the parameter " + shown(item.key()) + " of shape " +
                       shape_text(item.value().sizes().vec()) +
                       " lie at one place in memory, so that no optimizer can change one alone",
                   "Give register_parameter() a tensor of its own: expand(...).clone().");
  }
  return {};
}

std::string odd_parameter(const torch::nn::Module& module) {
  for (const auto& item : module.named_parameters()) {
    if (!item.value().defined() || !item.value().is_floating_point()) continue;
    if (item.value().scalar_type() == torch::kFloat32) continue;
    return shown(item.key()) + " is " + c10::toString(item.value().scalar_type());
  }
  return "";
}

}  // namespace gradus::worker
