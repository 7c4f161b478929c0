// Compiled for the matrix unit, and for tests without it, with GRADUS_KERNELS_TABLE set by
// CMakeLists.txt.
#include "framework/worker/engine/amx_kernels.hpp"

#include "framework/worker/engine/amx_convolve.hpp"
#include "framework/worker/engine/amx_gradient.hpp"

namespace gradus::worker::engine {

extern const AmxKernels GRADUS_KERNELS_TABLE = {pack,    pack_back,   convolve,
                                                arrange, sum_weights, finish};

}  // namespace gradus::worker::engine
