// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/presets.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>

namespace webpubsub::inline WEBPUBSUB_MODE::client_presets {

WEBPUBSUB_COLD_DECL client_options specification() {
    client_options options;
    options.keep_alive.interval.reset();
    options.keep_alive.timeout.reset();
    options.connect.handshake_timeout.reset();
    return options;
}

WEBPUBSUB_COLD_DECL client_options javascript() {
    using namespace std::chrono_literals;
    client_options options;
    options.keep_alive.interval = 20s;
    options.connect.retry_first = false;
    options.connect.delays = {1s, 1s, 0.0};
    options.requests.retry_delays = {1s, 1s, 0.0};
    options.sequence_ack.messages = 301;
    options.sequence_ack.bytes = std::numeric_limits<std::size_t>::max();
    return options;
}

WEBPUBSUB_COLD_DECL client_options dotnet() {
    using namespace std::chrono_literals;
    client_options options;
    options.connect.retry_first = false;
    options.connect.delays = {1s, 5s, 0.0};
    options.requests.retry_delays = {800ms, 60s, 0.0};
    options.sequence_ack.messages = std::numeric_limits<std::uint64_t>::max();
    options.sequence_ack.bytes = std::numeric_limits<std::size_t>::max();
    options.keep_alive.interval.reset();
    options.keep_alive.timeout.reset();
    return options;
}

WEBPUBSUB_COLD_DECL client_options java() {
    using namespace std::chrono_literals;
    auto options = dotnet();
    options.connect.delays = {1s, duration::max(), 0.5};
    options.requests.retry_delays = {800ms, 8s, 0.05};
    options.sequence_ack.interval = 5s;
    options.requests.timeout = 30s;
    return options;
}

WEBPUBSUB_COLD_DECL client_options python() {
    using namespace std::chrono_literals;
    auto options = dotnet();
    options.connect.delays = {800ms, 120s, 0.0};
    options.connect.max_attempts = 3;
    options.requests.retry_delays = {800ms, 120s, 0.0};
    options.requests.timeout = 30s;
    options.connect.handshake_timeout = 30s;
    return options;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_presets
