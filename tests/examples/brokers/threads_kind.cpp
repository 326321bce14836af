// SPDX-License-Identifier: MIT
#include "server_process.hpp"
#include "thread_bus.hpp"

namespace examples {

const broker_kind tested_kind{
    .command = nullptr,
    .make = [](boost::asio::io_context& io, bus_listener& listener, broker_options options,
               unsigned short) -> std::unique_ptr<broker> {
        static thread_bus bus;
        return std::make_unique<thread_broker>(io, listener, options, bus);
    },
    .large = std::size_t{1} << 20,
    .too_large = 0,
};

} // namespace examples
