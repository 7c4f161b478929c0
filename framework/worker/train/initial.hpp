#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>

#include "framework/record/plan.hpp"
#include "framework/worker/network.hpp"

namespace gradus::worker {

/// Inputs and outputs that one weight [out, in, ...] connects: n_in = in · f₁ · f₂, n_out alike.
struct Fan {
  double in = 0, out = 0;
};
Fan fan_of(const torch::Tensor& weight);

/// Fills a weight of two dimensions or more with numbers of mean 0 and variance
///   lecun 1/n_in (LeCun 1998);  xavier 2/(n_in + n_out) (Glorot, Bengio 2010, eq. 12 and 16);
///   he 2/n_in, he_out 2/n_out (He 2015, eq. 10 and 14);  pytorch 1/(3 n_in), uniform.
/// `name`: one of initialiser_names() but "model". Philox of (seed, which, element): the same on
/// every machine and in every memory format.
void draw_weight(torch::Tensor weight, const std::string& name, std::uint64_t seed,
                 std::uint32_t which);

/// Draws the trainable weights of two dimensions or more as recipe.init_layers and recipe.init say,
/// and makes the biases beside them 0 (uniform in ±1/√n_in for "pytorch"). A pattern is compared
/// with the layer's name ("conv1") and the tensor's ("conv1.weight"); one that fits nothing is
/// warned of. "zeros" and "ones" of init_layers fill trainable parameters of any dimension: a batch
/// norm's scale of 0 lets a residual block begin as its shortcut (Goyal et al. 2017).
void draw_initial_weights(Network& network, const Recipe& recipe, std::uint64_t seed);

}  // namespace gradus::worker
