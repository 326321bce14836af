// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace bench_nodes {

/// A program that runs beside this one. It is killed with the object, and ends with this program in any case.
class child_process {
public:
    /// The words are the program's path and its arguments.
    explicit child_process(std::vector<std::string> words);
    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;
    ~child_process();

    /// The next line of its standard output; nothing behind the last one.
    std::optional<std::string> read_line();
    /// The CPU time of all its threads up to now.
    double cpu_seconds() const;

private:
    pid_t pid_ = 0;
    std::FILE* output_ = nullptr;
};

} // namespace bench_nodes
