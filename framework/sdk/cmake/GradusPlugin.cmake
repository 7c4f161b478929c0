# gradus_add_plugin(NAME SOURCES a.cpp ...): a plugin library as the framework builds it:
# only the aliases visible, nothing undefined, bound at load. Installed with the SDK, and used in
# the tree as well. Needs the target gradus::sdk and GRADUS_PLUGIN_MAP (the version script).

# One precompiled header for all plugins of a project: it takes longer than a plugin.
function(_gradus_plugin_pch)
  if(NOT TARGET gradus_plugin_pch)
    set(empty ${CMAKE_BINARY_DIR}/gradus_plugin_pch.cpp)
    file(GENERATE OUTPUT ${empty} CONTENT "// Carries the precompiled header of all plugins.\n")
    add_library(gradus_plugin_pch OBJECT ${empty})
    _gradus_plugin_flags(gradus_plugin_pch)
    if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
      # It outlives the system's next update, whose files may be older than it.
      target_compile_options(gradus_plugin_pch PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
    endif()
    target_precompile_headers(gradus_plugin_pch PRIVATE <gradus/pch.hpp>)
  endif()
endfunction()

# Whatever a precompiled header must agree in with the plugins that use it.
function(_gradus_plugin_flags target)
  target_link_libraries(${target} PRIVATE gradus::sdk)
  target_compile_features(${target} PRIVATE cxx_std_20)
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON DEFINE_SYMBOL ""
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
endfunction()

function(gradus_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES")
  if(NOT arg_SOURCES)
    message(FATAL_ERROR "gradus_add_plugin(${name}): no SOURCES given")
  endif()
  add_library(${name} MODULE ${arg_SOURCES})
  _gradus_plugin_flags(${name})
  # No run path: the worker has LibTorch loaded already, and the loader refuses one.
  set_target_properties(${name} PROPERTIES PREFIX "" SKIP_BUILD_RPATH ON INSTALL_RPATH "")
  target_link_options(${name} PRIVATE
    -Wl,--no-undefined -Wl,-z,now -Wl,--version-script=${GRADUS_PLUGIN_MAP})
  set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS ${GRADUS_PLUGIN_MAP})
  _gradus_plugin_pch()
  target_precompile_headers(${name} REUSE_FROM gradus_plugin_pch)
endfunction()
