// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/hub.hpp>

#include "hub/hub_fixture.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Parts of one stream, `s` to the group `g`, as tests need them.
namespace streams {

using namespace webpubsub;

inline const service_error not_found{"StreamNotFound", "The connection has no open stream with this id."};
inline const stream_error cancelled{"Cancelled", "The publisher's connection has ended.", ""};

inline start_stream_message start(const std::string& id = "s", std::optional<std::uint32_t> idle_ms = {}) {
    return {"g", false, {id, idle_ms}};
}

inline stream_data_message part(std::uint64_t number, const std::string& text = "x", const std::string& id = "s") {
    return {id, number, text_payload(text)};
}

inline service_message fragment(std::uint64_t number, const std::string& text = "x", const std::string& user = {}) {
    return group_data_message{{}, "g", text_payload(text), user, {}, stream_position{"s", number, {}}};
}

inline service_message terminal(std::uint64_t number, std::optional<stream_error> error = {},
                                const std::string& user = {}) {
    return group_data_message{{}, "g", text_payload(""), user, {}, stream_position{"s", number, stream_end{error}}};
}

/// A publisher that is no member, and a member.
struct stream_fixture : hub_fixture {
    explicit stream_fixture(hub_options options = {}, std::string_view subprotocol = plain)
        : hub_fixture(options), publisher(connect(subprotocol)), subscriber(connect(plain, {}, {"g"})) {}

    void send(const client_message& message) { send_json(publisher, message); }

    /// Opens the stream `s` and publishes so many fragments.
    void publish(std::uint64_t count = 0) {
        send(start());
        for (std::uint64_t i = 1; i <= count; ++i) send(part(i));
        take(publisher);
        take(subscriber);
    }

    service_messages to_publisher() { return messages(publisher); }
    service_messages to_subscriber() { return messages(subscriber); }

    transport_id publisher;
    transport_id subscriber;
};

} // namespace streams
