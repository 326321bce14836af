// SPDX-License-Identifier: MIT
#include "child_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <ctime>
#include <stdexcept>

namespace bench_nodes {

child_process::child_process(std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("there is no pipe to be had");
    const auto parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(1);
        if (const int nowhere = ::open("/dev/null", O_RDWR); nowhere >= 0) {
            for (const int standard : {0, 2}) ::dup2(nowhere, standard);
        }
        ::dup2(ends[1], 1);
        ::execv(arguments.front(), arguments.data());
        ::_exit(1);
    }
    ::close(ends[1]);
    output_ = ::fdopen(ends[0], "r");
    if (pid_ < 0) throw std::runtime_error("there is no process to be had");
}

child_process::~child_process() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    std::fclose(output_);
}

std::optional<std::string> child_process::read_line() {
    std::string line;
    for (int c = std::fgetc(output_); c != EOF; c = std::fgetc(output_)) {
        if (c == '\n') return line;
        line.push_back(static_cast<char>(c));
    }
    return std::nullopt;
}

double child_process::cpu_seconds() const {
    clockid_t clock{};
    timespec time{};
    if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return 0;
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

} // namespace bench_nodes
