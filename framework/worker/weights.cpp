#include "framework/worker/weights.hpp"

#include <torch/nn/module.h>
#include <torch/types.h>

#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "framework/core/hash.hpp"
#include "framework/core/text.hpp"
#include "framework/worker/failure.hpp"

namespace gradus::worker {
namespace {

struct DtypeName {
  torch::ScalarType type;
  const char* name;
};
constexpr DtypeName kDtypes[] = {
    {torch::kFloat32, "float32"}, {torch::kFloat64, "float64"}, {torch::kInt64, "int64"},
    {torch::kInt32, "int32"},     {torch::kUInt8, "uint8"},     {torch::kBool, "bool"},
};

const char* dtype_name(torch::ScalarType type) {
  for (const DtypeName& entry : kDtypes) {
    if (entry.type == type) return entry.name;
  }
  return nullptr;
}

std::optional<torch::ScalarType> dtype_of(const std::string& name) {
  for (const DtypeName& entry : kDtypes) {
    if (name == entry.name) return entry.type;
  }
  return std::nullopt;
}

/// What travels: float32 for every floating dtype.
torch::ScalarType travelling(torch::ScalarType type) {
  return c10::isFloatingType(type) ? torch::kFloat32 : type;
}

/// Brings what lies on a device and travels as float32.
void fetch_floats(std::vector<NamedTensor>& all) {
  std::vector<NamedTensor*> away;
  std::vector<torch::Tensor> tensors;
  for (NamedTensor& named : all) {
    const torch::Tensor& tensor = named.tensor;
    if (tensor.is_cpu() || tensor.is_meta() || tensor.layout() != torch::kStrided ||
        !c10::isFloatingType(tensor.scalar_type())) {
      continue;
    }
    away.push_back(&named);
    tensors.push_back(tensor);
  }
  const std::vector<torch::Tensor> here = floats_on_cpu(tensors);
  for (std::size_t i = 0; i < away.size(); ++i) away[i]->tensor = here[i];
}

std::string some(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kShown; ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
  return text;
}

}  // namespace

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  }
  return text + "]";
}

std::vector<NamedTensor> named_tensors(const torch::nn::Module& module) {
  std::vector<NamedTensor> found;
  std::set<std::pair<const void*, std::vector<std::int64_t>>> seen;
  std::set<const void*> handles;
  const auto add = [&](const std::string& name, bool parameter, const torch::Tensor& tensor) {
    if (!tensor.defined() || !handles.insert(tensor.unsafeGetTensorImpl()).second) return;
    if (!tensor.is_meta() && tensor.layout() == torch::kStrided && tensor.numel() > 0 &&
        !seen.insert({tensor.const_data_ptr(), tensor.sizes().vec()}).second) {
      return;
    }
    found.push_back({name, parameter, tensor});
  };
  for (const auto& item : module.named_parameters()) add(item.key(), true, item.value());
  for (const auto& item : module.named_buffers()) add(item.key(), false, item.value());
  return found;
}

std::vector<torch::Tensor> floats_on_cpu(const std::vector<torch::Tensor>& tensors) {
  std::vector<torch::Tensor> flat, found;
  for (const torch::Tensor& tensor : tensors) {
    flat.push_back(tensor.detach().to(torch::kFloat32).reshape({-1}));
  }
  if (flat.empty()) return found;
  const torch::Tensor all = torch::cat(flat).cpu();
  std::int64_t at = 0;
  for (const torch::Tensor& tensor : tensors) {
    found.push_back(all.narrow(0, at, tensor.numel()).view(tensor.sizes()));
    at += tensor.numel();
  }
  return found;
}

Result<Weights> take_weights(const torch::nn::Module& module, const std::string& at,
                             std::int64_t epoch) {
  Weights weights;
  weights.at = at;
  weights.epoch = epoch;
  Sha256 hash;
  std::vector<NamedTensor> all = named_tensors(module);
  fetch_floats(all);
  for (const NamedTensor& named : all) {
    const torch::Tensor& tensor = named.tensor;
    const torch::ScalarType type = travelling(tensor.scalar_type());
    const char* name = dtype_name(type);
    if (name == nullptr || tensor.is_meta() || tensor.layout() != torch::kStrided) {
      return failure("INVALID_OUTPUT", "hand over weights",
                     "tensor " + named.name + " has dtype " +
                         std::string(c10::toString(tensor.scalar_type())) +
                         "; only dense real tensors can be handed over",
                     "Register parameters and buffers of dtype float32 or int64.");
    }
    const torch::Tensor plain = tensor.detach().to(torch::kCPU, type).contiguous();
    Tensor copy;
    copy.name = named.name;
    copy.kind = named.parameter ? "parameter" : "buffer";
    copy.dtype = name;
    copy.shape = plain.sizes().vec();
    copy.bytes.resize(plain.nbytes());
    if (!copy.bytes.empty())
      std::memcpy(copy.bytes.data(), plain.const_data_ptr(), copy.bytes.size());
    hash.update(std::span<const std::byte>(copy.bytes));
    weights.tensors.push_back(std::move(copy));
  }
  weights.sha256 = hash.hex();
  return weights;
}

