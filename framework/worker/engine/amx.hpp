#pragma once

#include <ATen/core/Tensor.h>

#include "framework/worker/engine/amx_kernels.hpp"
#include "framework/worker/engine/convolution_call.hpp"

// Convolutions of bfloat16 images on the processor's matrix unit, forward and backward.

namespace gradus::worker::engine {

/// The loops for this process: null where the machine has no such unit, or the kernel does not lend
/// it.
const AmxKernels* amx_kernels();

/// For tests: those loops, until it goes.
class WithAmxKernels {
 public:
  explicit WithAmxKernels(const AmxKernels* kernels);
  ~WithAmxKernels();
  WithAmxKernels(const WithAmxKernels&) = delete;
  WithAmxKernels& operator=(const WithAmxKernels&) = delete;

 private:
  const AmxKernels* before_;
};

/// bfloat16, channels in and out in multiples of sixteen, rows of four results or more, weights
/// that fit into a core's second-level cache.
bool amx_serves(const ConvolutionCall& call);

at::Tensor amx_conv2d(const ConvolutionCall& call);

}  // namespace gradus::worker::engine
