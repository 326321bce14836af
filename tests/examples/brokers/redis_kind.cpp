// SPDX-License-Identifier: MIT
#include "redis_broker.hpp"
#include "server_process.hpp"

#include <utility>

namespace examples {

const broker_kind tested_kind{
    .command =
        [](const std::string& folder, unsigned short port) {
            return std::vector<std::string>{BROKER_SERVER, "--bind", "127.0.0.1", "--port", std::to_string(port),
                                            "--dir",       folder,   "--save",    "",       "--appendonly",
                                            "no"};
        },
    .make = [](boost::asio::io_context& io, bus_listener& listener, broker_options options,
               unsigned short port) -> std::unique_ptr<broker> {
        return std::make_unique<redis_broker>(io, listener, std::move(options), redis_address{"127.0.0.1", port});
    },
    .large = std::size_t{1} << 20,
    .too_large = 0,
};

} // namespace examples
