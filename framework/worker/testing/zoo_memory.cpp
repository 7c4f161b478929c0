// Models that do odd things with the memory of their parameters and buffers: some are correct, the
// others have one fault each.

#include <torch/nn/modules/linear.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <gradus/model.hpp>
#include <memory>

namespace {

using torch::Tensor;

/// A linear layer "linear" on the flattened image.
class OneLayer : public gradus::Model {
 public:
  explicit OneLayer(const gradus::Context& c)
      : size_(c.channels * c.height * c.width),
        classes_(c.classes),
        linear_(register_module("linear", torch::nn::Linear(size_, classes_))) {}
  Tensor forward(Tensor x) override { return linear_(x.flatten(1)); }

 protected:
  static bool stepping() { return c10::GradMode::is_enabled(); }  ///< not the worker's trial call

  std::int64_t size_, classes_;
  torch::nn::Linear linear_;
};

/// Correct: its weight moves to other memory before every step.
class Moves : public OneLayer {
 public:
  using OneLayer::OneLayer;
  Tensor forward(Tensor x) override {
    linear_->weight.set_data(linear_->weight.detach().clone());
    return OneLayer::forward(x);
  }
};

class Grows : public OneLayer {
 public:
  using OneLayer::OneLayer;
  Tensor forward(Tensor x) override {
    Tensor y = OneLayer::forward(x);
    if (stepping()) linear_->bias.set_data(torch::zeros({2 * classes_}));
    return y;
  }
};

class Resizes : public OneLayer {
 public:
  using OneLayer::OneLayer;
  Tensor forward(Tensor x) override {
    if (stepping()) linear_->weight.resize_({2 * classes_, size_});
    return OneLayer::forward(x);
  }
};

/// A parameter that is another tensor in every step.
class Replaces : public OneLayer {
 public:
  explicit Replaces(const gradus::Context& c) : OneLayer(c) {
    register_parameter("scale", torch::ones({c.classes}));
  }
  Tensor forward(Tensor x) override {
    if (stepping()) parameters_["scale"] = torch::ones({classes_}).set_requires_grad(true);
    return OneLayer::forward(x) * parameters_["scale"];
  }
};

/// Buffers "a" (zeros) and "b" (ones), whose memories change places at every call.
class SwapsBuffers : public OneLayer {
 public:
  explicit SwapsBuffers(const gradus::Context& c)
      : OneLayer(c),
        a_(register_buffer("a", torch::zeros({2}))),
        b_(register_buffer("b", torch::ones({2}))) {}
  Tensor forward(Tensor x) override {
    const Tensor a = a_.variable_data();
    a_.set_data(b_.variable_data());
    b_.set_data(a);
    return OneLayer::forward(x);
  }

 private:
  Tensor a_, b_;
};

/// A module with a counter is another one after every call.
class ReplacesModule : public OneLayer {
 public:
  explicit ReplacesModule(const gradus::Context& c)
      : OneLayer(c), counter_(register_module("counter", std::make_shared<Counter>(0))) {}
  Tensor forward(Tensor x) override {
    counter_ = replace_module("counter", std::make_shared<Counter>(counter_->calls + 1));
    return OneLayer::forward(x);
  }

 private:
  struct Counter : torch::nn::Module {
    explicit Counter(int made) : calls(made) {
      register_buffer("calls", torch::full({1}, static_cast<double>(made)));
    }
    int calls;
  };
  std::shared_ptr<Counter> counter_;
};

class FreesBuffer : public OneLayer {
 public:
  explicit FreesBuffer(const gradus::Context& c)
      : OneLayer(c), a_(register_buffer("a", torch::zeros({2}))) {}
  Tensor forward(Tensor x) override {
    if (stepping()) a_.set_data(torch::empty({0}));
    return OneLayer::forward(x);
  }

 private:
  Tensor a_;
};

class ReturnsInput : public gradus::Model {
 public:
  explicit ReturnsInput(const gradus::Context& c) : classes_(c.classes) {
    register_parameter("unused", torch::zeros({1}));
  }
  Tensor forward(Tensor x) override { return x.flatten(1).narrow(1, 0, classes_); }

 private:
  std::int64_t classes_;
};

/// Adds to its input in place and answers from it.
class WritesInput : public OneLayer {
 public:
  using OneLayer::OneLayer;
  Tensor forward(Tensor x) override { return OneLayer::forward(x.add_(0.5)); }
};

/// Its answer is a part of a parameter: it learns how frequent the classes are.
class ReturnsParameter : public gradus::Model {
 public:
  explicit ReturnsParameter(const gradus::Context& c)
      : table_(register_parameter("table", torch::zeros({1024, c.classes}))) {}
  Tensor forward(Tensor x) override { return table_.narrow(0, 0, x.size(0)); }

