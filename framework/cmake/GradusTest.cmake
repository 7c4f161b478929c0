# gradus_test(NAME SOURCES x_test.cpp ... [DEPENDS targets...] [LABELS ...] [TIMEOUT seconds]):
# one GoogleTest program; every TEST in it becomes a ctest case.
if(BUILD_TESTING)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

function(gradus_test name)
  if(NOT BUILD_TESTING)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "SOURCES;DEPENDS;LABELS")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE gradus::options ${arg_DEPENDS} GTest::gmock GTest::gtest_main)
  # GoogleTest's macros take a third of the time to compile unoptimised; what is tested is optimised.
  target_compile_options(${name} PRIVATE -O0)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
endfunction()
