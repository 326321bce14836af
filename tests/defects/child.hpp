// SPDX-License-Identifier: MIT
#pragma once

// For tests of what today is undefined behaviour: it happens in a process of its own, which may crash.

#if __has_include(<unistd.h>) && __has_include(<sys/wait.h>)
#include <csignal>
#include <initializer_list>
#include <sys/wait.h>
#include <unistd.h>
#define WEBPUBSUB_TEST_CHILD_PROCESSES
#endif

namespace webpubsub::tests {

/// Whether `check` returns true. It runs in a child process where there are such; that it crashes is as good as false.
template <class Check>
bool holds_in_child(Check&& check) {
#ifdef WEBPUBSUB_TEST_CHILD_PROCESSES
    const auto child = ::fork();
    if (child == 0) {
        // What a sanitizer, an assertion or the test framework has to say belongs to a failure that is expected.
        ::close(STDOUT_FILENO);
        ::close(STDERR_FILENO);
        for (const int fatal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) std::signal(fatal, SIG_DFL);
        bool holds = false;
        try {
            holds = check();
        } catch (...) {}
        ::_exit(holds ? 0 : 1);
    }
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child) return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
#else
    return check();
#endif
}

} // namespace webpubsub::tests
