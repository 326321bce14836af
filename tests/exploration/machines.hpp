// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/client.hpp>
#include <webpubsub/codec/all_codecs.hpp>
#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/hub/hub.hpp>

#include "exploration/fingerprint.hpp"
#include "exploration/observations.hpp"
#include "exploration/scenario.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace webpubsub::tests {

/// "Random" bytes that follow from how many were drawn before. Each state has a count of its own and hands it in.
struct counted_bytes {
    std::uint64_t drawn = 0;

    static void fill(void* context, unsigned char* bytes, std::size_t size) {
        auto& drawn = static_cast<counted_bytes*>(context)->drawn;
        for (std::size_t i = 0; i < size; ++i) {
            bytes[i] = static_cast<unsigned char>(fingerprint().add(drawn++).value());
        }
    }
};

inline instant instant_at(steady_time now) {
    return {now, wall_time(std::chrono::seconds(1'700'000'000)) +
                     std::chrono::duration_cast<wall_time::duration>(now.time_since_epoch())};
}

/// A client, what its application saw, and what it was given.
struct client_node {
    client machine;
    client_observations seen{};
    fingerprint history{};

    explicit client_node(client c) : machine(std::move(c)) {}

    void ask(steady_time now, operation what, std::string payload) {
        const auto id = [&] {
            switch (what) {
            case operation::join: return machine.join_group(now, the_group);
            case operation::leave: return machine.leave_group(now, the_group);
            case operation::send: return machine.send_to_group(now, the_group, payload_view::text(payload));
            case operation::send_forbidden: break;
            }
            return machine.send_to_group(now, "forbidden", payload_view::text(payload));
        }();
        require(id.has_value(), "a request within the limits is taken");
        seen.requests.push_back({*id, what, std::move(payload), std::nullopt});
    }
};
/// That of the witness and those of the clients.
inline std::vector<service_codec> codecs_for(const scenario& plan) {
    std::vector<service_codec> codecs{json_service_codec()};
    for (const auto& m : plan.members) codecs.push_back(*find_service_codec(m.form.protocol().name));
    return codecs;
}

inline hub_options hub_options_for(const scenario& plan) {
    hub_options o;
    o.recovery.window = plan.recovery_window;
    return o;
}

/// The same of a hub with its witness.
struct hub_node {
    hub machine;
    hub_observations seen{};
    fingerprint history{};
    std::uint64_t drawn = 0;
    transport_id witness_transport{};

    hub_node(const scenario& plan, counted_bytes& bytes)
        : machine(codecs_for(plan), hub_options_for(plan), {&bytes, &counted_bytes::fill}), drawn(bytes.drawn) {}

    /// A plain JSON client in the group, which reads at once.
    void admit_witness(instant now) {
        connect_request asked;
        asked.groups = {std::string(the_group)};
        asked.subprotocols = {std::string(subprotocols::json_v1.name)};
        const auto outcome = machine.admit(now, std::move(asked));
        witness_transport = std::get<accepted>(outcome).transport;
        machine.handle_opened(now, witness_transport);
        while (machine.poll_order()) continue;
        while (machine.poll_event()) continue;
        while (machine.poll_ready()) continue;
        while (machine.poll_transmit(witness_transport)) machine.handle_written(now, witness_transport);
    }

    void witness(const std::string& frame) {
        service_message message;
        require(json_codec().decode(frame, message).has_value(), "the witness understands");
        if (auto* data = std::get_if<group_data_message>(&message))
            seen.witnessed.push_back(std::move(data->data.bytes));
    }
};

inline client new_client(const scenario::member& m, std::size_t i) {
    client_options o;
    o.url = "ws://small/client/hubs/chat?access_token=x";
    o.connect.stable_time = std::chrono::seconds(1);
    o.connect.handshake_timeout = std::chrono::seconds(8);
    o.recovery.window = std::chrono::seconds(12);
    o.keep_alive.interval = std::chrono::seconds(10);
    o.keep_alive.timeout = std::chrono::seconds(15);
    o.requests.resend_on_new_connection = m.resends;
    // Nothing is left to chance.
    o.connect.first_delay = o.recovery.first_delay = duration::zero();
    o.connect.delays.jitter = o.recovery.delays.jitter = o.requests.retry_delays.jitter = 0;
    o.publisher.rewind_delays.jitter = 0;
    return client(m.form, i, o);
}

inline connect_request request_of(const scenario::member& m, std::size_t i) {
    connect_request asked;
    asked.user_id = std::string(1, static_cast<char>('A' + i));
    asked.roles = {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroup." + std::string(the_group)};
    if (m.is_in_group) asked.groups = {std::string(the_group)};
    asked.subprotocols = {std::string(m.form.protocol().name)};
    return asked;
}

} // namespace webpubsub::tests
