# SPDX-License-Identifier: MIT
# cmake -DSOURCE=... -DWORK=... -P install.cmake
# Installs what package-lock.json names into WORK/node_modules, once for each package-lock.json.

foreach(tool IN ITEMS node npm)
    find_program(${tool} ${tool})
    if(NOT ${tool})
        message(FATAL_ERROR "The interop tests need ${tool}, which is not in the PATH (on Debian: package "
            "nodejs or npm). `ctest -LE interop` leaves these tests out.")
    endif()
endforeach()

set(files package.json package-lock.json .npmrc)
set(wanted)
foreach(name IN LISTS files)
    file(SHA256 "${SOURCE}/${name}" hash)
    string(APPEND wanted "${hash}\n")
endforeach()
set(stamp "${WORK}/node_modules/.installed")
if(EXISTS "${stamp}")
    file(READ "${stamp}" present)
    if(present STREQUAL wanted)
        return()
    endif()
endif()

file(MAKE_DIRECTORY "${WORK}")
foreach(name IN LISTS files)
    file(COPY "${SOURCE}/${name}" DESTINATION "${WORK}")
endforeach()
# Its packages ask for a newer Node than some distributions have, and run on 18: the warnings tell nothing.
execute_process(COMMAND "${npm}" ci --no-audit --no-fund --loglevel=error WORKING_DIRECTORY "${WORK}"
    RESULT_VARIABLE failed)
if(failed)
    message(FATAL_ERROR "npm ci failed (${failed}): the interop tests need npm's registry the first time they run.")
endif()
file(WRITE "${stamp}" "${wanted}")
