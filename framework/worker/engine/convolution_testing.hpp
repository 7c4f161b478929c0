#pragma once

#include <torch/types.h>

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "framework/worker/engine/convolution.hpp"
#include "framework/worker/engine/testing.hpp"

// What tests of convolutions share.

namespace gradus::worker::engine {
namespace {

struct Window {
  std::vector<std::int64_t> sizes;  // [N, C, H, W]
  std::int64_t out = 8, pad = 1;
  bool bias = false;
  std::int64_t window = 3, stride = 1;
  bool thin() const { return sizes[1] == 1 || sizes[1] == 3; }
  friend void PrintTo(const Window& c, std::ostream* stream) {
    *stream << torch::IntArrayRef(c.sizes) << " to " << c.out << " window " << c.window
            << " padding " << c.pad << " stride " << c.stride << (c.bias ? " biased" : "");
  }
};

inline torch::Tensor call_fast(const torch::Tensor& x, const torch::Tensor& w,
                               const std::optional<torch::Tensor>& b, std::int64_t pad,
                               std::int64_t stride = 1, std::int64_t dilation = 1,
                               std::int64_t groups = 1) {
  const std::vector<c10::SymInt> pads = {pad, pad}, strides = {stride, stride},
                                 spread = {dilation, dilation};
  return fast_conv2d(x, w, b, strides, pads, spread, groups);
}

inline bool went_through(const torch::Tensor& out, const std::string& name) {
  return out.grad_fn() != nullptr && out.grad_fn()->name().find(name) != std::string::npos;
}

struct Passes {
  torch::Tensor out, dx, dw, db;
};

inline torch::Tensor leaf(const torch::Tensor& tensor, torch::ScalarType type) {
  return tensor.to(type, false, true, at::MemoryFormat::Preserve).set_requires_grad(true);
}

inline torch::Tensor weight_of(const Window& c) {
  return testing::images({c.out, c.sizes[1], c.window, c.window}, 2) / 4;
}

}  // namespace
}  // namespace gradus::worker::engine
