# SPDX-License-Identifier: MIT
# cmake -DNM=... -P check_symbols.cmake -- OBJECT...
# Fails if an object needs something from outside that has to do with time, threads, sockets or any other I/O.

set(refused
    "^(clock_gettime|gettimeofday|time|timespec_get|localtime.*|gmtime.*|nanosleep|usleep|sleep)$"
    "^std::chrono::.*clock::now"
    "^(pthread_|thrd_|sem_|std::thread|std::mutex|std::condition_variable|std::this_thread|std::__future_base)"
    "^(socket|socketpair|connect|bind|listen|accept4?|send|sendto|sendmsg|recv|recvfrom|recvmsg|shutdown)$"
    "^(getaddrinfo|gethostby.*|poll|ppoll|p?select|epoll_.*|eventfd|timerfd_.*|signal|sigaction)$"
    "^(open|openat|close|read|write|readv|writev|fopen|fread|fwrite|fputs|puts|printf|fprintf|vfprintf|syslog)$"
    "^std::(cin|cout|cerr|clog|basic_[a-z]*stream|basic_filebuf)"
    "^(getenv|rand|random|getrandom|std::random_device)")

set(after_dashes FALSE)
set(found 0)
foreach(index RANGE ${CMAKE_ARGC})
    set(argument "${CMAKE_ARGV${index}}")
    if(after_dashes AND argument)
        execute_process(COMMAND ${NM} --undefined-only --demangle ${argument} OUTPUT_VARIABLE listing
            COMMAND_ERROR_IS_FATAL ANY)
        string(REGEX MATCHALL "[^\n]+" lines "${listing}")
        list(LENGTH lines count)
        if(count EQUAL 0)
            message(FATAL_ERROR "${argument} needs nothing at all: is it the right file?")
        endif()
        foreach(line IN LISTS lines)
            string(REGEX REPLACE "^ *[UuwVv] +" "" symbol "${line}")
            foreach(pattern IN LISTS refused)
                if(symbol MATCHES "${pattern}")
                    message("refused: ${symbol}")
                    math(EXPR found "${found} + 1")
                endif()
            endforeach()
        endforeach()
        message("${argument}: ${count} symbols looked at")
    elseif(argument STREQUAL "--")
        set(after_dashes TRUE)
    endif()
endforeach()
if(found)
    message(FATAL_ERROR "${found} symbols are refused.")
endif()
