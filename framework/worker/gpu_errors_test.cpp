#include "framework/worker/gpu_errors.hpp"

#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include "framework/worker/failure.hpp"
#include "framework/worker/guard.hpp"

namespace gradus::worker {
namespace {

struct Said {
  const char* name;
  GpuFault fault;
  const char* text;
};
void PrintTo(const Said& said, std::ostream* out) { *out << said.name; }

class GpuErrors : public testing::TestWithParam<Said> {};

TEST_P(GpuErrors, AreBlamedOnWhoeverIsAtFault) {
  EXPECT_EQ(gpu_fault(GetParam().text), GetParam().fault);
}

// As LibTorch 2.11 words them.
INSTANTIATE_TEST_SUITE_P(
    Messages, GpuErrors,
    testing::Values(
        Said{"MoreThanTheShare", GpuFault::share,
             "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 139.72 "
             "GiB of which 130.10 GiB is free. Including non-PyTorch memory, this process has 4.40 "
             "GiB memory in use. 4.00 GiB allowed; Of the allocated memory 3.87 GiB is allocated "
             "by PyTorch, and 12.00 MiB is reserved by PyTorch but unallocated."},
        Said{"TheShareInGraphs", GpuFault::share,
             "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 79.15 "
             "GiB of which 1.10 GiB is free. Process 7 has 70.00 GiB memory in use. 512.00 MiB "
             "allowed; Of the allocated memory 480.00 MiB is allocated by PyTorch, with 300.00 MiB "
             "allocated in private pools (e.g., CUDA Graphs), and 20.00 MiB is reserved by PyTorch "
             "but unallocated."},
        Said{"TheCardWasFull", GpuFault::full,
             "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 79.15 "
             "GiB of which 3.00 MiB is free. Process 7 has 75.58 GiB memory in use. 4.00 GiB "
             "allowed; Of the allocated memory 2.10 GiB is allocated by PyTorch, and 512.00 KiB is "
             "reserved by PyTorch but unallocated."},
        Said{"AWholeCard", GpuFault::share,
             "CUDA out of memory. Tried to allocate 8.00 GiB. GPU 0 has a total capacity of 79.15 "
             "GiB of which 1.56 GiB is free. Of the allocated memory 75.87 GiB is allocated by "
             "PyTorch, and 0 bytes is reserved by PyTorch but unallocated."},
        Said{"AWholeCardOfAnother", GpuFault::full,
             "CUDA out of memory. Tried to allocate 8.00 GiB. GPU 0 has a total capacity of 79.15 "
             "GiB of which 1.56 GiB is free. Of the allocated memory 5.87 GiB is allocated by "
             "PyTorch, and 0 bytes is reserved by PyTorch but unallocated."},
        Said{"MoreThanAnyCard", GpuFault::share,
             "CUDA out of memory. Tried to allocate more than 1EB memory."},
        Said{"NvmlOnTheWayToSayIt", GpuFault::share,
             "NVML_SUCCESS == DriverAPI::get()->nvmlInit_v2_() INTERNAL ASSERT FAILED at "
             "\"/pytorch/c10/cuda/CUDACachingAllocator.cpp\":1135, please report a bug to "
             "PyTorch. "},
        Said{"TheDriversOwn", GpuFault::full, "CUDA error: out of memory"},
        Said{"CublasHadNone", GpuFault::full,
             "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"},
        Said{"CublasCouldNotStart", GpuFault::full,
             "CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`"},
        Said{"CudnnHadNone", GpuFault::full, "cuDNN error: CUDNN_STATUS_ALLOC_FAILED"},
        Said{"CudnnHadNoneOnTheCard", GpuFault::full,
             "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"},
        Said{"CudnnCouldNotStart", GpuFault::full, "cuDNN error: CUDNN_STATUS_NOT_INITIALIZED"},
        Said{"Lost", GpuFault::lost, "CUDA error: uncorrectable ECC error encountered"},
        Said{"Gone", GpuFault::lost, "No CUDA GPUs are available"},
        Said{"ALabelOutOfRange", GpuFault::none, "CUDA error: device-side assert triggered"},
        Said{"APointerOutOfRange", GpuFault::none,
             "CUDA error: an illegal memory access was encountered"},
        Said{"NothingOfAGpu", GpuFault::none, "mat1 and mat2 shapes cannot be multiplied"}),
    [](const auto& test) { return std::string(test.param.name); });

// The way to the "failed" frame: who is at fault, and the code that the supervisor knows.
TEST(GpuErrorsOnTheirWay, KeepTheirFault) {
  const auto described = [](auto&& throwing) {
    try {
      throwing();
    } catch (...) {
      return describe_exception("train");
    }
    return Error{};
  };
  const Error share = described([] {
    TORCH_CHECK_WITH(OutOfMemoryError, false, "CUDA out of memory. Tried to allocate 1.00 GiB.");
  });
  EXPECT_EQ(failure_parts(share, "").code, "GPU_MEMORY");
  EXPECT_EQ(share.fault, Fault::submission);
  const Error full = described([] {
    TORCH_CHECK_WITH(OutOfMemoryError, false,
                     "CUDA out of memory. Tried to allocate 2.00 MiB. GPU 0 has a total capacity "
                     "of 8.00 GiB of which 1.00 MiB is free. 4.00 GiB allowed; Of the allocated "
                     "memory 1.00 GiB is allocated by PyTorch, and 0 bytes is reserved by PyTorch "
                     "but unallocated.");
  });
  EXPECT_EQ(failure_parts(full, "").code, "DEVICE_LOST");
  EXPECT_EQ(full.fault, Fault::infrastructure);
  const Error library =
      described([] { TORCH_CHECK(false, "cuDNN error: CUDNN_STATUS_ALLOC_FAILED"); });
  EXPECT_EQ(failure_parts(library, "").code, "DEVICE_LOST");
  EXPECT_EQ(library.fault, Fault::infrastructure);
}

}  // namespace
}  // namespace gradus::worker
