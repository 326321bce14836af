// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/client.hpp>
#include <webpubsub/codec/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace webpubsub::tests {

/// The options that the tests change. What is not set here has the library's own default.
struct client_setup {
    bool reliable = true;
    /// Empty makes the client ask for a URL.
    std::string url = "wss://example.test/client/hubs/chat?access_token=secret";
    std::uint64_t seed = 1;
    /// False switches recovery off: a connection that is lost is replaced.
    bool recover = true;
    bool close_on_malformed_frame = false;
    std::optional<duration> stable_time{};
    std::optional<duration> handshake_timeout{};
    std::optional<duration> recovery_window{};
    std::optional<duration> recovery_confirmation{};
    std::optional<duration> keep_alive_interval{};
    std::optional<duration> keep_alive_timeout{};
    std::optional<duration> sequence_ack_interval{};
    std::optional<duration> request_timeout{};
    std::optional<duration> rejoin_timeout{};
    std::optional<duration> invocation_timeout{};
    std::optional<duration> inbound_stream_idle{};
    std::optional<std::size_t> max_pending_requests{};
    std::optional<std::size_t> max_pending_bytes{};
};

inline client_options options_of(const client_setup& setup) {
    client_options options;
    options.url = setup.url;
    options.seed = setup.seed;
    if (!setup.recover) options.recovery_window = duration::zero();
    options.close_on_malformed_frame = setup.close_on_malformed_frame;
    const auto set = [](auto& option, const auto& value) {
        if (value) option = *value;
    };
    set(options.stable_time, setup.stable_time);
    set(options.handshake_timeout, setup.handshake_timeout);
    set(options.recovery_window, setup.recovery_window);
    set(options.recovery_confirmation, setup.recovery_confirmation);
    set(options.keep_alive_interval, setup.keep_alive_interval);
    set(options.keep_alive_timeout, setup.keep_alive_timeout);
    set(options.sequence_ack_interval, setup.sequence_ack_interval);
    set(options.request_timeout, setup.request_timeout);
    set(options.rejoin_timeout, setup.rejoin_timeout);
    set(options.invocation_timeout, setup.invocation_timeout);
    set(options.inbound_stream_limits.idle, setup.inbound_stream_idle);
    set(options.requests.pending, setup.max_pending_requests);
    set(options.requests.bytes, setup.max_pending_bytes);
    return options;
}

inline client json_client(const client_setup& setup) {
    return client(setup.reliable ? reliable_json_codec() : json_codec(), options_of(setup));
}

} // namespace webpubsub::tests