 private:
  Tensor table_;
};

class NoParameters : public gradus::Model {
 public:
  explicit NoParameters(const gradus::Context& c) : classes_(c.classes) {}
  Tensor forward(Tensor x) override { return x.flatten(1).mean(1, true).repeat({1, classes_}); }

 private:
  std::int64_t classes_;
};

/// One tensor under two names of two layers.
class SharesTensor : public OneLayer {
 public:
  explicit SharesTensor(const gradus::Context& c)
      : OneLayer(c), bias_(register_parameter("bias", linear_->bias)) {}
  Tensor forward(Tensor x) override { return OneLayer::forward(x) + bias_; }

 private:
  Tensor bias_;
};

/// Its weight lies column by column, or with gaps, or every number of it at one place.
class Laid : public gradus::Model {
 public:
  Laid(const gradus::Context& c, const Tensor& weight)
      : weight_(register_parameter("weight", weight)),
        bias_(register_parameter("bias", torch::zeros({c.classes}))) {}
  Tensor forward(Tensor x) override { return torch::linear(x.flatten(1), weight_, bias_); }
  static std::int64_t size(const gradus::Context& c) { return c.channels * c.height * c.width; }

 private:
  Tensor weight_, bias_;
};

class Transposed : public Laid {
 public:
  explicit Transposed(const gradus::Context& c)
      : Laid(c, torch::randn({size(c), c.classes}).mul(0.05).t()) {}
};

class WithGaps : public Laid {
 public:
  explicit WithGaps(const gradus::Context& c)
      : Laid(c, torch::randn({c.classes, 2 * size(c)}).mul(0.05).narrow(1, 0, size(c))) {}
};

class Expanded : public Laid {
 public:
  explicit Expanded(const gradus::Context& c)
      : Laid(c, torch::randn({1, size(c)}).expand({c.classes, size(c)})) {}
};

class DoubleThroughout : public OneLayer {
 public:
  explicit DoubleThroughout(const gradus::Context& c) : OneLayer(c) { to(torch::kFloat64); }
};

class HalfThroughout : public OneLayer {
 public:
  explicit HalfThroughout(const gradus::Context& c) : OneLayer(c) { to(torch::kFloat16); }
};

/// Correct: computes in double precision, takes and gives single.
class DoubleInside : public DoubleThroughout {
 public:
  using DoubleThroughout::DoubleThroughout;
  Tensor forward(Tensor x) override {
    return OneLayer::forward(x.to(torch::kFloat64)).to(torch::kFloat32);
  }
};

class HalfInside : public HalfThroughout {
 public:
  using HalfThroughout::HalfThroughout;
  Tensor forward(Tensor x) override {
    return OneLayer::forward(x.to(torch::kFloat16)).to(torch::kFloat32);
  }
};

}  // namespace

GRADUS_MODEL(OneLayer, one_layer, "1.0")
GRADUS_MODEL(Moves, moves, "1.0")
GRADUS_MODEL(Grows, grows, "1.0")
GRADUS_MODEL(Resizes, resizes, "1.0")
GRADUS_MODEL(Replaces, replaces, "1.0")
GRADUS_MODEL(SwapsBuffers, swaps_buffers, "1.0")
GRADUS_MODEL(ReplacesModule, replaces_module, "1.0")
GRADUS_MODEL(FreesBuffer, frees_buffer, "1.0")
GRADUS_MODEL(ReturnsInput, returns_input, "1.0")
GRADUS_MODEL(WritesInput, writes_input, "1.0")
GRADUS_MODEL(ReturnsParameter, returns_parameter, "1.0")
GRADUS_MODEL(NoParameters, no_parameters, "1.0")
GRADUS_MODEL(SharesTensor, shares_tensor, "1.0")
GRADUS_MODEL(Transposed, transposed, "1.0")
GRADUS_MODEL(WithGaps, with_gaps, "1.0")
GRADUS_MODEL(Expanded, expanded, "1.0")
GRADUS_MODEL(DoubleThroughout, double_throughout, "1.0")
GRADUS_MODEL(HalfThroughout, half_throughout, "1.0")
GRADUS_MODEL(DoubleInside, double_inside, "1.0")
GRADUS_MODEL(HalfInside, half_inside, "1.0")
