# gradus_test(NAME SOURCES x_test.cpp ... [DEPENDS targets...] [LABELS ...] [TIMEOUT seconds] [NO_PCH]):
# one GoogleTest program; every TEST in it becomes a ctest case.
if(BUILD_TESTING)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

function(gradus_test name)
  if(NOT BUILD_TESTING)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "NO_PCH" "TIMEOUT" "SOURCES;DEPENDS;LABELS")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE gradus::options ${arg_DEPENDS} GTest::gmock GTest::gtest_main)
  # GoogleTest's macros take a third of the time to compile unoptimised; what is tested is optimised.
  target_compile_options(${name} PRIVATE -O0)
  if(NOT arg_NO_PCH AND CMAKE_CXX_COMPILER_ID MATCHES Clang)
    target_link_libraries(${name} PRIVATE fmt::fmt)
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${name} PRIVATE -fPIC)
    target_precompile_headers(${name} REUSE_FROM gradus_test_pch)
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
endfunction()
