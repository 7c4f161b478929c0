# Installs the SDK to a fresh prefix, moves that prefix (it must be relocatable), builds each template
# against it with find_package(gradus) outside the tree, and lists the plugins of what came out.
file(REMOVE_RECURSE ${WORK})

function(run what)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE err)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${what} failed (${code}):\n${out}\n${err}")
  endif()
  set(run_output "${out}" PARENT_SCOPE)
endfunction()

foreach(room sdk worker/plugin)
  run("installing ${room}" ${CMAKE_COMMAND} --install ${BUILD_DIR}/framework/${room} --prefix ${WORK}/first)
endforeach()
run("installing the templates" ${CMAKE_COMMAND} --install ${BUILD_DIR}/plugins --prefix ${WORK}/first)
file(RENAME ${WORK}/first ${WORK}/prefix)

# One project with the three templates: find_package once, one precompiled header.
set(project "cmake_minimum_required(VERSION 3.25)\nproject(outside LANGUAGES CXX)\n")
foreach(kind model activation augmentation)
  file(GLOB_RECURSE files RELATIVE ${WORK}/prefix/share/gradus/template/${kind}
       ${WORK}/prefix/share/gradus/template/${kind}/*)
  foreach(file IN LISTS files)
    file(READ ${WORK}/prefix/share/gradus/template/${kind}/${file} text)
    string(REPLACE "@NAME@" "my_${kind}" text "${text}")
    string(REPLACE "@CLASS@" "My" text "${text}")
    string(REPLACE "@PREFIX@" "${WORK}/prefix" text "${text}")
    string(REPLACE "plugin.cpp.in" "my_${kind}.cpp" file "${file}")
    string(REPLACE "@NAME@" "my_${kind}" file "${file}")
    file(WRITE ${WORK}/source/${kind}/${file} "${text}")
  endforeach()
  string(APPEND project "add_subdirectory(${kind})\n")
endforeach()
file(WRITE ${WORK}/source/CMakeLists.txt "${project}")

run("configuring" ${CMAKE_COMMAND} -S ${WORK}/source -B ${WORK}/build -G ${GENERATOR}
  -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_PREFIX_PATH=${WORK}/prefix -DCMAKE_BUILD_TYPE=Release)
run("building" ${CMAKE_COMMAND} --build ${WORK}/build)
foreach(kind model activation augmentation)
  run("inspecting" ${WORK}/prefix/libexec/gradus/gradus-inspect
    ${WORK}/build/${kind}/my_${kind}.so)
  if(NOT run_output MATCHES "^{\"plugins\":\\[{\"kind\":\"${kind}\",\"name\":\"my_${kind}\"}\\],\"problems\":\\[\\]}")
    message(FATAL_ERROR "gradus-inspect said of my_${kind}.so: ${run_output}")
  endif()
endforeach()
