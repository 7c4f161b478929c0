#pragma once

#include <string>

// What a host can gain for a model that it may not change: faster kernels for convolutions, batch
// normalisation and max pooling of channels-last images, put in where LibTorch's dispatcher looks
// first, and for ReLU and sums, put in place of its own; where the processor lacks instructions for
// bfloat16, products of such numbers go through float32. All else, and every case that they do not
// know, is LibTorch's.

namespace gradus::worker::engine {

/// Puts our kernels into the dispatcher, for the rest of the process. Once is enough.
void install_kernels();

/// This processor has instructions for products of bfloat16 numbers.
bool multiplies_bfloat16();

/// "baseline", "avx2" or "avx512", and what becomes of bfloat16 where that needs a word (", amx in
/// bfloat16": on the processor's matrix unit): which of them this machine runs.
std::string kernel_name();

}  // namespace gradus::worker::engine
