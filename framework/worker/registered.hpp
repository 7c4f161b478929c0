#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "framework/core/result.hpp"

namespace gradus::worker {

/// What a model registered by the end of its construction. The optimizer holds these parameters and
/// the hand-over of weights these names: a model that changes them while it trains would go on with
/// numbers that nobody trains, or hand out some that fit no fresh model. Their values may change in
/// any way, and so may the memory that they lie in.
class Registered {
 public:
  Registered() = default;
  explicit Registered(const torch::nn::Module& module);

  /// Error (INVALID_OUTPUT): a tensor is gone, new, another parameter than before, or has another
  /// shape or dtype.
  Status check(const torch::nn::Module& module, const std::string& phase) const;

 private:
  struct Entry {
    std::string name;
    bool parameter = false;
    torch::Tensor tensor;  ///< kept, so that no other can have its address
    std::vector<std::int64_t> shape;
    torch::ScalarType dtype = torch::kFloat32;
  };
  static std::vector<Entry> entries_of(const torch::nn::Module& module);

  std::vector<Entry> entries_;
};

/// What no optimizer can train. Error (INVALID_OUTPUT): a parameter several of whose numbers lie at
/// one place in memory (expand()).
Status check_parameters(const torch::nn::Module& module);

/// "linear.weight is Double": the first floating parameter that is no float32; empty: none.
std::string odd_parameter(const torch::nn::Module& module);

}  // namespace gradus::worker
