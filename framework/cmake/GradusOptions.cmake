# What every target of ours is compiled with. Use gradus_library()/gradus_program(), which link
# gradus::options; nothing is set globally, so third-party targets keep their own flags.
option(GRADUS_WERROR "Treat warnings as errors" ON)
set(GRADUS_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined (empty: none)")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_library(gradus_options INTERFACE)
add_library(gradus::options ALIAS gradus_options)
target_compile_features(gradus_options INTERFACE cxx_std_20)
target_include_directories(gradus_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(gradus_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
  $<$<BOOL:${GRADUS_WERROR}>:-Werror>)
find_program(GRADUS_MOLD mold)
if(GRADUS_MOLD)
  target_link_options(gradus_options INTERFACE -fuse-ld=mold)
endif()
if(GRADUS_SANITIZE)
  target_compile_options(gradus_options INTERFACE -fsanitize=${GRADUS_SANITIZE}
    -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(gradus_options INTERFACE -fsanitize=${GRADUS_SANITIZE})
endif()

# gradus_confined(TARGET): a program that runs in the sandbox, where sanitizers cannot do all they do
# elsewhere.
function(gradus_confined name)
  if(GRADUS_SANITIZE)
    target_sources(${name} PRIVATE
      ${PROJECT_SOURCE_DIR}/framework/sandbox/testing/sanitizer_defaults.cpp)
  endif()
endfunction()

# gradus_lasting_pch(TARGET): its precompiled header outlives the system's next update, whose files
# may be older than it: without, Clang refuses for good what ninja takes for up to date.
function(gradus_lasting_pch name)
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    target_compile_options(${name} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
endfunction()

# Half the time of most files goes into the same few headers: a precompiled header of them for all
# libraries and one for all tests. A precompiled header serves only those who are compiled with the
# same flags, so there are several: targets with LibTorch have others (NO_PCH, TORCH).
function(gradus_precompile name)
  set(empty ${CMAKE_BINARY_DIR}/${name}.cpp)
  if(NOT EXISTS ${empty})
    file(WRITE ${empty} "// Carries a precompiled header.\n")
  endif()
  add_library(${name} OBJECT ${empty})
  target_link_libraries(${name} PRIVATE gradus::options)
  gradus_lasting_pch(${name})
  target_precompile_headers(${name} PRIVATE <algorithm> <filesystem> <functional> <map> <memory>
    <optional> <string> <vector> ${ARGN})
endfunction()

# gradus_library(NAME SOURCES... [DEPENDS targets...] [NO_PCH]): static library gradus_NAME, alias
# gradus::NAME.
function(gradus_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "NO_PCH" "" "SOURCES;DEPENDS")
  add_library(gradus_${name} STATIC ${arg_SOURCES})
  add_library(gradus::${name} ALIAS gradus_${name})
  target_link_libraries(gradus_${name} PUBLIC gradus::options ${arg_DEPENDS})
  if(NOT arg_NO_PCH AND CMAKE_CXX_COMPILER_ID MATCHES Clang)
    target_precompile_headers(gradus_${name} REUSE_FROM gradus_pch)
  endif()
endfunction()
