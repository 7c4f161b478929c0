#pragma once

// Marks functions that are compiled for the CPU and, by nvcc, for a GPU too: one body, so that both
// compute the same.
#if defined(__CUDACC__)
#define GRADUS_HOST_DEVICE __host__ __device__
#else
#define GRADUS_HOST_DEVICE
#endif
