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

# gradus_library(NAME SOURCES... [DEPENDS targets...]): static library gradus_NAME, alias gradus::NAME.
function(gradus_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS")
  add_library(gradus_${name} STATIC ${arg_SOURCES})
  add_library(gradus::${name} ALIAS gradus_${name})
  target_link_libraries(gradus_${name} PUBLIC gradus::options ${arg_DEPENDS})
endfunction()
