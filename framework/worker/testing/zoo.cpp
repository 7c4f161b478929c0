// Plugins for the worker's tests: good ones, and one a fault.

#include <ATen/Parallel.h>
#include <torch/nn/functional/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/pooling.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <gradus/activation.hpp>
#include <gradus/augmentation.hpp>
#include <gradus/model.hpp>
#include <iostream>
#include <limits>
#include <stdexcept>
#include <vector>

namespace {

using torch::Tensor;

/// Convolution, (batch norm,) activation, pooling, linear.
class Small : public gradus::Model {
 public:
  explicit Small(const gradus::Context& context)
      : conv_(register_module(
            "conv",
            torch::nn::Conv2d(torch::nn::Conv2dOptions(context.channels, 8, 3).padding(1)))),
        activation_(register_module("activation", context.activation())),
        linear_(register_module(
            "linear",
            torch::nn::Linear(8 * (context.height / 2) * (context.width / 2), context.classes))) {
    if (context.options.get("bn", false))
      norm_ = register_module("norm", torch::nn::BatchNorm2d(8));
  }
  Tensor forward(Tensor x) override {
    x = conv_(x);
    if (!norm_.is_empty()) x = norm_(x);
    return linear_(torch::max_pool2d(activation_->forward(x), 2).flatten(1));
  }

