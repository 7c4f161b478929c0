#pragma once

#include "framework/worker/engine/convolution_call.hpp"

namespace gradus::worker::engine {

/// Whether thin_kernels.hpp serves this call: channels-last images of one or three channels that
/// need no gradient (a network's first convolution), on a machine with AVX2 or AVX-512.
bool thin_serves(const ConvolutionCall& call);

/// The convolution, differentiable. Only where thin_serves().
at::Tensor thin_conv2d(const ConvolutionCall& call);

}  // namespace gradus::worker::engine
