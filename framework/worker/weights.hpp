#pragma once

#include <torch/nn/module.h>

#include <cstdint>
#include <string>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/record/messages.hpp"

namespace gradus::worker {

/// A registered parameter or buffer.
struct NamedTensor {
  std::string name;
  bool parameter = false;
  torch::Tensor tensor;
};

/// Parameters, then buffers, each in registration order. A tensor registered under several names
/// (tied weights) comes once, under its first name. Undefined ones are left out.
std::vector<NamedTensor> named_tensors(const torch::nn::Module& module);

/// Copies what the module holds, contiguous and little-endian; floating point becomes float32,
/// other dtypes stay. Error: a tensor that cannot travel (complex, not on the CPU).
Result<Weights> take_weights(const torch::nn::Module& module, const std::string& at,
                             std::int64_t epoch);

/// The values of all of them, as contiguous float32 on the CPU, each in its own shape: one copy and
/// one wait for the device that they lie on, instead of one a tensor.
std::vector<torch::Tensor> floats_on_cpu(const std::vector<torch::Tensor>& tensors);

/// One dense CPU tensor, contiguous, in its own dtype. Error: one that cannot travel.
Result<Tensor> pack_tensor(const std::string& name, const std::string& kind,
                           const torch::Tensor& tensor);
/// The same back; a copy. Error (infrastructure): an unknown dtype, or bytes that do not fit.
Result<torch::Tensor> unpack_tensor(const Tensor& tensor);

/// Overwrites every parameter and buffer. Error (INVALID_OUTPUT): names, shapes or dtypes that do
/// not fit this module, listed.
Status put_weights(const torch::nn::Module& module, const Weights& weights,
                   const std::string& phase);

/// "[128, 3, 32, 32]".
std::string shape_text(const std::vector<std::int64_t>& shape);

}  // namespace gradus::worker