Result<Tensor> pack_tensor(const std::string& name, const std::string& kind,
                           const torch::Tensor& tensor) {
  // Every number of sixteen bits is one of float32, too: nothing is lost on the way.
  const torch::ScalarType carried =
      c10::isReducedFloatingType(tensor.scalar_type()) ? torch::kFloat32 : tensor.scalar_type();
  const char* dtype = dtype_name(carried);
  const bool known = tensor.layout() == torch::kStrided || tensor.is_sparse();
  if (dtype == nullptr || !tensor.device().is_cpu() || !known) {
    return infrastructure_error("weights", "tensor " + name + " cannot travel");
  }
  const torch::Tensor dense = tensor.is_sparse() ? tensor.detach().to_dense() : tensor.detach();
  const torch::Tensor plain = dense.to(carried).contiguous();
  Tensor packed{name, kind, dtype, plain.sizes().vec(), {}};
  packed.bytes.resize(plain.nbytes());
  if (!packed.bytes.empty())
    std::memcpy(packed.bytes.data(), plain.const_data_ptr(), packed.bytes.size());
  return packed;
}

Result<torch::Tensor> unpack_tensor(const Tensor& tensor) {
  const auto type = dtype_of(tensor.dtype);
  if (!type ||
      tensor.bytes.size() != static_cast<std::size_t>(tensor.count()) * c10::elementSize(*type)) {
    return infrastructure_error("weights", "tensor " + printable(tensor.name, false, 80) +
                                               " has bytes that do not fit its shape");
  }
  torch::Tensor made = torch::empty(tensor.shape, torch::TensorOptions(*type));
  if (!tensor.bytes.empty()) std::memcpy(made.data_ptr(), tensor.bytes.data(), tensor.bytes.size());
  return made;
}

Status put_weights(const torch::nn::Module& module, const Weights& weights,
                   const std::string& phase) {
  const char* cure =
      "Register every layer and parameter in the constructor; none may appear or change its shape "
      "in forward().";
  std::map<std::string, const Tensor*> given;
  for (const Tensor& tensor : weights.tensors) given[tensor.name] = &tensor;
  std::vector<std::string> missing, unfit;
  torch::NoGradGuard no_grad;
  for (const NamedTensor& named : named_tensors(module)) {
    const auto found = given.find(named.name);
    if (found == given.end()) {
      missing.push_back(named.name);
      continue;
    }
    const Tensor& tensor = *found->second;
    const auto type = dtype_of(tensor.dtype);
    const torch::Tensor& target = named.tensor;
    const bool fits =
        type && *type == travelling(target.scalar_type()) && tensor.shape == target.sizes().vec() &&
        tensor.bytes.size() == static_cast<std::size_t>(target.numel()) * c10::elementSize(*type) &&
        tensor.kind == (named.parameter ? "parameter" : "buffer");
    if (fits) {
      if (target.numel() > 0) {
        // from_blob() wants a pointer to non-const; copy_() only reads it.
        target.detach().copy_(torch::from_blob(const_cast<std::byte*>(tensor.bytes.data()),
                                               tensor.shape, torch::TensorOptions(*type)));
      }
    } else {
      unfit.push_back(named.name + " (handed out " + tensor.dtype + " " + shape_text(tensor.shape) +
                      ", fresh model " + std::string(c10::toString(target.scalar_type())) + " " +
                      shape_text(target.sizes().vec()) + ")");
    }
    given.erase(found);
  }
  if (missing.empty() && unfit.empty() && given.empty()) return {};
  std::vector<std::string> unexpected;
  for (const auto& [name, tensor] : given) unexpected.push_back(name);
  std::string what = "the trained weights do not fit a freshly constructed model:";
  if (!missing.empty()) what += " not handed out: " + some(missing) + ";";
  if (!unexpected.empty()) what += " unknown to the fresh model: " + some(unexpected) + ";";
  if (!unfit.empty()) what += " different: " + some(unfit) + ";";
  what.pop_back();
  return failure("INVALID_OUTPUT", phase, what, cure);
}

}  // namespace gradus::worker
