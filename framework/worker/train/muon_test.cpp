#include "framework/worker/train/muon.hpp"

#include <ATen/ops/linalg_svd.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <string>
#include <vector>

#include "framework/worker/train/sgd.hpp"

namespace gradus::worker {
namespace {

Optimizer muon_of(double lr, double momentum, bool nesterov, double weight_decay) {
  Optimizer o{"muon", lr, momentum, nesterov, weight_decay};
  o.sgd_lr = 0.5;
  return o;
}

/// What the iteration makes of m, by what it does to each singular value, in double precision.
torch::Tensor by_singular_values(const torch::Tensor& m) {
  const torch::Tensor matrix = m.to(torch::kFloat64).reshape({m.size(0), -1});
  const auto [u, s, vt] = at::linalg_svd(matrix, false);
  torch::Tensor x = s / (s.norm() + 1e-7);
  for (int i = 0; i < 5; ++i) x = 3.4445 * x - 4.7750 * x.pow(3) + 2.0315 * x.pow(5);
  return u.mm(torch::diag(x)).mm(vt).reshape(m.sizes());
}

double distance(const torch::Tensor& a, const torch::Tensor& b) {
  return (a.to(torch::kFloat64) - b.to(torch::kFloat64)).abs().max().item<double>();
}

const std::vector<std::vector<std::int64_t>> kShapes = {
    {4, 9}, {9, 4}, {6, 6}, {16, 3, 3, 3}, {64, 2, 3, 3}, {1, 5}, {5, 1}};

TEST(Orthogonal, DrawsAllSingularValuesTowardsOneAndKeepsTheDirections) {
  torch::manual_seed(1);
  for (const auto& shape : kShapes) {
    const torch::Tensor m = torch::randn(shape);
    const torch::Tensor x = orthogonal(m);
    ASSERT_EQ(x.sizes(), m.sizes());
    EXPECT_LT(distance(x, by_singular_values(m)), 1e-4) << m.sizes();
    const auto [u, s, vt] = at::linalg_svd(x.reshape({x.size(0), -1}), false);
    EXPECT_GT(s.min().item<double>(), 0.5) << m.sizes();
    EXPECT_LT(s.max().item<double>(), 1.3) << m.sizes();
    EXPECT_LT(distance(orthogonal(m * 1e-3), x), 1e-2) << "the size of a gradient does not matter";
  }
  EXPECT_TRUE(orthogonal(torch::zeros({3, 4})).equal(torch::zeros({3, 4})));
  EXPECT_EQ(orthogonal(torch::zeros({0, 4})).numel(), 0);
}

TEST(HiddenWeights, AreThoseOfTwoDimensionsOrMoreButTheLast) {
  const torch::Tensor kernel = torch::ones({2, 3, 3, 3}), matrix = torch::ones({4, 5}),
                      bias = torch::ones({4});
  using Answer = std::vector<bool>;
  EXPECT_EQ(hidden_weights({kernel, bias, matrix, bias}), (Answer{true, false, false, false}));
  EXPECT_EQ(hidden_weights({matrix, kernel, bias}), (Answer{true, false, false}));
  EXPECT_EQ(hidden_weights({matrix, bias}), (Answer{false, false})) << "one layer classifies";
  EXPECT_EQ(hidden_weights({bias}), Answer{false});
  EXPECT_TRUE(hidden_weights({}).empty());
}

struct Net {
  torch::Tensor hidden, scale, last;
  explicit Net(const std::vector<std::int64_t>& shape) {
    torch::manual_seed(3);
    hidden = torch::randn(shape);
    if (hidden.dim() == 4) hidden = hidden.contiguous(at::MemoryFormat::ChannelsLast);
    hidden.set_requires_grad(true);
    scale = torch::randn({7}).set_requires_grad(true);
    last = torch::randn({3, 7}).set_requires_grad(true);
  }
  std::vector<torch::Tensor> all() const { return {hidden, scale, last}; }
  void draw_gradients(int step) {
    torch::manual_seed(static_cast<std::uint64_t>(50 + step));
    for (torch::Tensor p : all()) p.mutable_grad() = torch::randn_like(p);
  }
};

TEST(Muon, MovesHiddenWeightsAsWrittenDown) {
  for (const auto& shape : kShapes) {
    for (const bool nesterov : {false, true}) {
      Net net(shape);
      const Optimizer o = muon_of(0.02, 0.9, nesterov, 0.1);
      Muon muon(net.all(), o);
      torch::Tensor w = net.hidden.detach().to(torch::kFloat64), v = torch::zeros_like(w);
      const double columns = static_cast<double>(w.numel()) / static_cast<double>(w.size(0));
      const double scale = std::sqrt(std::max(1.0, static_cast<double>(w.size(0)) / columns));
      for (int step = 0; step < 5; ++step) {
        net.draw_gradients(step);
        const torch::Tensor g = net.hidden.grad().to(torch::kFloat64);
        const double lr = step < 3 ? 0.02 : 0.005;
        muon.set_lr(lr);
        muon.step();
        v = 0.9 * v + g;
        const torch::Tensor m = nesterov ? g + 0.9 * v : v;
        w = w - lr * (scale * by_singular_values(m) + 0.1 * w);
      }
      EXPECT_LT(distance(net.hidden, w), 1e-4) << w.sizes() << nesterov;
    }
  }
}

TEST(Muon, TakesSgdsStepsElsewhereAtARateInProportion) {
  Net net({4, 9}), twin({4, 9});
  Muon muon(net.all(), muon_of(0.02, 0.9, true, 0.1));
  Optimizer plain{"sgd", 0.5, 0.9, true, 0};
  Sgd sgd({twin.scale, twin.last}, plain);
  for (int step = 0; step < 6; ++step) {
    net.draw_gradients(step);
    twin.draw_gradients(step);
    const double factor = 1.0 / (1 + step);
    muon.set_lr(0.02 * factor);
    sgd.set_lr(0.5 * factor);
    muon.step();
    sgd.step();
  }
  EXPECT_LT(distance(net.scale, twin.scale), 1e-5);
  EXPECT_LT(distance(net.last, twin.last), 1e-5);
}

TEST(Muon, StandsStillAtARateOfZero) {
  Net net({4, 9});
  const torch::Tensor hidden = net.hidden.detach().clone(), last = net.last.detach().clone();
  Muon muon(net.all(), muon_of(0, 0.9, false, 0.1));
  net.draw_gradients(1);
  muon.step();
  EXPECT_TRUE(net.hidden.equal(hidden));
  EXPECT_TRUE(net.last.equal(last));
}

TEST(Muon, GoesOnFromItsStateBitByBit) {
  Net whole({5, 2, 3, 3}), parts({5, 2, 3, 3});
  const Optimizer o = muon_of(0.02, 0.9, true, 0.1);
  auto one = make_updater(whole.all(), o), other = make_updater(parts.all(), o);
  for (int step = 0; step < 6; ++step) {
    whole.draw_gradients(step);
    parts.draw_gradients(step);
    if (step == 3) {
      const auto state = other->state();
      EXPECT_EQ(state.size(), 3U);
      other = make_updater(parts.all(), o);
      ASSERT_TRUE(other->restore(state).ok());
    }
    one->step();
    other->step();
  }
  EXPECT_TRUE(whole.hidden.equal(parts.hidden));
  EXPECT_TRUE(whole.last.equal(parts.last));
  EXPECT_FALSE(other->restore({{"7/velocity", torch::zeros({2})}}).ok());
}

TEST(Muon, LeavesParametersWithoutAGradientAloneAndKeepsDoubles) {
  torch::Tensor frozen = torch::ones({3, 3}).set_requires_grad(true);
  torch::Tensor wide = torch::ones({3, 4}, torch::kFloat64).set_requires_grad(true);
  torch::Tensor last = torch::ones({2, 3}).set_requires_grad(true);
  Muon muon({frozen, wide, last}, muon_of(0.1, 0.9, false, 0.1));
  wide.mutable_grad() = torch::eye(3, 4, torch::kFloat64);
  muon.step();
  EXPECT_TRUE(frozen.equal(torch::ones({3, 3})));
  EXPECT_EQ(wide.scalar_type(), torch::kFloat64);
  const torch::Tensor wanted =
      torch::ones({3, 4}) - 0.1 * (by_singular_values(torch::eye(3, 4)) + 0.1);
  EXPECT_LT(distance(wide, wanted), 1e-5);
}

}  // namespace
}  // namespace gradus::worker
