#pragma once

#include <string>

// What a host can gain for a model that it may not change: faster kernels for convolutions, batch
// normalisation and max pooling of channels-last images, put in where LibTorch's dispatcher looks
// first, and for ReLU and sums, put in place of its own. All else, and every case that they do not
// know, is LibTorch's.

namespace gradus::worker::engine {

/// Puts our kernels into the dispatcher, for the rest of the process. Once is enough.
void install_kernels();

/// "baseline", "avx2" or "avx512", and ", amx in bfloat16" where the processor has a matrix unit:
/// which of them this machine runs.
std::string kernel_name();

}  // namespace gradus::worker::engine
