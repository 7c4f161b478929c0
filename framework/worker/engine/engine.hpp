#pragma once

#include <string>

// What a host can gain for a model that it may not change: faster kernels for batch normalisation
// and max pooling of channels-last images, put in where LibTorch's dispatcher looks first. All
// else, and every case that they do not know, is LibTorch's own.

namespace gradus::worker::engine {

/// Puts our kernels into the dispatcher, for the rest of the process. Once is enough.
void install_kernels();

/// "baseline" or "avx2": which of them this machine runs.
std::string kernel_name();

}  // namespace gradus::worker::engine
