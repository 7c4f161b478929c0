// Models for the tests of probes: one good one, written in another style than the reference
// plugins, and one a fault.

#include <torch/nn/functional/loss.h>
#include <torch/nn/module.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <csignal>
#include <cstdlib>
#include <gradus/model.hpp>
#include <stdexcept>
#include <vector>

namespace {

using torch::Tensor;

Tensor drawn(std::vector<std::int64_t> shape, double scale) { return torch::randn(shape) * scale; }

/// Functions and bare parameters in place of modules; batch norm written by hand. What it misses is
/// said by a fault's name.
class Functional : public gradus::Model {
 public:
  explicit Functional(const gradus::Context& c)
      : filter_(register_parameter("filter", drawn({16, c.channels, 3, 3}, 0.2))),
        gain_(register_parameter("gain", torch::ones({16}))),
        shift_(register_parameter("shift", torch::zeros({16}))),
        matrix_(register_parameter("matrix",
                                   drawn({16 * (c.height / 2) * (c.width / 2), c.classes}, 0.01))),
        mean_(register_buffer("mean", torch::zeros({16}))),
        variance_(register_buffer("variance", torch::ones({16}))) {}
  Tensor forward(Tensor x) override { return at::matmul(features(x), matrix_); }

 protected:
  Tensor features(const Tensor& x) {
    Tensor y = at::conv2d(x, filter_, {}, 1, 1);
    y = at::batch_norm(y, gain_, shift_, mean_, variance_, normalises_with_batch(), 0.1, 1e-5,
                       false);
    y = y * (y > 0);  // no activation of LibTorch's
    return at::max_pool2d(y, 2).flatten(1);
  }
  virtual bool normalises_with_batch() const { return is_training(); }
  Tensor filter_, gain_, shift_, matrix_, mean_, variance_;
};

class Softmax : public Functional {
 public:
  using Functional::Functional;
  Tensor forward(Tensor x) override { return Functional::forward(x).softmax(1); }
};

/// Its first step moves the last matrix only.
class ZeroHead : public Functional {
 public:
  explicit ZeroHead(const gradus::Context& c) : Functional(c) {
    const torch::NoGradGuard no_grad;
    matrix_.zero_();
  }
};

/// Weights first in the product, and a border around the image before it.
class WeightsFirst : public gradus::Model {
 public:
  explicit WeightsFirst(const gradus::Context& c)
      : weights_(register_parameter(
            "weights", drawn({c.classes, c.channels * (c.height + 2) * (c.width + 2)}, 0.01))) {}
  Tensor forward(Tensor x) override {
    return at::mm(weights_, at::constant_pad_nd(x, {1, 1, 1, 1}).flatten(1).t()).t();
  }

 private:
  Tensor weights_;
};

/// A destructor that ends the process, once everything has been done.
class AbortsAtItsEnd : public Functional {
 public:
  using Functional::Functional;
  ~AbortsAtItsEnd() override { std::abort(); }
};

class AlwaysTraining : public Functional {
 public:
  using Functional::Functional;
  bool normalises_with_batch() const override { return true; }
};

class AlwaysDropping : public Functional {
 public:
  using Functional::Functional;
  Tensor forward(Tensor x) override { return Functional::forward(at::dropout(x, 0.5, true)); }
};

/// Remembers what it saw.
class Remembering : public Functional {
 public:
  using Functional::Functional;
  Tensor forward(Tensor x) override {
    seen_ = seen_ * 0.9 + x.mean().item<double>() + 1;
    return Functional::forward(x) + at::arange(x.size(0) * 0 + 4, x.options()) * seen_ * 0.01;
  }

 private:
  double seen_ = 0;
};

class HalfFrozen : public Functional {
 public:
  explicit HalfFrozen(const gradus::Context& c) : Functional(c) {
    filter_.set_requires_grad(false);
  }
};

/// What it learns sits in a tensor that is not registered.
class Hidden : public Functional {
 public:
  explicit Hidden(const gradus::Context& c)
      : Functional(c), hidden_(drawn({c.channels * c.height * c.width, c.classes}, 0.3)) {}
  Tensor forward(Tensor x) override {
    return Functional::forward(x) + at::matmul(x.flatten(1), hidden_);
  }

