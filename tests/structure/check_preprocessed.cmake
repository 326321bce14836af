# SPDX-License-Identifier: MIT
# cmake -DCOMPILER=... -DFLAGS=... -DHEADER=... -P check_preprocessed.cmake
# Fails if <webpubsub/HEADER> reads a codec that is not itself, Boost.JSON, or a library for I/O, directly or not.

string(MAKE_C_IDENTIFIER "${HEADER}" name)
set(source "${CMAKE_CURRENT_BINARY_DIR}/only_${name}.cpp")
file(WRITE "${source}" "#include <webpubsub/${HEADER}>\n")
execute_process(COMMAND ${COMPILER} -std=c++20 ${FLAGS} -M ${source} OUTPUT_VARIABLE rule COMMAND_ERROR_IS_FATAL ANY)

string(REGEX MATCHALL "[^ \\\n]+" files "${rule}")
if(NOT rule MATCHES "webpubsub/${HEADER}" OR NOT rule MATCHES "webpubsub/error.hpp")
    message(FATAL_ERROR "The compiler's list of files is not what it should be: ${rule}")
endif()
set(forbidden "webpubsub/codec/(detail/)?json|/boost/(json|asio|beast)|/google/protobuf/|/openssl/")
if(NOT HEADER MATCHES "^codec/protobuf")
    string(APPEND forbidden "|webpubsub/codec/(detail/)?protobuf")
endif()
set(found 0)
foreach(file IN LISTS files)
    if(file MATCHES "${forbidden}")
        message("reads ${file}")
        math(EXPR found "${found} + 1")
    endif()
endforeach()
if(found)
    message(FATAL_ERROR "<webpubsub/${HEADER}> reads ${found} files that it must not.")
endif()
list(LENGTH files count)
message("<webpubsub/${HEADER}>: ${count} files looked at")
