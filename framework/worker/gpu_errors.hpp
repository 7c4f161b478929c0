#pragma once

#include <string>

namespace gradus::worker {

/// Whose fault is what LibTorch says of a GPU.
enum class GpuFault {
  none,   ///< not the GPU's: the submission's, as on the CPU (a label out of range stops a kernel)
  lost,   ///< it does not answer
  full,   ///< it had not the memory that the run was promised: others have it
  share,  ///< the run wanted more than its share
};

/// Of the text of an exception of LibTorch, up to its stack. Read from text because LibTorch has no
/// codes: one class for everything but memory, and that one says only in words whether the card or
/// the share was at its end.
GpuFault gpu_fault(const std::string& text);

}  // namespace gradus::worker
