# SPDX-License-Identifier: MIT
# add_program(NAME SOURCE LIBRARIES...) makes a program of this folder, and a test that runs it.
function(add_program name source)
    add_executable(${name} ${PROGRAMS}/${source}.cpp)
    target_link_libraries(${name} PRIVATE ${ARGN})
    add_test(NAME ${name} COMMAND ${name})
endfunction()
