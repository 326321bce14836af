// SPDX-License-Identifier: MIT
#pragma once

#include "broker.hpp"

#include <boost/asio/io_context.hpp>
#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace examples {

/// What the tests must know of a kind of broker.
struct broker_kind {
    /// Null for one without a server.
    std::vector<std::string> (*command)(const std::string& folder, unsigned short port);
    std::unique_ptr<broker> (*make)(boost::asio::io_context& io, bus_listener& listener, broker_options options,
                                    unsigned short port);
    /// The largest message that the tests send.
    std::size_t large;
    /// What is refused, because it is larger than the server takes; 0 for a broker that takes everything.
    std::size_t too_large;
};

/// Of the kind that the program is linked with.
extern const broker_kind tested_kind;

/// A broker's server on a free port of 127.0.0.1, with a folder of its own. It ends with the program in any case.
class server_process {
public:
    server_process();
    server_process(const server_process&) = delete;
    server_process& operator=(const server_process&) = delete;
    ~server_process();

    void start();
    void kill();
    /// It keeps its connections, and the system goes on accepting new ones for it.
    void stop();
    void go_on();

    unsigned short port() const { return port_; }

private:
    std::filesystem::path folder_;
    unsigned short port_;
    pid_t pid_ = 0;
};

} // namespace examples
