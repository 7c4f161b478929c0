#include "framework/worker/train/gradients.hpp"

#include <gtest/gtest.h>
#include <torch/nn/functional/loss.h>
#include <torch/types.h>

#include <cmath>

#include "framework/worker/train/updater.hpp"

namespace gradus::worker {
namespace {

struct Net {
  torch::Tensor weight, bias;
  std::vector<torch::Tensor> all() const { return {weight, bias}; }
};

/// A weight with a zero in it and a bias, with gradients of a loss of their own.
Net net(at::MemoryFormat format = at::MemoryFormat::Contiguous) {
  torch::manual_seed(1);
  Net made{torch::randn({2, 3, 4, 4}).contiguous(format), torch::randn({5})};
  made.weight.select(0, 0).select(0, 0).select(0, 0).fill_(0);
  made.weight.set_requires_grad(true);
  made.bias.set_requires_grad(true);
  return made;
}

void backward(const Net& n) { (n.weight.pow(3).sum() + n.bias.exp().sum()).backward(); }

/// Gradients under the recipe, less those without it.
std::vector<torch::Tensor> difference(const Recipe& recipe, at::MemoryFormat format) {
  const Net plain = net(format), shaped = net(format);
  backward(plain);
  backward(shaped);
  GradientShaper(shaped.all(), recipe).apply();
  return {shaped.weight.grad() - plain.weight.grad(), shaped.bias.grad() - plain.bias.grad()};
}

TEST(GradientShaper, PenaltiesAddTheirGradientToWeightsOnly) {
  for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
    Recipe recipe;
    recipe.l1 = 0.25;
    auto found = difference(recipe, format);
    const Net n = net(format);
    EXPECT_LT((found[0] - 0.25 * n.weight.sign()).abs().max().item<double>(), 1e-6);
    EXPECT_EQ(found[1].abs().max().item<double>(), 0);
    recipe.l1 = 0;
    recipe.l2 = 0.5;
    found = difference(recipe, format);
    EXPECT_LT((found[0] - 0.5 * n.weight).abs().max().item<double>(), 1e-6) << "λw, not 2λw";
    EXPECT_EQ(found[1].abs().max().item<double>(), 0);
    recipe.penalize = "all";
    found = difference(recipe, format);
    EXPECT_LT((found[1] - 0.5 * n.bias).abs().max().item<double>(), 1e-6);
  }
}

TEST(GradientShaper, PenaltiesEqualThoseInTheLoss) {
  const Net ours = net(), theirs = net();
  Recipe recipe;
  recipe.l1 = 0.1;
  recipe.l2 = 0.2;
  recipe.penalize = "all";
  backward(ours);
  GradientShaper(ours.all(), recipe).apply();
  torch::Tensor loss = theirs.weight.pow(3).sum() + theirs.bias.exp().sum();
  for (const torch::Tensor& p : theirs.all()) {
    loss = loss + 0.1 * p.abs().sum() + 0.1 * p.pow(2).sum();
  }
  loss.backward();
  EXPECT_LT((ours.weight.grad() - theirs.weight.grad()).abs().max().item<double>(), 1e-5);
  EXPECT_LT((ours.bias.grad() - theirs.bias.grad()).abs().max().item<double>(), 1e-5);
}

/// Largest difference of 20 steps with weight decay and 20 with the penalty λ/2 ‖θ‖².
double decay_against_penalty(const std::string& optimizer) {
  const Net decayed = net(), penalized = net();
  Optimizer o;
  o.name = optimizer;
  o.lr = 0.01;
  o.momentum = 0.9;
  Recipe recipe;
  recipe.l2 = 0.05;
  recipe.penalize = "all";
  const GradientShaper shaper(penalized.all(), recipe);
  const auto other = make_updater(penalized.all(), o);
  o.weight_decay = 0.05;
  const auto one = make_updater(decayed.all(), o);
  for (int step = 0; step < 20; ++step) {
    one->zero_grad();
    other->zero_grad();
    for (const Net& n : {decayed, penalized}) {
      (n.weight.pow(2).sum() + n.bias.exp().sum()).backward();
    }
    shaper.apply();
    one->step();
    other->step();
  }
  return std::max((decayed.weight - penalized.weight).abs().max().item<double>(),
                  (decayed.bias - penalized.bias).abs().max().item<double>());
}

TEST(GradientShaper, WeightDecayIsThePenaltyForSgdAndNotForAdamW) {
  EXPECT_EQ(decay_against_penalty("sgd"), 0);
  EXPECT_LT(decay_against_penalty("adam"), 1e-6) << "coupled";
  EXPECT_GT(decay_against_penalty("adamw"), 1e-4) << "decoupled";
}

TEST(GradientShaper, ClipsTheNormOfAllGradientsTogether) {
  const Net n = net();
  backward(n);
  const torch::Tensor before = n.weight.grad().clone();
  const double norm = std::sqrt(n.weight.grad().pow(2).sum().item<double>() +
                                n.bias.grad().pow(2).sum().item<double>());
  Recipe recipe;
  recipe.clip_norm = norm * 2;
  GradientShaper(n.all(), recipe).apply();
  EXPECT_TRUE(n.weight.grad().equal(before)) << "a shorter one stays";
  recipe.clip_norm = norm / 4;
  GradientShaper(n.all(), recipe).apply();
  EXPECT_LT((n.weight.grad() - before / 4).abs().max().item<double>(), 1e-4);
  EXPECT_NEAR(std::sqrt(n.weight.grad().pow(2).sum().item<double>() +
                        n.bias.grad().pow(2).sum().item<double>()),
              norm / 4, 1e-3);
}

TEST(GradientShaper, ClipsEveryValue) {
  const Net n = net();
  backward(n);
  const torch::Tensor before = n.weight.grad().clone();
  Recipe recipe;
  recipe.clip_value = 0.5;
  GradientShaper(n.all(), recipe).apply();
  EXPECT_TRUE(n.weight.grad().equal(before.clamp(-0.5, 0.5)));
  EXPECT_GT(before.abs().max().item<double>(), 0.5);
}

TEST(GradientShaper, APlainRecipeChangesNoBit) {
  for (const torch::Tensor& change : difference(Recipe{}, at::MemoryFormat::ChannelsLast)) {
    EXPECT_EQ(change.abs().max().item<double>(), 0);
  }
}

}  // namespace
}  // namespace gradus::worker