 protected:
  Tensor hidden_;
};

/// An unregistered tensor that is even trained: by its own hand.
class SelfTaught : public Functional {
 public:
  explicit SelfTaught(const gradus::Context& c)
      : Functional(c),
        hidden_(
            (drawn({c.channels * c.height * c.width, c.classes}, 0.05)).set_requires_grad(true)) {}
  Tensor forward(Tensor x) override {
    if (hidden_.grad().defined()) {
      const torch::NoGradGuard no_grad;
      hidden_.sub_(hidden_.grad(), 0.5);
      hidden_.mutable_grad().reset();
    }
    return at::matmul(x.flatten(1), hidden_) + 1e-3 * Functional::forward(x);
  }

 private:
  Tensor hidden_;
};

/// Answers with a copy of its weights that is made once.
class Copying : public Functional {
 public:
  using Functional::Functional;
  Tensor forward(Tensor x) override {
    if (!copy_.defined()) copy_ = drawn({x.size(1) * x.size(2) * x.size(3), 4}, 0.3);
    return at::matmul(x.flatten(1), copy_) + 0 * Functional::forward(x);
  }

 private:
  Tensor copy_;
};

class Vanishing : public Functional {
 public:
  using Functional::Functional;
  Tensor forward(Tensor x) override {
    Tensor y = features(x);
    for (int i = 0; i < 20; ++i) y = y.sigmoid();
    return at::matmul(y, matrix_);
  }
};

class NormalisesAgain : public Functional {
 public:
  using Functional::Functional;
  Tensor forward(Tensor x) override { return Functional::forward((x - 0.5) / 0.25); }
};

class Fading : public Functional {
 public:
  using Functional::Functional;
  Tensor forward(Tensor x) override { return at::matmul(features(x) * 1e-6, matrix_); }
};

class Dead : public Functional {
 public:
  explicit Dead(const gradus::Context& c) : Functional(c) {
    const torch::NoGradGuard no_grad;
    shift_.narrow(0, 0, 12).fill_(-50);
  }
};

class Leaking : public Functional {
 public:
  using Functional::Functional;
  Tensor forward(Tensor x) override {
    kept_.push_back(Functional::forward(x));
    return kept_.back();
  }

 private:
  std::vector<Tensor> kept_;
};

/// Dies in the middle of a measurement, when nobody takes gradients of it any more.
class DiesInEvaluation : public Functional {
 public:
  using Functional::Functional;
  Tensor forward(Tensor x) override {
    if (!is_training()) {
      std::signal(SIGSEGV, SIG_DFL);
      std::raise(SIGSEGV);
    }
    return Functional::forward(x);
  }
};

class LoopsInEvaluation : public Functional {
 public:
  using Functional::Functional;
  Tensor forward(Tensor x) override {
    for (volatile unsigned i = 0; !is_training(); i = i + 1) {
    }
    return Functional::forward(x);
  }
};

class ThrowsInEvaluation : public Functional {
 public:
  using Functional::Functional;
  Tensor forward(Tensor x) override {
    if (!is_training()) throw std::runtime_error("not today");
    return Functional::forward(x);
  }
};

}  // namespace

GRADUS_MODEL(Functional, functional, "1")
GRADUS_MODEL(Softmax, softmax, "1")
GRADUS_MODEL(ZeroHead, zero_head, "1")
GRADUS_MODEL(WeightsFirst, weights_first, "1")
GRADUS_MODEL(AbortsAtItsEnd, aborts_at_its_end, "1")
GRADUS_MODEL(AlwaysTraining, always_training, "1")
GRADUS_MODEL(AlwaysDropping, always_dropping, "1")
GRADUS_MODEL(Remembering, remembering, "1")
GRADUS_MODEL(HalfFrozen, half_frozen, "1")
GRADUS_MODEL(Hidden, hidden, "1")
GRADUS_MODEL(SelfTaught, self_taught, "1")
GRADUS_MODEL(Copying, copying, "1")
GRADUS_MODEL(Vanishing, vanishing, "1")
GRADUS_MODEL(NormalisesAgain, normalises_again, "1")
GRADUS_MODEL(Fading, fading, "1")
GRADUS_MODEL(Dead, dead, "1")
GRADUS_MODEL(Leaking, leaking, "1")
GRADUS_MODEL(DiesInEvaluation, dies_in_evaluation, "1")
GRADUS_MODEL(LoopsInEvaluation, loops_in_evaluation, "1")
GRADUS_MODEL(ThrowsInEvaluation, throws_in_evaluation, "1")
