#pragma once

#include <torch/types.h>

#include <cstdint>
#include <gradus/model.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/record/plan.hpp"
#include "framework/worker/guard.hpp"
#include "framework/worker/input/pixels.hpp"
#include "framework/worker/plugin/plugin.hpp"
#include "framework/worker/registered.hpp"

namespace gradus::worker {

/// A plugin's model, ready to be called: built from the plan, behind the guard, in the memory
/// format that the plan names.
///
/// Channels-last is a matter of speed and must not make correct code fail: a model that calls
/// view() on such a tensor gets "view size is not compatible…". The first call that fails so
/// switches the model to the contiguous format, for good and with a warning; since construct()
/// makes a trial call in both roles, both switch alike and before training.
class Network {
 public:
  /// Opens the libraries, seeds LibTorch, constructs, makes one trial call on an all-zero batch of
  /// two (its failure is no error here: the first real call reports it in its own phase).
  static Result<Network> construct(const RunPlan& plan, Guard& guard);

  /// Moves parameters and buffers to a device; forward() then takes images that lie there.
  Status move_to(c10::Device place);
  c10::Device place() const { return place_; }

  /// [N, C, H, W] float32 → logits [N, K] float32. Error: an exception, or INVALID_OUTPUT when the
  /// answer is not such a tensor.
  Result<torch::Tensor> forward(const torch::Tensor& images, const std::string& phase);
  /// Calls the model in training mode with two black images of that size; buffers stay as they
  /// are. Error: what forward() made of them.
  Status try_size(std::int64_t height, std::int64_t width);
  /// After a call in training: what the model registered must still be there (Registered). Looks
  /// at the first calls and at every 32nd: a look costs what a small network's step can feel.
  Status check_registered(const std::string& phase);
  /// train(true) or eval().
  Status set_training(bool on, const std::string& phase);

  Model& module() { return *model_; }
  const std::string& name() const { return plugin_.name(); }
  const std::string& version() const { return plugin_.version(); }
  /// "channels_last" or "contiguous", after the trial call.
  const char* memory_format() const { return channels_last_ ? "channels_last" : "contiguous"; }
  bool channels_last() const { return channels_last_; }
  /// Leaves channels-last behind, for code that cannot do with it (needs_contiguous()).
  void use_contiguous();
  ImageShape shape() const { return shape_; }
  std::int64_t classes() const { return classes_; }
  Guard& guard() { return *guard_; }
  /// Parameters to train: distinct, with requires_grad.
  std::vector<torch::Tensor> trainable() const;

 private:
  Network(Plugin plugin, std::shared_ptr<Model> model, const RunPlan& plan, Guard& guard);
  void apply_memory_format();
  void trial_call();
  Status call_on_black(std::int64_t height, std::int64_t width, const std::string& phase);

  Plugin plugin_;
  std::shared_ptr<Model> model_;
  Guard* guard_;
  ImageShape shape_;
  std::int64_t classes_ = 0;
  bool channels_last_ = true;
  bool bfloat16_ = false;
  c10::Device place_ = c10::kCPU;
  Registered registered_;
  std::uint64_t checks_ = 0;  ///< of registered_ asked for
};

/// True where a refusal comes from code that takes memory to be contiguous.
bool needs_contiguous(const Error& error);

/// What a plugin is told: sizes of the plan's data and the plugin's own options.
Context context_of(const RunPlan& plan, const PluginUse& use);

/// What an output must be. Error (INVALID_OUTPUT): found, wanted, likely cause.
Status check_logits(const torch::Tensor& logits, std::int64_t batch, std::int64_t classes,
                    const std::string& phase, c10::Device place = c10::kCPU);

/// Values of all buffers now, put back by restore() under their names: forward() may have put one
/// tensor in another's place. Measuring must leave no trace. The module must live as long.
class SavedBuffers {
 public:
  explicit SavedBuffers(const torch::nn::Module& module);
  void restore() const;

 private:
  const torch::nn::Module& module_;
  std::vector<std::pair<std::string, torch::Tensor>> saved_;
};

}  // namespace gradus::worker
