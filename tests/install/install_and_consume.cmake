# SPDX-License-Identifier: MIT
# cmake -DBUILD=... -DCONFIG=... -DSOURCE=... -DWORK=... -DCOMPONENTS=... -DGENERATOR=... -DCOMPILER=...
#     -DLAUNCHER=... -P install_and_consume.cmake

file(REMOVE_RECURSE "${WORK}")
function(run)
    execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

run(${CMAKE_COMMAND} --install "${BUILD}" --config "${CONFIG}" --prefix "${WORK}/prefix")
run(${CMAKE_COMMAND} -S "${SOURCE}" -B "${WORK}/build" -G "${GENERATOR}" "-DCMAKE_PREFIX_PATH=${WORK}/prefix"
    "-DCMAKE_CXX_COMPILER=${COMPILER}" "-DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}" "-DCMAKE_BUILD_TYPE=${CONFIG}"
    "-DCOMPONENTS=${COMPONENTS}" "-DEXPECTED_PREFIX=${WORK}/prefix")
run(${CMAKE_COMMAND} --build "${WORK}/build" --config "${CONFIG}")
run(${CMAKE_CTEST_COMMAND} --test-dir "${WORK}/build" --build-config "${CONFIG}" --output-on-failure --no-tests=error)
