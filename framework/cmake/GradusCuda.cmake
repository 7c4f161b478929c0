# What the GPU's library is compiled and linked with: NVIDIA's compiler from its wheels (no toolkit
# needs to be installed), LibTorch's own GPU libraries. Sets GRADUS_CUDA (ON where both are there)
# and, where it is ON, defines gradus::torch_cuda and gradus_cuda_objects(). Where it is OFF the
# build goes on without the library and says why: everything but runs on a GPU works.
#
# The target gradus_gpu always exists; what a set-up builds for GPUs is made a dependency of it.
set(GRADUS_CUDA_DIR "" CACHE PATH
  "CUDA's compiler: the folder that holds bin/nvcc (empty: looked for beside LibTorch's folder)")
set(GRADUS_CUDA_ARCHITECTURES "80;90" CACHE STRING
  "GPUs that machine code is made for; newer and older ones get it from PTX of compute_75")
add_custom_target(gradus_gpu)

set(GRADUS_CUDA OFF)
find_program(GRADUS_NVCC nvcc NO_CACHE NO_DEFAULT_PATH
  HINTS ${GRADUS_CUDA_DIR}/bin ${GRADUS_TORCH_DIR}/../../../cuda/13.0/nvidia/cu13/bin)
set(_cuda_lib ${GRADUS_TORCH_DIR}/lib/libc10_cuda.so)
if(NOT GRADUS_NVCC)
  set(_cuda_missing "no nvcc in GRADUS_CUDA_DIR='${GRADUS_CUDA_DIR}'; './gradus setup' gets it")
elseif(NOT EXISTS ${_cuda_lib} OR NOT EXISTS ${GRADUS_TORCH_DIR}/lib/libtorch_cuda.so)
  set(_cuda_missing "the LibTorch at ${GRADUS_TORCH_DIR} is one for CPUs only")
else()
  # Linked by its name with the major version, which must be the compiler's.
  file(STRINGS ${_cuda_lib} _cuda_runtime REGEX "libcudart\\.so\\.13")
  if(_cuda_runtime)
    set(GRADUS_CUDA ON)
  else()
    set(_cuda_missing "the LibTorch at ${GRADUS_TORCH_DIR} was made with another CUDA than 13")
  endif()
endif()
if(NOT GRADUS_CUDA)
  message(STATUS "GPU library: left out, ${_cuda_missing}")
  return()
endif()
cmake_path(NORMAL_PATH GRADUS_NVCC)
cmake_path(GET GRADUS_NVCC PARENT_PATH _cuda_home)
cmake_path(GET _cuda_home PARENT_PATH _cuda_home)
message(STATUS "GPU library: built with ${GRADUS_NVCC} for ${GRADUS_CUDA_ARCHITECTURES}")

# gradus::torch_cuda: gradus::torch and LibTorch's libraries for the GPU. On a machine without a GPU
# NVIDIA's own libraries, which these need, are absent: that is why undefined symbols in shared
# libraries are let pass. A run-time library is named even where no symbol of it is used, because
# libtorch_cuda.so registers its kernels when it is loaded.
add_library(gradus_torch_cuda INTERFACE)
add_library(gradus::torch_cuda ALIAS gradus_torch_cuda)
target_include_directories(gradus_torch_cuda SYSTEM INTERFACE ${_cuda_home}/include)
set(_cuda_runtime ${GRADUS_TORCH_DIR}/../nvidia/cu13/lib/libcudart.so.13)
if(NOT EXISTS ${_cuda_runtime})
  set(_cuda_runtime ${_cuda_home}/lib/libcudart.so.13)
endif()
cmake_path(NORMAL_PATH _cuda_runtime)
target_link_libraries(gradus_torch_cuda INTERFACE gradus::torch
  ${GRADUS_TORCH_DIR}/lib/libtorch_cuda.so ${_cuda_lib} ${_cuda_runtime})
target_link_options(gradus_torch_cuda INTERFACE -Wl,--no-as-needed -Wl,--allow-shlib-undefined)

set(_cuda_flags -ccbin=${CMAKE_CXX_COMPILER} -std=c++20 -O3
  -Xcompiler=-fPIC,-fvisibility=hidden,-Wall,-Wextra,-Wno-unused-function,-Wno-unused-parameter)
if(GRADUS_WERROR)
  list(APPEND _cuda_flags -Werror=all-warnings -Xcompiler=-Werror)
endif()
foreach(arch IN LISTS GRADUS_CUDA_ARCHITECTURES)
  list(APPEND _cuda_flags -gencode=arch=compute_${arch},code=sm_${arch})
endforeach()
list(APPEND _cuda_flags -gencode=arch=compute_75,code=compute_75)

# gradus_cuda_objects(VARIABLE SOURCES a.cu ... [INCLUDES folders...] [FLAGS flags...]): compiles each
# .cu and sets VARIABLE to the object files, to be given to add_library() or target_sources() beside
# C++ sources. Not CMake's language CUDA: that one insists on a toolkit it can link programs with.
function(gradus_cuda_objects variable)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;INCLUDES;FLAGS")
  set(includes -I${PROJECT_SOURCE_DIR})
  foreach(folder IN LISTS arg_INCLUDES)
    list(APPEND includes -I${folder})
  endforeach()
  set(objects "")
  foreach(source IN LISTS arg_SOURCES)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE file)
    set(object ${CMAKE_CURRENT_BINARY_DIR}/${source}.o)
    cmake_path(GET object PARENT_PATH folder)
    file(MAKE_DIRECTORY ${folder})
    add_custom_command(OUTPUT ${object}
      COMMAND ${CMAKE_CXX_COMPILER_LAUNCHER} ${GRADUS_NVCC} ${_cuda_flags} ${arg_FLAGS} ${includes}
        -MD -MF ${object}.d -c ${file} -o ${object}
      DEPENDS ${file} ${GRADUS_NVCC} DEPFILE ${object}.d
      COMMENT "Building CUDA object ${source}.o" VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  set_source_files_properties(${objects} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  set(${variable} ${objects} PARENT_SCOPE)
endfunction()
