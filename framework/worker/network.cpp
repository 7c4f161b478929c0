#include "framework/worker/network.hpp"

#include <ATen/autocast_mode.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <stdexcept>

#include "framework/worker/failure.hpp"
#include "framework/worker/weights.hpp"

namespace gradus::worker {
namespace {

Options options_of(const PluginUse& use) {
  Options options;
  for (const auto& [key, value] : use.options) {
    if (value.is_boolean()) {
      options.set(key, value.get<bool>());
    } else if (value.is_number_integer()) {
      options.set(key, value.get<std::int64_t>());
    } else if (value.is_number()) {
      options.set(key, value.get<double>());
    } else if (value.is_string()) {
      options.set(key, value.get<std::string>());
    }
  }
  return options;
}

/// While it lives, LibTorch computes convolutions and products in bfloat16. Casts of weights are
/// kept until its end: the next step's weights are others.
class Narrow {
 public:
  Narrow(bool on, c10::DeviceType place) : on_(on), place_(place) {
    if (!on_) return;
    at::autocast::set_autocast_dtype(place_, at::kBFloat16);
    at::autocast::set_autocast_enabled(place_, true);
    at::autocast::increment_nesting();
  }
  ~Narrow() {
    if (!on_) return;
    at::autocast::decrement_nesting();
    at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(place_, false);
  }
  Narrow(const Narrow&) = delete;
  Narrow& operator=(const Narrow&) = delete;

