#include "framework/worker/train/adaptive.hpp"

#include <gtest/gtest.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/rmsprop.h>
#include <torch/types.h>

#include <cmath>
#include <functional>
#include <memory>
#include <vector>

namespace gradus::worker {
namespace {

Optimizer options(const std::string& name, double lr, double weight_decay = 0) {
  Optimizer o;
  o.name = name;
  o.lr = lr;
  o.weight_decay = weight_decay;
  return o;
}

using Twin = std::function<std::unique_ptr<torch::optim::Optimizer>(std::vector<torch::Tensor>)>;

/// Largest difference to a LibTorch optimizer after 20 steps on ½‖Ap‖², started equal.
double distance(const Optimizer& o, const Twin& make_twin, at::MemoryFormat format) {
  torch::manual_seed(1);
  const torch::Tensor start = torch::randn({4, 3, 5, 5}).contiguous(format);
  const torch::Tensor scale = torch::rand({4, 3, 5, 5});
  torch::Tensor ours = start.clone().set_requires_grad(true);
  torch::Tensor theirs = start.clone().set_requires_grad(true);
  const auto updater = make_updater({ours}, o);
  const auto twin = make_twin({theirs});
  for (int step = 0; step < 20; ++step) {
    updater->zero_grad();
    twin->zero_grad();
    (scale * ours).pow(2).sum().mul(0.5).backward();
    (scale * theirs).pow(2).sum().mul(0.5).backward();
    updater->step();
    twin->step();
  }
  return (ours - theirs).abs().max().item<double>();
}

Twin adam(double lr, double beta1, double decay) {
  return [=](std::vector<torch::Tensor> p) {
    return std::make_unique<torch::optim::Adam>(
        std::move(p), torch::optim::AdamOptions(lr).betas({beta1, 0.999}).weight_decay(decay));
  };
}

Twin adamw(double lr, double decay) {
  return [=](std::vector<torch::Tensor> p) {
    return std::make_unique<torch::optim::AdamW>(
        std::move(p), torch::optim::AdamWOptions(lr).weight_decay(decay));
  };
}

Twin rmsprop(double lr, double alpha, double momentum, double decay) {
  return [=](std::vector<torch::Tensor> p) {
    return std::make_unique<torch::optim::RMSprop>(
        std::move(p),
        torch::optim::RMSpropOptions(lr).alpha(alpha).momentum(momentum).weight_decay(decay));
  };
}

constexpr at::MemoryFormat kFormats[] = {at::MemoryFormat::Contiguous,
                                         at::MemoryFormat::ChannelsLast};

TEST(Adaptive, AdamAndAdamWEqualTorch) {
  for (const auto format : kFormats) {
    EXPECT_LT(distance(options("adam", 0.05), adam(0.05, 0.9, 0), format), 2e-6);
    EXPECT_LT(distance(options("adam", 0.05, 0.1), adam(0.05, 0.9, 0.1), format), 2e-6);
    EXPECT_LT(distance(options("adamw", 0.05, 0.1), adamw(0.05, 0.1), format), 2e-6);
    Optimizer o = options("adam", 0.05);
    o.beta1 = 0.7;
    EXPECT_LT(distance(o, adam(0.05, 0.7, 0), format), 2e-6);
    EXPECT_GT(distance(o, adam(0.05, 0.9, 0), format), 1e-3) << "the comparison sees beta1";
  }
}

// Coupled and decoupled decay are the same thing for SGD only.
TEST(Adaptive, AdamsWeightDecayIsNotAdamWs) {
  EXPECT_GT(distance(options("adam", 0.05, 0.1), adamw(0.05, 0.1), kFormats[0]), 1e-3);
}

TEST(Adaptive, RmspropEqualsTorch) {
  for (const auto format : kFormats) {
    Optimizer o = options("rmsprop", 0.01, 0.1);
    EXPECT_LT(distance(o, rmsprop(0.01, 0.99, 0, 0.1), format), 2e-6);
    o.momentum = 0.9;
    EXPECT_LT(distance(o, rmsprop(0.01, 0.99, 0.9, 0.1), format), 2e-6);
    EXPECT_GT(distance(o, rmsprop(0.01, 0.99, 0.5, 0.1), format), 1e-3);
    o.rho = 0.5;
    EXPECT_LT(distance(o, rmsprop(0.01, 0.5, 0.9, 0.1), format), 2e-6);
  }
}

// LibTorch has no Adadelta in C++: its formula in double, step by step, on a gradient of p itself.
TEST(Adaptive, AdadeltaFollowsItsFormula) {
  torch::Tensor p = torch::full({3}, 2.0).set_requires_grad(true);
  const auto updater = make_updater({p}, options("adadelta", 0.5, 0.01));
  double x = 2, u = 0, v = 0;
  for (int step = 0; step < 20; ++step) {
    updater->zero_grad();
    p.pow(2).sum().mul(0.5).backward();
    updater->step();
    const double g = x + 0.01 * x;
    v = 0.9 * v + 0.1 * g * g;
    const double d = std::sqrt(u + 1e-6) / std::sqrt(v + 1e-6) * g;
    u = 0.9 * u + 0.1 * d * d;
    x -= 0.5 * d;
    ASSERT_NEAR(p[1].item<double>(), x, 1e-5) << step;
  }
  EXPECT_LT(x, 1.99);
}

TEST(Adaptive, HandlesOtherDtypesAndLayouts) {
  torch::manual_seed(2);
  const torch::Tensor start = torch::randn({6, 4}, torch::kFloat64);
  const torch::Tensor gradient = torch::randn({4, 6}, torch::kFloat64).t();
  torch::Tensor plain = start.to(torch::kFloat32).set_requires_grad(true);
  const auto reference = make_updater({plain}, options("adam", 0.1));
  plain.mutable_grad() = gradient.to(torch::kFloat32).contiguous();
  reference->step();
  torch::Tensor doubles = start.clone().set_requires_grad(true);
  const auto updater = make_updater({doubles}, options("adam", 0.1));
  doubles.mutable_grad() = gradient;
  updater->step();
  EXPECT_LT((doubles - plain).abs().max().item<double>(), 1e-6);
  torch::Tensor strided = torch::zeros({6, 8}).slice(1, 0, 8, 2).copy_(start).detach();
  strided.set_requires_grad(true);
  const auto other = make_updater({strided}, options("adam", 0.1));
  strided.mutable_grad() = gradient.to(torch::kFloat32);
  other->step();
  EXPECT_TRUE(strided.equal(plain));
}

class AnyUpdater : public testing::TestWithParam<std::string> {};

TEST_P(AnyUpdater, GoesOnFromItsStateBitByBit) {
  torch::manual_seed(3);
  Optimizer o = options(GetParam(), 0.05, 0.01);
  o.momentum = 0.9;
  const auto run = [&](int stop) {
    torch::manual_seed(3);
    torch::Tensor p = torch::randn({2, 3, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast);
    torch::Tensor idle = torch::ones({2}).set_requires_grad(true);
    p.set_requires_grad(true);
    auto updater = make_updater({p, idle}, o);
    for (int step = 0; step < 12; ++step) {
      if (step == stop) {
        std::vector<StateTensor> copies;
        for (const auto& [name, tensor] : updater->state()) {
          copies.emplace_back(name, tensor.contiguous().clone());
        }
        updater = make_updater({p, idle}, o);
        const Status restored = updater->restore(copies);
        EXPECT_TRUE(restored.ok());
      }
      updater->zero_grad();
      (p.pow(2) * torch::randn({2, 3, 3, 3})).sum().backward();
      updater->step();
    }
    return p.detach().clone();
  };
  const torch::Tensor whole = run(-1);
  EXPECT_TRUE(whole.equal(run(5)));
  EXPECT_TRUE(whole.equal(run(11)));
  EXPECT_TRUE(whole.equal(run(0)));
}

TEST_P(AnyUpdater, RefusesAStateOfAnotherModel) {
  torch::Tensor p = torch::randn({3}).set_requires_grad(true);
  Optimizer o = options(GetParam(), 0.1);
  o.momentum = 0.9;
  const auto updater = make_updater({p}, o);
  p.sum().backward();
  updater->step();
  const std::vector<StateTensor> good = updater->state();
  ASSERT_FALSE(good.empty());
  EXPECT_TRUE(updater->restore(good).ok());
  std::vector<StateTensor> bad = good;
  bad[0].second = torch::zeros({4});
  EXPECT_FALSE(updater->restore(bad).ok());
  bad = good;
  bad[0].second = bad[0].second.to(torch::kFloat64);
  EXPECT_FALSE(updater->restore(bad).ok());
  bad = good;
  bad[0].first = "1/velocity";
  EXPECT_FALSE(updater->restore(bad).ok());
  bad = good;
  bad.push_back(good[0]);
  EXPECT_FALSE(updater->restore(bad).ok()) << "twice";
}

INSTANTIATE_TEST_SUITE_P(All, AnyUpdater,
                         testing::Values("sgd", "adam", "adamw", "rmsprop", "adadelta", "muon"),
                         [](const auto& info) { return std::string(info.param); });

// With a gradient of zero nothing but weight decay moves a parameter.
TEST(Adaptive, DecaysWeightsAloneWhereAsked) {
  for (const std::string name : {"adam", "adamw", "rmsprop", "adadelta"}) {
    for (const std::string decays : {"weights", "all"}) {
      Optimizer o = options(name, 0.1, 0.5);
      o.decays = decays;
      torch::Tensor weight = torch::ones({3, 2}).set_requires_grad(true);
      torch::Tensor bias = torch::ones({3}).set_requires_grad(true);
      const auto updater = make_updater({weight, bias}, o);
      (0 * (weight.sum() + bias.sum())).backward();
      updater->step();
      EXPECT_FALSE(weight.equal(torch::ones({3, 2}))) << name << " " << decays;
      EXPECT_EQ(bias.equal(torch::ones({3})), decays == "weights") << name;
    }
  }
}

}  // namespace
}  // namespace gradus::worker
