#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/record/plan.hpp"

namespace gradus::worker {

/// A tensor of an optimizer's memory, named "PARAMETER/WHAT", PARAMETER being the index:
/// "0/velocity".
using StateTensor = std::pair<std::string, torch::Tensor>;

/// Changes parameters by their gradients, with a memory of its own. Parameters without a gradient
/// (frozen, or not part of the loss) stay as they are.
class Updater {
 public:
  virtual ~Updater() = default;
  /// Drops all gradients; the next backward pass makes new ones.
  virtual void zero_grad() = 0;
  virtual void step() = 0;
  /// The rate of the steps that follow.
  virtual void set_lr(double lr) = 0;
  /// Its whole memory: given to restore() of a fresh one, all further steps are the same bit by
  /// bit.
  virtual std::vector<StateTensor> state() const = 0;
  /// Error (infrastructure): a name, dtype or shape that does not belong to these parameters.
  virtual Status restore(const std::vector<StateTensor>& state) = 0;
};

/// Forgets all gradients; the next backward pass makes new ones.
void clear_gradients(const std::vector<torch::Tensor>& parameters);

/// The parameter itself, without its gradient, where its numbers are float32 without gaps; else
/// such a copy.
torch::Tensor dense_floats(const torch::Tensor& parameter);
/// The same values as float32 with the strides of `like`; the tensor itself where it is so already.
torch::Tensor floats_like(const torch::Tensor& tensor, const torch::Tensor& like);

/// λ of weight decay for one parameter: 0 for biases and scales where only weights decay.
double weight_decay_of(const Optimizer& options, const torch::Tensor& parameter);

/// The plan's optimizer for these parameters; its name must be one of optimizer_names().
std::unique_ptr<Updater> make_updater(std::vector<torch::Tensor> parameters,
                                      const Optimizer& options);

/// The state's tensor NAME of parameter `index`, with this shape and dtype; undefined where there
/// is none. Error: it does not fit.
Result<torch::Tensor> state_tensor(const std::vector<StateTensor>& state, std::size_t index,
                                   const std::string& what, const torch::Tensor& like);
/// The state of an optimizer that remembers a velocity a parameter; undefined ones are left out.
std::vector<StateTensor> state_of(const std::vector<torch::Tensor>& velocities);
/// Error where the state has a tensor that none of `parameters` (with one of `names`) owns.
Status check_state_names(const std::vector<StateTensor>& state, std::size_t parameters,
                         const std::vector<std::string>& names);

}  // namespace gradus::worker
