# SPDX-License-Identifier: MIT
# Included behind the library's project(), on a machine that has nothing: whatever is looked for there is an error.
foreach(command IN ITEMS find_package find_library find_path find_file find_program)
    cmake_language(EVAL CODE "
        macro(${command})
            message(FATAL_ERROR \"${command}(\${ARGV}): nothing may be looked for.\")
        endmacro()")
endforeach()
