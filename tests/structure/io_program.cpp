// SPDX-License-Identifier: MIT

// What check_symbols.cmake must refuse.

#include <chrono>
#include <thread>

#include <sys/socket.h>

int main() {
    std::thread([] {}).join();
    const bool late = std::chrono::steady_clock::now().time_since_epoch().count() == 0;
    return late ? ::socket(AF_INET, SOCK_STREAM, 0) : 0;
}
