# find_package(gradus): the targets gradus::torch and gradus::sdk, and gradus_add_plugin().
# Relocatable: everything is found from this file. LibTorch is the one that Gradus was built with,
# unless -DGRADUS_TORCH=DIR or the environment's GRADUS_TORCH names another (the folder with include/
# and lib/libtorch_cpu.so); the loader refuses a plugin of another LibTorch version.
cmake_minimum_required(VERSION 3.25)
get_filename_component(gradus_PREFIX "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

file(READ ${gradus_PREFIX}/share/gradus/toolchain.json _gradus_toolchain)
string(JSON _gradus_torch GET "${_gradus_toolchain}" torch_dir)
string(JSON gradus_TORCH_VERSION GET "${_gradus_toolchain}" torch_version)
if(GRADUS_TORCH)
  set(_gradus_torch ${GRADUS_TORCH})
elseif(DEFINED ENV{GRADUS_TORCH} AND NOT "$ENV{GRADUS_TORCH}" STREQUAL "")
  set(_gradus_torch $ENV{GRADUS_TORCH})
endif()
if(NOT EXISTS ${_gradus_torch}/lib/libtorch_cpu.so)
  set(gradus_FOUND FALSE)
  set(gradus_NOT_FOUND_MESSAGE "No LibTorch at '${_gradus_torch}' (wanted lib/libtorch_cpu.so there). \
Run './gradus setup', or pass -DGRADUS_TORCH=DIR.")
  return()
endif()
find_path(gradus_BOOST_INCLUDE boost/dll/alias.hpp)
if(NOT gradus_BOOST_INCLUDE)
  set(gradus_FOUND FALSE)
  set(gradus_NOT_FOUND_MESSAGE "The header boost/dll/alias.hpp is missing (Debian: libboost1.81-dev).")
  return()
endif()

if(NOT TARGET gradus::torch)
  add_library(gradus::torch INTERFACE IMPORTED)
  target_include_directories(gradus::torch SYSTEM INTERFACE
    ${_gradus_torch}/include ${_gradus_torch}/include/torch/csrc/api/include)
  target_link_libraries(gradus::torch INTERFACE
    ${_gradus_torch}/lib/libtorch_cpu.so ${_gradus_torch}/lib/libc10.so)
  # LibTorch's own companions are found by its own run path, when it is loaded.
  target_link_options(gradus::torch INTERFACE -Wl,--allow-shlib-undefined)

  add_library(gradus::sdk INTERFACE IMPORTED)
  target_include_directories(gradus::sdk INTERFACE ${gradus_PREFIX}/include)
  target_include_directories(gradus::sdk SYSTEM INTERFACE ${gradus_BOOST_INCLUDE})
  target_compile_features(gradus::sdk INTERFACE cxx_std_20)
  target_compile_definitions(gradus::sdk INTERFACE BOOST_DLL_USE_STD_FS)
  target_link_libraries(gradus::sdk INTERFACE gradus::torch)
endif()
set(GRADUS_PLUGIN_MAP ${gradus_PREFIX}/share/gradus/plugin.map)
include(${CMAKE_CURRENT_LIST_DIR}/GradusPlugin.cmake)
