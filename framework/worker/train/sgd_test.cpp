#include "framework/worker/train/sgd.hpp"

#include <gtest/gtest.h>
#include <torch/optim/sgd.h>
#include <torch/types.h>

#include <memory>
#include <string>
#include <vector>

namespace gradus::worker {
namespace {

Optimizer options(double lr, double momentum, bool nesterov, double weight_decay) {
  return {"sgd", lr, momentum, nesterov, weight_decay};
}

/// Largest difference to torch::optim::SGD after 20 steps on ½‖Ap‖², started equal.
double distance_to_torch(const Optimizer& o, at::MemoryFormat format, const Optimizer& other) {
  torch::manual_seed(1);
  const torch::Tensor start = torch::randn({4, 3, 5, 5}).contiguous(format);
  const torch::Tensor scale = torch::rand({4, 3, 5, 5});
  torch::Tensor ours = start.clone().set_requires_grad(true);
  torch::Tensor theirs = start.clone().set_requires_grad(true);
  Sgd sgd({ours}, o);
  torch::optim::SGD twin({theirs}, torch::optim::SGDOptions(other.lr)
                                       .momentum(other.momentum)
                                       .nesterov(other.nesterov)
                                       .weight_decay(other.weight_decay));
  for (int step = 0; step < 20; ++step) {
    sgd.zero_grad();
    twin.zero_grad();
    (scale * ours).pow(2).sum().mul(0.5).backward();
    (scale * theirs).pow(2).sum().mul(0.5).backward();
    sgd.step();
    twin.step();
  }
  return (ours - theirs).abs().max().item<double>();
}

TEST(Sgd, EqualsTorchInEveryVariantAndFormat) {
  for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
    for (const Optimizer& o :
         {options(0.1, 0, false, 0), options(0.1, 0, false, 0.01), options(0.05, 0.9, false, 0),
          options(0.05, 0.9, false, 0.01), options(0.05, 0.9, true, 0.01)}) {
      EXPECT_LT(distance_to_torch(o, format, o), 1e-6)
          << o.momentum << " " << o.nesterov << " " << o.weight_decay;
    }
  }
}

TEST(Sgd, TheComparisonSeesEveryOption) {
  const Optimizer o = options(0.05, 0.9, true, 0.01);
  const auto format = at::MemoryFormat::Contiguous;
  EXPECT_GT(distance_to_torch(o, format, options(0.05, 0.9, false, 0.01)), 1e-3);
  EXPECT_GT(distance_to_torch(o, format, options(0.05, 0.8, true, 0.01)), 1e-3);
  EXPECT_GT(distance_to_torch(o, format, options(0.05, 0.9, true, 0.02)), 1e-3);
  EXPECT_GT(distance_to_torch(o, format, options(0.06, 0.9, true, 0.01)), 1e-3);
}

// Two parameter groups in torch, one word here.
TEST(Sgd, DecaysWeightsAloneWhereAsked) {
  for (const std::string decays : {"weights", "all"}) {
    Optimizer o = options(0.05, 0.9, true, 0.1);
    o.decays = decays;
    torch::manual_seed(3);
    const torch::Tensor weight = torch::randn({4, 3}), bias = torch::randn({4});
    std::vector<torch::Tensor> ours, theirs;
    for (const torch::Tensor& start : {weight, bias}) {
      ours.push_back(start.clone().set_requires_grad(true));
      theirs.push_back(start.clone().set_requires_grad(true));
    }
    const auto made = make_updater(ours, o);
    const auto group = [](double decay) {
      return std::make_unique<torch::optim::SGDOptions>(
          torch::optim::SGDOptions(0.05).momentum(0.9).nesterov(true).weight_decay(decay));
    };
    torch::optim::SGD twin(
        {{{theirs[0]}, group(0.1)}, {{theirs[1]}, group(decays == "weights" ? 0.0 : 0.1)}},
        torch::optim::SGDOptions(0.05));
    for (int step = 0; step < 20; ++step) {
      made->zero_grad();
      twin.zero_grad();
      (ours[0].pow(2).sum() + ours[1].pow(2).sum()).backward();
      (theirs[0].pow(2).sum() + theirs[1].pow(2).sum()).backward();
      made->step();
      twin.step();
    }
    EXPECT_LT((ours[0] - theirs[0]).abs().max().item<double>(), 1e-6) << decays;
    EXPECT_LT((ours[1] - theirs[1]).abs().max().item<double>(), 1e-6) << decays;
  }
}

// Closed form with constant gradient 1: v₁ = 1, v₂ = μ + 1; Nesterov adds μv to the gradient.
TEST(SgdUpdate, FollowsItsFormula) {
  const float gradient = 1;
  float p = 1, v = 0;
  sgd_update(&p, &gradient, &v, 1, {0.1F, 0.5F, 0, false});
  EXPECT_FLOAT_EQ(p, 0.9F);
  sgd_update(&p, &gradient, &v, 1, {0.1F, 0.5F, 0, false});
  EXPECT_FLOAT_EQ(p, 0.75F);
  p = 1;
  v = 0;
  sgd_update(&p, &gradient, &v, 1, {0.1F, 0.5F, 0, true});
  EXPECT_FLOAT_EQ(p, 0.85F);
  p = 2;
  sgd_update(&p, &gradient, nullptr, 1, {0.1F, 0, 0.5F, false});
  EXPECT_FLOAT_EQ(p, 1.8F);
}

TEST(Sgd, HandlesGradientsOfAnotherLayoutAndDtype) {
  torch::manual_seed(2);
  const torch::Tensor start = torch::randn({6, 4}, torch::kFloat64);
  const torch::Tensor gradient = torch::randn({4, 6}, torch::kFloat64).t();
  for (const auto type : {torch::kFloat64, torch::kFloat32}) {
    torch::Tensor p = start.to(type, /*non_blocking=*/false, /*copy=*/true).set_requires_grad(true);
    Sgd sgd({p}, options(0.1, 0.9, false, 0));
    p.mutable_grad() = gradient.to(type);
    sgd.step();
    sgd.step();
    EXPECT_LT((p.detach().to(torch::kFloat64) - (start - gradient * 0.1 - gradient * 0.19))
                  .abs()
                  .max()
                  .item<double>(),
              1e-6);
  }
}

TEST(Sgd, LeavesParametersWithoutGradient) {
  torch::Tensor used = torch::ones({3}).set_requires_grad(true);
  torch::Tensor unused = torch::ones({3}).set_requires_grad(true);
  Sgd sgd({used, unused}, options(0.1, 0.9, false, 0.5));
  used.sum().backward();
  sgd.step();
  EXPECT_TRUE(unused.equal(torch::ones({3})));
  EXPECT_FALSE(used.equal(torch::ones({3})));
}

TEST(Sgd, ClearsGradientsBetweenSteps) {
  torch::Tensor p = torch::ones({3}).set_requires_grad(true);
  Sgd sgd({p}, options(0.1, 0, false, 0));
  for (int step = 0; step < 2; ++step) {
    sgd.zero_grad();
    p.sum().backward();
    EXPECT_TRUE(p.grad().equal(torch::ones({3})));  // 2 in the second step if it were kept
  }
}

}  // namespace
}  // namespace gradus::worker
