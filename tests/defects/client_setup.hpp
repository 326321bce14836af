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
    /// The random delays before a first attempt to connect or to recover.
    bool first_delays = false;
    bool one_write_at_a_time = false;
    std::optional<duration> stable_time{};
    std::optional<duration> handshake_timeout{};
    std::optional<duration> recovery_window{};
    std::optional<duration> recovery_confirmation{};
    std::optional<duration> keep_alive_interval{};
    std::optional<duration> keep_alive_timeout{};
    std::optional<duration> sequence_ack_interval{};
    std::optional<duration> request_timeout{};
    std::optional<duration> invocation_timeout{};
    std::optional<duration> inbound_stream_idle{};
    std::optional<std::size_t> max_pending_requests{};
    std::optional<std::size_t> max_pending_bytes{};
};

inline client_options options_of(const client_setup& setup) {
    client_options options;
    options.url = setup.url;
    // Those tests that are about the delays before a first attempt leave them as they are.
    if (!setup.first_delays) {
        options.connect.first_delay = duration::zero();
        options.recovery.first_delay = duration::zero();
    }
    if (setup.one_write_at_a_time) options.window.messages = 1;
    options.recovery.enabled = setup.recover;
    options.frames.close_on_malformed = setup.close_on_malformed_frame;
    const auto set = [](auto& option, const auto& value) {
        if (value) option = *value;
    };
    set(options.connect.stable_time, setup.stable_time);
    set(options.connect.handshake_timeout, setup.handshake_timeout);
    set(options.recovery.window, setup.recovery_window);
    set(options.recovery.confirmation, setup.recovery_confirmation);
    set(options.keep_alive.interval, setup.keep_alive_interval);
    set(options.keep_alive.timeout, setup.keep_alive_timeout);
    set(options.sequence_ack.interval, setup.sequence_ack_interval);
    set(options.requests.timeout, setup.request_timeout);
    set(options.invocations.timeout, setup.invocation_timeout);
    set(options.subscriber.idle_timeout, setup.inbound_stream_idle);
    set(options.requests.max_pending, setup.max_pending_requests);
    set(options.requests.max_bytes, setup.max_pending_bytes);
    return options;
}

inline client json_client(const client_setup& setup) {
    return client(setup.reliable ? reliable_json_codec() : json_codec(), setup.seed, options_of(setup));
}

} // namespace webpubsub::tests
