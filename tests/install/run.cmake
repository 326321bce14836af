# SPDX-License-Identifier: MIT
# cmake -DWAY=... -DLIBRARY=... -DBUILD=... -DWORK=... -DCONFIG=... -DGENERATOR=... -DMAKE=... -DCOMPILER=...
#     -DLAUNCHER=... [-DCOMPONENTS=...] -P run.cmake
# Consumes the library in one way, in the folder WORK.

file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")
set(here "${CMAKE_CURRENT_LIST_DIR}")
set(prefix "${WORK}/prefix")
set(configure ${CMAKE_COMMAND} -G "${GENERATOR}" "-DCMAKE_MAKE_PROGRAM=${MAKE}" "-DCMAKE_CXX_COMPILER=${COMPILER}"
    "-DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}" "-DCMAKE_BUILD_TYPE=Debug" "-DPROGRAMS=${here}/programs")

function(run)
    execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# build_and_test(SOURCE OPTIONS...)
function(build_and_test source)
    run(${configure} -S "${source}" -B "${WORK}/build" ${ARGN})
    run(${CMAKE_COMMAND} --build "${WORK}/build" --config Debug)
    run(${CMAKE_CTEST_COMMAND} --test-dir "${WORK}/build" --build-config Debug --output-on-failure --no-tests=error)
endfunction()

function(require_files folder)
    foreach(name IN LISTS ARGN)
        file(GLOB_RECURSE found "${folder}/${name}")
        if(NOT found)
            message(FATAL_ERROR "${name} was not installed.")
        endif()
    endforeach()
endfunction()

# compile(PROGRAM OUTPUT FLAGS...) compiles one of the programs by hand and runs it.
function(compile program output)
    run(${LAUNCHER} "${COMPILER}" -std=c++20 -c "${here}/programs/${program}.cpp" -o "${WORK}/${output}.o" ${ARGN})
    run("${COMPILER}" "${WORK}/${output}.o" -o "${WORK}/${output}" ${ARGN})
    run("${WORK}/${output}")
endfunction()

# The flags for a package below the prefix, by pkg-config.
function(flags_of package output)
    file(GLOB_RECURSE file "${prefix}/${package}.pc")
    cmake_path(GET file PARENT_PATH folder)
    set(ENV{PKG_CONFIG_PATH} "${folder}")
    execute_process(COMMAND pkg-config --cflags --libs ${package} OUTPUT_VARIABLE flags COMMAND_ERROR_IS_FATAL ANY)
    separate_arguments(flags UNIX_COMMAND "${flags}")
    set(${output} ${flags} PARENT_SCOPE)
endfunction()

if(WAY STREQUAL "bare")
    # A compiler, its tools and a make; nothing else is in the path, and nothing is looked for. What is installed is then
    # used by a program of its own, which reads no other library.
    file(MAKE_DIRECTORY "${WORK}/bin")
    foreach(tool IN ITEMS as ld)
        find_program(${tool} ${tool} REQUIRED)
        file(CREATE_LINK "${${tool}}" "${WORK}/bin/${tool}" SYMBOLIC)
    endforeach()
    set(ENV{PATH} "${WORK}/bin")
    set(LAUNCHER)
    run(${configure} -S "${LIBRARY}" -B "${WORK}/library" "-DCMAKE_CXX_COMPILER_LAUNCHER="
        "-DCMAKE_PROJECT_webpubsub_INCLUDE=${here}/no_lookups.cmake")
    run(${CMAKE_COMMAND} --install "${WORK}/library" --prefix "${prefix}")
    require_files("${prefix}" include/webpubsub/src.hpp include/webpubsub/access/jwt.hpp LICENSE sessions.md
        webpubsub.v1.proto webpubsub.pc webpubsub-json.pc webpubsub-openssl.pc webpubsub-config.cmake)
    build_and_test("${here}/package" "-DEXPECTED_PREFIX=${prefix}" "-DCMAKE_PREFIX_PATH=${prefix}"
        "-DCMAKE_CXX_COMPILER_LAUNCHER=" "-DCOMPONENTS=")
    execute_process(COMMAND "${COMPILER}" -std=c++20 "-I${prefix}/include" -M "${here}/programs/client.cpp"
        OUTPUT_VARIABLE files COMMAND_ERROR_IS_FATAL ANY)
    if(NOT files MATCHES "/prefix/include/webpubsub/client/" OR files MATCHES "/boost/|/google/|/openssl/")
        message(FATAL_ERROR "A protobuf client reads: ${files}")
    endif()
elseif(WAY STREQUAL "package")
    run(${CMAKE_COMMAND} --install "${BUILD}" --config "${CONFIG}" --prefix "${prefix}")
    build_and_test("${here}/package" "-DEXPECTED_PREFIX=${prefix}" "-DCMAKE_PREFIX_PATH=${prefix}"
        "-DCOMPONENTS=${COMPONENTS}")
elseif(WAY STREQUAL "pkg-config")
    run(${CMAKE_COMMAND} --install "${BUILD}" --config "${CONFIG}" --prefix "${prefix}")
    flags_of(webpubsub flags)
    compile(core core -DWANTED_HEADER_ONLY=1 ${flags})
    foreach(component IN LISTS COMPONENTS)
        flags_of(webpubsub-${component} flags)
        if(component STREQUAL "compiled")
            compile(core compiled -DWANTED_HEADER_ONLY=0 ${flags})
        else()
            compile(${component} ${component} ${flags})
        endif()
    endforeach()
elseif(WAY STREQUAL "Meson")
    # As a subproject, and installed without asking for anything.
    set(ENV{CXX} "${LAUNCHER} ${COMPILER}")
    file(COPY "${here}/meson/meson.build" "${here}/programs" DESTINATION "${WORK}/consumer")
    file(MAKE_DIRECTORY "${WORK}/consumer/subprojects")
    file(CREATE_LINK "${LIBRARY}" "${WORK}/consumer/subprojects/webpubsub" SYMBOLIC)
    run(meson setup "${WORK}/build" "${WORK}/consumer")
    run(meson test -C "${WORK}/build")
    run(meson setup "${WORK}/library" "${LIBRARY}" "--prefix=${prefix}" -Dauto_features=disabled)
    run(meson install -C "${WORK}/library")
    flags_of(webpubsub flags)
    compile(core core -DWANTED_HEADER_ONLY=1 ${flags})
    require_files("${prefix}" LICENSE sessions.md webpubsub.v1.proto)
else()
    build_and_test("${here}/subproject" "-DWAY=${WAY}" "-DLIBRARY=${LIBRARY}")
endif()
