// SPDX-License-Identifier: MIT
#include "nats_broker.hpp"
#include "server_process.hpp"

#include <utility>

namespace examples {

const broker_kind tested_kind{
    .command =
        [](const std::string&, unsigned short port) {
            return std::vector<std::string>{BROKER_SERVER, "--addr", "127.0.0.1", "--port", std::to_string(port)};
        },
    .make = [](boost::asio::io_context& io, bus_listener& listener, broker_options options,
               unsigned short port) -> std::unique_ptr<broker> {
        return std::make_unique<nats_broker>(io, listener, std::move(options),
                                             std::vector{"nats://127.0.0.1:" + std::to_string(port)});
    },
    .large = 900 * 1024,
    .too_large = (std::size_t{1} << 20) + 1,
};

} // namespace examples
