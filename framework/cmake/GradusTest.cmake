# gradus_test(NAME SOURCES x_test.cpp ... [DEPENDS targets...] [LABEL name] [TIMEOUT seconds]
#   [TORCH | HEAVY] [NO_UNITY]): one GoogleTest program; every TEST in it becomes a ctest case.
# TORCH: with LibTorch, whose headers take most of the time to compile; one precompiled header serves
# all of these. HEAVY: starts programs with LibTorch, or the compiler on its headers. All others are
# labelled "light" and belong to the target gradus_light_tests: the sanitizers run them.
# NO_UNITY: names of helpers repeat in its files, so that they cannot be compiled as one.
if(BUILD_TESTING)
  find_package(GTest REQUIRED)
  include(GoogleTest)
  add_custom_target(gradus_light_tests)
endif()

# Whatever a precompiled header must agree in with the tests that use it.
function(gradus_test_flags name)
  target_link_libraries(${name} PRIVATE GTest::gmock GTest::gtest)
  # GoogleTest's macros take a third of the time to compile unoptimised; what is tested is optimised.
  target_compile_options(${name} PRIVATE -O0 -fPIC)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
endfunction()

function(gradus_test name)
  if(NOT BUILD_TESTING)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "TORCH;HEAVY;NO_UNITY" "TIMEOUT;LABEL" "SOURCES;DEPENDS")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE gradus::options ${arg_DEPENDS} GTest::gtest_main)
  gradus_test_flags(${name})
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    if(arg_TORCH)
      set_target_properties(${name} PROPERTIES CXX_VISIBILITY_PRESET hidden)
      target_precompile_headers(${name} REUSE_FROM gradus_torch_test_pch)
    else()
      target_link_libraries(${name} PRIVATE fmt::fmt)
      target_precompile_headers(${name} REUSE_FROM gradus_test_pch)
    endif()
  endif()
  if(NOT arg_TORCH AND NOT arg_HEAVY AND NOT arg_LABEL)
    set(arg_LABEL light)
    add_dependencies(gradus_light_tests ${name})
  endif()
  if(arg_NO_UNITY)
    set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABEL}")
endfunction()
