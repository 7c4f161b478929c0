#pragma once

#include "framework/worker/engine/convolution_call.hpp"

namespace gradus::worker::engine {

/// Whether winograd_kernels.hpp serves this call, and faster than LibTorch: windows of 3x3 over
/// channels-last images, channels multiples of eight, on a machine with AVX2 or AVX-512.
bool winograd_serves(const ConvolutionCall& call);

/// The convolution, differentiable. Only where winograd_serves().
at::Tensor winograd_conv2d(const ConvolutionCall& call);

}  // namespace gradus::worker::engine