 private:
  bool on_;
  c10::DeviceType place_;
};

/// What a parameter of another number format has most likely to do with an operation's refusal.
Error with_number_format(Error error, const torch::nn::Module& model) {
  const std::string odd = odd_parameter(model);
  if (odd.empty() || error.where.starts_with("OOM")) return error;
  error.what += "; the images are Float, and the parameter " + odd;
  error.cure =
      "Leave calls of to(torch::kFloat64) and the like out of the model: which numbers are "
      "computed with is the lab's matter.";
  return error;
}

}  // namespace

bool needs_contiguous(const Error& error) {
  return error.what.find("view size is not compatible") != std::string::npos;
}

Context context_of(const RunPlan& plan, const PluginUse& use) {
  Context context;
  context.channels = plan.data.channels;
  context.height = plan.data.height;
  context.width = plan.data.width;
  context.classes = plan.data.classes;
  context.options = options_of(use);
  return context;
}

Network::Network(Plugin plugin, std::shared_ptr<Model> model, const RunPlan& plan, Guard& guard)
    : plugin_(std::move(plugin)),
      model_(std::move(model)),
      guard_(&guard),
      shape_{plan.data.channels, plan.data.height, plan.data.width},
      classes_(plan.data.classes),
      channels_last_(plan.memory_format == "channels_last"),
      bfloat16_(plan.dtype == "bfloat16") {}

Result<Network> Network::construct(const RunPlan& plan, Guard& guard) {
  // Opening runs static constructors: they stand behind the guard too.
  const auto open = [&](const PluginUse& use) -> Result<Plugin> {
    GRADUS_TRY(auto opened,
               guard.call("load", [&] { return Plugin::open(use.library, use.kind, use.name); }));
    if (opened.ok()) {
      for (const std::string& warning : opened->warnings()) guard.warn(warning);
    }
    return opened;
  };
  GRADUS_TRY(const Plugin plugin, open(plan.model));
  Context context = context_of(plan, plan.model);
  if (plan.activation) {
    GRADUS_TRY(const Plugin activation, open(*plan.activation));
    const Context own = context_of(plan, *plan.activation);
    context.activation_factory = [activation, own] {
      auto made = activation.create_activation(own);
      if (!made.ok()) throw std::runtime_error(made.error().what);
      return std::move(made).value();
    };
  }
  guard.seed(torch_seed(plan.seed, 0));
  GRADUS_TRY(auto made, guard.call("construct", [&] { return plugin.create_model(context); }));
  GRADUS_TRY(auto model, std::move(made));
  GRADUS_CHECK(check_parameters(*model));
  Network network(plugin, std::move(model), plan, guard);
  network.apply_memory_format();
  network.trial_call();
  network.registered_ = Registered(*network.model_);
  return network;
}

void Network::apply_memory_format() {
  const auto format =
      channels_last_ ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  const torch::NoGradGuard no_grad;
  for (const NamedTensor& named : named_tensors(*model_)) {
    torch::Tensor tensor = named.tensor;
    if (!named.parameter || tensor.dim() != 4 || tensor.is_contiguous(format)) continue;
    const torch::Tensor moved = tensor.detach().contiguous(format);
    // Tied parameters share one tensor object or are left alone: replacing the storage of one of
    // two objects would untie them.
    if (tensor.storage().use_count() == 1) tensor.set_data(moved);
  }
}

Status Network::move_to(c10::Device place) {
  if (place == place_) return {};
  place_ = place;
  return guard_->call("move to the device", [&] { model_->to(place); });
}

void Network::trial_call() {
  const Status ignored = call_on_black(shape_.height, shape_.width, "construct");
  static_cast<void>(ignored.ok());
}

void Network::use_contiguous() {
  channels_last_ = false;
  apply_memory_format();
}

Status Network::try_size(std::int64_t height, std::int64_t width) {
  return call_on_black(height, width, "train");
}

Status Network::call_on_black(std::int64_t height, std::int64_t width, const std::string& phase) {
  const SavedBuffers buffers(*model_);
  const auto call = [&]() -> Status {
    const torch::NoGradGuard no_grad;
    torch::Tensor zeros =
        torch::zeros({2, height, width, shape_.channels}, torch::TensorOptions().device(place_))
            .permute({0, 3, 1, 2});
    if (!channels_last_) zeros = zeros.contiguous();
    GRADUS_CHECK(set_training(true, phase));
    const auto logits = forward(zeros, phase);
    if (!logits.ok()) return logits.error();
    return {};
  };
  const Status called = call();
  buffers.restore();
  return called;
}

Status Network::check_registered(const std::string& phase) {
  constexpr std::uint64_t kFirst = 4, kEvery = 32;
  const std::uint64_t at = checks_++;
  if (at >= kFirst && at % kEvery != 0) return {};
  return registered_.check(*model_, phase);
}

Status Network::set_training(bool on, const std::string& phase) {
  return guard_->call(phase, [&] { model_->train(on); });
}

Result<torch::Tensor> Network::forward(const torch::Tensor& images, const std::string& phase) {
  const auto call = [&](const torch::Tensor& input) {
    return guard_->call(phase + " forward", [&] {
      const Narrow narrow(bfloat16_, place_.type());
      const torch::Tensor logits = model_->forward(input);
      // Loss and scores are computed in single precision; a network that answers in another number
      // format than the engine's is told so by check_logits().
      return bfloat16_ && logits.defined() && logits.scalar_type() == torch::kBFloat16
                 ? logits.to(torch::kFloat32)
                 : logits;
    });
  };
  // The loader may not know yet that the format has changed.
  auto logits = call(channels_last_ ? images : images.contiguous());
  if (!logits.ok() && channels_last_ && needs_contiguous(logits.error())) {
    use_contiguous();
    logits = call(images.contiguous());
    if (logits.ok()) {
      guard_->warn(
          "forward() calls view() on a tensor that may be channels-last; the slower contiguous "
          "memory format is used. flatten() or reshape() work with both");
    }
  }
  if (!logits.ok()) return with_number_format(logits.error(), *model_);
  GRADUS_CHECK(check_logits(*logits, images.size(0), classes_, phase, place_));
  return logits;
}

std::vector<torch::Tensor> Network::trainable() const {
  std::vector<torch::Tensor> found;
  for (const NamedTensor& named : named_tensors(*model_)) {
    if (named.parameter && named.tensor.requires_grad()) found.push_back(named.tensor);
  }
  return found;
}

Status check_logits(const torch::Tensor& logits, std::int64_t batch, std::int64_t classes,
                    const std::string& phase, c10::Device place) {
  const std::string wanted = "wanted logits float32 [N, K] = " + shape_text({batch, classes});
  const auto bad = [&](const std::string& found, const std::string& cure) {
    return failure("INVALID_OUTPUT", phase, "forward() returned " + found + "; " + wanted, cure);
  };
  if (!logits.defined()) return bad("an undefined tensor", "Return the last layer's output.");
  if (logits.layout() != torch::kStrided || logits.device().type() != place.type()) {
    return bad("a tensor that is not dense, or not on the device of the images",
               "Return a plain tensor; do not move it.");
  }
  const std::vector<std::int64_t> shape = logits.sizes().vec();
  if (logits.dim() != 2 || shape[0] != batch || shape[1] != classes) {
    std::string cure = "Compare the shape after each layer with the network on paper.";
    if (logits.dim() == 1) {
      cure = "Do not squeeze() the batch away: a batch of one is still [1, K].";
    } else if (logits.dim() > 2) {
      cure = "Flatten before the last linear layer: x.flatten(1) keeps the images apart.";
    } else if (shape[0] != batch) {
      cure = "A view(-1, k) with a wrong k mixes images: use x.flatten(1), which keeps them apart.";
    } else {
      cure = "The last layer must have one output a class: take context.classes.";
    }
    return bad("a tensor of shape " + shape_text(shape), cure);
  }
  if (logits.scalar_type() != torch::kFloat32) {
    return bad(
        "dtype " + std::string(c10::toString(logits.scalar_type())),
        "Keep float32 from input to output; argmax() and casts do not belong into forward().");
  }
  return {};
}

SavedBuffers::SavedBuffers(const torch::nn::Module& module) : module_(module) {
  for (const auto& item : module.named_buffers()) {
    if (item.value().defined()) saved_.emplace_back(item.key(), item.value().detach().clone());
  }
}

void SavedBuffers::restore() const {
  const torch::NoGradGuard no_grad;
  const auto now = module_.named_buffers();
  for (const auto& [name, value] : saved_) {
    const torch::Tensor* buffer = now.find(name);
    if (buffer == nullptr || !buffer->defined() || buffer->sizes() != value.sizes()) continue;
    buffer->detach().copy_(value);
  }
}

}  // namespace gradus::worker