 protected:
  torch::nn::Conv2d conv_;
  std::shared_ptr<gradus::Activation> activation_;
  torch::nn::Linear linear_;
  torch::nn::BatchNorm2d norm_{nullptr};
};

class Dropping : public Small {
 public:
  using Small::Small;
  Tensor forward(Tensor x) override {
    return Small::forward(torch::dropout(x, 0.5, is_training()));
  }
};

/// Looks at a value, for which a GPU has to be waited: its step cannot be recorded.
class Looking : public Dropping {
 public:
  using Dropping::Dropping;
  Tensor forward(Tensor x) override {
    const double factor = x.sum().item<double>() > 1e30 ? 0.5 : 1.0;
    return Dropping::forward(x) * factor;
  }
};

/// Takes images of any size: global average pooling before the linear layer.
class Pooling : public gradus::Model {
 public:
  explicit Pooling(const gradus::Context& c)
      : conv_(register_module(
            "conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(c.channels, 8, 3).padding(1)))),
        linear_(register_module("linear", torch::nn::Linear(8, c.classes))),
        height_(register_buffer("height", torch::zeros({1}))) {}
  Tensor forward(Tensor x) override {
    if (is_training()) height_.fill_(static_cast<double>(x.size(2)));
    return linear_(conv_(x).relu().mean({2, 3}));
  }

 private:
  torch::nn::Conv2d conv_;
  torch::nn::Linear linear_;
  Tensor height_;  // of the last batch that it was trained on
};

/// Correct, but with view() behind a convolution.
class Viewing : public gradus::Model {
 public:
  explicit Viewing(const gradus::Context& c)
      : size_(8 * c.height * c.width),
        conv_(register_module(
            "conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(c.channels, 8, 3).padding(1)))),
        linear_(register_module("linear", torch::nn::Linear(size_, c.classes))) {}
  Tensor forward(Tensor x) override { return linear_(flat(conv_(x).relu())); }

 protected:
  virtual Tensor flat(const Tensor& x) { return x.view({x.size(0), size_}); }

 private:
  std::int64_t size_;
  torch::nn::Conv2d conv_;
  torch::nn::Linear linear_;
};

/// The identity; its gradient is looked at with view().
class Seen : public torch::autograd::Function<Seen> {
 public:
  static Tensor forward(torch::autograd::AutogradContext*, const Tensor& x) { return x.clone(); }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext*,
                                                 const torch::autograd::variable_list& gradients) {
    const Tensor& gradient = gradients[0];
    return {gradient.view({gradient.size(0), -1}).mul(1).view(gradient.sizes())};
  }
};

/// Correct, but with view() in a gradient of its own, which comes channels-last from a ReLU.
class ViewingBack : public Viewing {
 public:
  using Viewing::Viewing;

 protected:
  Tensor flat(const Tensor& x) override { return Seen::apply(x).relu().flatten(1); }
};

/// One layer under two names.
class Tied : public gradus::Model {
 public:
  explicit Tied(const gradus::Context& c)
      : in_(register_module("in", torch::nn::Linear(c.channels * c.height * c.width, 16))),
        a_(register_module("a", torch::nn::Linear(16, 16))),
        b_(register_module("b", a_.ptr())),
        out_(register_module("out", torch::nn::Linear(16, c.classes))) {}
  Tensor forward(Tensor x) override {
    return out_(b_->forward(a_(in_(x.flatten(1)).relu()).relu()));
  }

 private:
  torch::nn::Linear in_, a_;
  std::shared_ptr<torch::nn::LinearImpl> b_;
  torch::nn::Linear out_;
};

/// Base of the faults that need a working linear layer.
class Flat : public gradus::Model {
 public:
  explicit Flat(const gradus::Context& c)
      : classes_(c.classes),
        linear_(register_module("linear",
                                torch::nn::Linear(c.channels * c.height * c.width, c.classes))) {}
  Tensor forward(Tensor x) override { return linear_(x.flatten(1)); }

 protected:
  std::int64_t classes_;
  torch::nn::Linear linear_;
};

class NanAtOnce : public Flat {
 public:
  using Flat::Flat;
  Tensor forward(Tensor x) override { return Flat::forward(x).sub(1e9).log(); }
};

class NanLater : public Flat {
 public:
  using Flat::Flat;
  Tensor forward(Tensor x) override {
    Tensor y = Flat::forward(x);
    // One of the calls is the worker's trial call.
    return ++calls_ > 6 ? y * std::numeric_limits<float>::quiet_NaN() : y;
  }

 private:
  int calls_ = 0;
};

class MixesImages : public Flat {
 public:
  using Flat::Flat;
  Tensor forward(Tensor x) override { return Flat::forward(x).view({-1, 2 * classes_}); }
};

class TooManyClasses : public Flat {
 public:
  using Flat::Flat;
  Tensor forward(Tensor x) override {
    Tensor y = Flat::forward(x);
    return torch::cat({y, y}, 1);
  }
};

class NotFlattened : public Flat {
 public:
  using Flat::Flat;
  Tensor forward(Tensor x) override { return x * linear_->weight.sum(); }
};

class Doubles : public Flat {
 public:
  using Flat::Flat;
  Tensor forward(Tensor x) override { return Flat::forward(x).to(torch::kFloat64); }
};

class Undefined : public Flat {
 public:
  using Flat::Flat;
  Tensor forward(Tensor) override { return {}; }
};

class Detached : public Flat {
 public:
  using Flat::Flat;
  Tensor forward(Tensor x) override { return Flat::forward(x).detach(); }
};

class ThrowsInConstructor : public Flat {
 public:
  explicit ThrowsInConstructor(const gradus::Context& c) : Flat(c) {
    throw std::runtime_error("no such width");
  }
};

class ThrowsInForward : public Flat {
 public:
  using Flat::Flat;
  Tensor forward(Tensor) override { throw 42; }
};

class WrongLinear : public Flat {
 public:
  using Flat::Flat;
  Tensor forward(Tensor x) override { return linear_(x.flatten(1).narrow(1, 0, 7)); }
};

/// Changes every global switch and prints.
class Meddler : public Flat {
 public:
  using Flat::Flat;
  Tensor forward(Tensor x) override {
    std::cout << "hello from the model\n";
    at::set_num_threads(3);
    torch::manual_seed(1);
    c10::set_default_dtype(c10::scalarTypeToTypeMeta(c10::kDouble));
    Tensor y = Flat::forward(x);
    if (c10::GradMode::is_enabled()) c10::GradMode::set_enabled(false);
    return y;
  }
};

/// Its first layer is not registered: it works in the trainer and is untrained in the examiner.
class Unregistered : public Flat {
 public:
  explicit Unregistered(const gradus::Context& c)
      : Flat(c), hidden_(c.channels * c.height * c.width, c.channels * c.height * c.width) {}
  Tensor forward(Tensor x) override { return linear_(hidden_(x.flatten(1)).relu()); }

 private:
  torch::nn::Linear hidden_;
};

/// Registers a parameter in its first training step.
class Lazy : public Flat {
 public:
  using Flat::Flat;
  Tensor forward(Tensor x) override {
    if (c10::GradMode::is_enabled() && !extra_.defined()) {
      extra_ = register_parameter("extra", torch::zeros({classes_}));
    }
    Tensor y = Flat::forward(x);
    return extra_.defined() ? y + extra_ : y;
  }

 private:
  Tensor extra_;
};

class Frozen : public Flat {
 public:
  explicit Frozen(const gradus::Context& c) : Flat(c) { linear_->bias.set_requires_grad(false); }
};

class LearnedSwish : public gradus::Activation {
 public:
  explicit LearnedSwish(const gradus::Context& context)
      : beta_(register_parameter("beta", torch::full({1}, context.options.get("beta", 1.0)))) {}
  Tensor forward(Tensor x) override { return x * torch::sigmoid(x * beta_); }

 private:
  Tensor beta_;
};

/// Adds the first image index, scaled, so that a test can see what it was called with.
class Brighten : public gradus::Augmentation {
 public:
  explicit Brighten(const gradus::Context&) {}
  Tensor apply(Tensor images, Tensor indices, const gradus::AugmentationStep& step) override {
    gradus::Random random(step.seed, step.epoch, indices[0].item<std::int64_t>());
    return (images + random.uniform(0.0, 0.1)).clamp(0, 1);
  }
};

class Same : public gradus::Augmentation {
 public:
  explicit Same(const gradus::Context&) {}
  Tensor apply(Tensor images, Tensor, const gradus::AugmentationStep&) override { return images; }
};

class Shrinks : public gradus::Augmentation {
 public:
  explicit Shrinks(const gradus::Context&) {}
  Tensor apply(Tensor images, Tensor, const gradus::AugmentationStep&) override {
    return images.narrow(2, 0, images.size(2) - 1);
  }
};

class Poisons : public gradus::Augmentation {
 public:
  explicit Poisons(const gradus::Context&) {}
  Tensor apply(Tensor images, Tensor, const gradus::AugmentationStep&) override {
    return images / 0.0;
  }
};

}  // namespace

GRADUS_MODEL(Small, small, "1.2")
GRADUS_MODEL(Dropping, dropping, "1.0")
GRADUS_MODEL(Looking, looking, "1.0")
GRADUS_MODEL(Pooling, pooling, "1.0")
GRADUS_MODEL(Viewing, viewing, "1.0")
GRADUS_MODEL(ViewingBack, viewing_back, "1.0")
GRADUS_MODEL(Tied, tied, "1.0")
GRADUS_MODEL(Flat, flat, "1.0")
GRADUS_MODEL(NanAtOnce, nan_at_once, "1.0")
GRADUS_MODEL(NanLater, nan_later, "1.0")
GRADUS_MODEL(MixesImages, mixes_images, "1.0")
GRADUS_MODEL(TooManyClasses, too_many_classes, "1.0")
GRADUS_MODEL(NotFlattened, not_flattened, "1.0")
GRADUS_MODEL(Doubles, doubles, "1.0")
GRADUS_MODEL(Undefined, undefined, "1.0")
GRADUS_MODEL(Detached, detached, "1.0")
GRADUS_MODEL(ThrowsInConstructor, throws_in_constructor, "1.0")
GRADUS_MODEL(ThrowsInForward, throws_in_forward, "1.0")
GRADUS_MODEL(WrongLinear, wrong_linear, "1.0")
GRADUS_MODEL(Meddler, meddler, "1.0")
GRADUS_MODEL(Unregistered, unregistered, "1.0")
GRADUS_MODEL(Lazy, lazy, "1.0")
GRADUS_MODEL(Frozen, frozen, "1.0")
GRADUS_ACTIVATION(LearnedSwish, learned_swish, "1.0")
GRADUS_AUGMENTATION(Brighten, brighten, "1.0")
GRADUS_AUGMENTATION(Same, same, "1.0")
GRADUS_AUGMENTATION(Shrinks, shrinks, "1.0")
GRADUS_AUGMENTATION(Poisons, poisons, "1.0")
