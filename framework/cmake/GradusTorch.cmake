# gradus::torch: LibTorch as a SYSTEM target, from GRADUS_TORCH_DIR (the folder with include/ and
# lib/, e.g. .../site-packages/torch). The wheel's own find_package(Torch) stops without a CUDA
# toolkit, hence this module. Only the worker and plugins may link it.
set(GRADUS_TORCH_DIR "" CACHE PATH "LibTorch: the folder that holds include/ and lib/libtorch_cpu.so")
if(NOT EXISTS ${GRADUS_TORCH_DIR}/lib/libtorch_cpu.so)
  message(FATAL_ERROR "No LibTorch at GRADUS_TORCH_DIR='${GRADUS_TORCH_DIR}' "
    "(wanted lib/libtorch_cpu.so there). Run './gradus setup', or pass -DGRADUS_TORCH_DIR=DIR.")
endif()
file(READ ${GRADUS_TORCH_DIR}/include/torch/headeronly/version.h _torch_version)
foreach(part MAJOR MINOR PATCH)
  string(REGEX MATCH "define TORCH_VERSION_${part} ([0-9]+)" _ "${_torch_version}")
  list(APPEND _torch_parts ${CMAKE_MATCH_1})
endforeach()
list(JOIN _torch_parts "." GRADUS_TORCH_VERSION)
message(STATUS "LibTorch ${GRADUS_TORCH_VERSION} at ${GRADUS_TORCH_DIR}")

add_library(gradus_torch INTERFACE)
add_library(gradus::torch ALIAS gradus_torch)
target_include_directories(gradus_torch SYSTEM INTERFACE
  ${GRADUS_TORCH_DIR}/include ${GRADUS_TORCH_DIR}/include/torch/csrc/api/include)
target_link_libraries(gradus_torch INTERFACE
  ${GRADUS_TORCH_DIR}/lib/libtorch_cpu.so ${GRADUS_TORCH_DIR}/lib/libc10.so)
# The wheel's libtorch_cpu finds its CUDA run-time companions by its own RPATH.
target_link_options(gradus_torch INTERFACE -Wl,-rpath,${GRADUS_TORCH_DIR}/lib
  -Wl,--allow-shlib-undefined)
