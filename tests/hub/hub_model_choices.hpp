// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/codec/json.hpp>
#include <webpubsub/codec/protobuf.hpp>
#include <webpubsub/hub/hub.hpp>

#include "hub/hub_model_connection.hpp"
#include "support/chance.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

// What the operations on a hub and its model are made of.

namespace hub_models {

inline const std::vector<codec> codecs{json_codec(), reliable_json_codec(), protobuf_codec(),
                                       reliable_protobuf_codec()};

/// In one half of the runs queues are short, so that readers are too slow. In the other there are group states: when
/// several connections end at a time, no order of the news about them is promised.
inline bool has_states(std::uint64_t seed) { return seed % 2 != 0; }

inline hub_options options_of(std::uint64_t seed) {
    using namespace std::chrono_literals;
    hub_options chosen;
    if (!has_states(seed)) {
        chosen.queues.replay.frames = 6;
        chosen.queues.outbound.frames = 5;
    }
    // What a client sends has its effect at once, and one message is with the host at a time.
    chosen.queues.stall_time = 0s;
    chosen.queues.window.messages = 1;
    chosen.application.report_memberships = true;
    chosen.application.drop_on_failed_event = seed % 8 < 2;
    chosen.requests.waiting.frames = 3;
    chosen.requests.ack_history = 8;
    chosen.groups.max_per_connection = 3;
    chosen.groups.permissions.literals = 1;
    chosen.connections.max_connections = 10;
    chosen.groups.max_state_size = 8;
    chosen.groups.max_states_per_connection = 1;
    chosen.groups.max_snapshot_items = 2;
    chosen.timeouts.answer = 20s;
    chosen.recovery.token_lifetime = 1h;
    chosen.frames.max_received_size = 1000;
    return chosen;
}

/// Seeded chance, and what it makes.
class choices {
public:
    explicit choices(std::uint64_t seed) : chance_(seed), with_states_(has_states(seed)) {}

    std::size_t below(std::size_t n) { return chance_.below(n); }
    bool one_in(std::size_t n) { return below(n) == 0; }

    template <class List>
    auto& any(List& list) {
        return *std::next(list.begin(), static_cast<std::ptrdiff_t>(below(list.size())));
    }

    std::string group() { return one_in(2) ? "a" : any(all_groups); }
    std::string user() { return one_in(2) ? "ann" : "bob"; }

    connect_request client(const std::optional<codec>& protocol) {
        static const std::vector<std::string> roles{"webpubsub.joinLeaveGroup.a",    "webpubsub.joinLeaveGroups.a.*",
                                                    "webpubsub.joinLeaveGroups.?.?", "webpubsub.joinLeaveGroups.**.y",
                                                    "webpubsub.joinLeaveGroups.*",   "webpubsub.sendToGroup.*",
                                                    "webpubsub.sendToGroups.?",      "webpubsub.sendToGroups.b.**",
                                                    "webpubsub.sendToGroups.a.x.*",  "webpubsub.sendToGroups.a.?",
                                                    "webpubsub.sendtogroup",         "webpubsub.getGroupState.a",
                                                    "webpubsub.setGroupState.a",     "admin"};
        connect_request asked;
        if (!one_in(3)) asked.user_id = user();
        for (auto left = below(4); left > 0; --left) asked.roles.push_back(any(roles));
        for (const auto what : all_permissions) {
            if (!one_in(3)) asked.roles.push_back("webpubsub." + std::string(name_of(what)));
        }
        for (auto left = below(one_in(10) ? 5 : 3); left > 0; --left) asked.groups.push_back(group());
        if (protocol) asked.subprotocols = {std::string(protocol->protocol().name)};
        if (!protocol && one_in(2)) asked.publishes_to = {group(), one_in(2)};
        return asked;
    }

    payload data() {
        const auto number = std::to_string(++last_payload_);
        switch (below(5)) {
        case 0: return json_payload("{\"n\": " + number + "}");
        case 1: return binary_payload(std::string("\0\xff", 2) + number);
        case 2: return protobuf_payload(std::string("\x0a\x01t\x12\x04", 5) + (number + "....").substr(0, 4));
        default: return text_payload(number);
        }
    }
    payload bare_data() { return one_in(2) ? text_payload(std::to_string(++last_payload_)) : binary_payload("\xff"); }

    string_map metadata() { return one_in(5) ? string_map{{"k", "v"}} : string_map(); }
    std::uint32_t seconds_to_live() { return one_in(3) ? static_cast<std::uint32_t>(1 + below(5)) : 0; }

    client_message request(std::uint64_t last_sequence_id) {
        switch (below(with_states_ ? 20 : 10)) {
        case 0: return join_group_message{group(), ack()};
        case 1: return leave_group_message{group(), ack()};
        case 2: return event_message{"e", ack(), data()};
        case 3: return ping_message{};
        case 4: return sequence_ack_message{last_sequence_id + below(4) - 1};
        case 10:
        case 11:
        case 12:
        case 13:
        case 14:
        case 15: return set_group_state_message{group(), ack(), state()};
        case 16:
        case 17:
        case 18: return subscribe_group_state_message{group(), ack()};
        case 19: return unsubscribe_group_state_message{group(), ack()};
        default: return send_to_group_message{group(), ack(), one_in(4), data(), metadata(), seconds_to_live()};
        }
    }

    std::uint16_t close_code_of_a_peer() {
        constexpr std::array<std::uint16_t, 10> codes{1000, 1001, 1002, 1003, 1005, 1007, 1008, 1009, 1011, 4000};
        return one_in(3) ? any(codes) : close_code::abnormal;
    }

    std::chrono::milliseconds pause() {
        return std::chrono::milliseconds(below(one_in(100) ? 4'000'000 : one_in(5) ? 40'000 : 3'000));
    }

private:
    std::optional<std::uint64_t> ack() { return one_in(4) ? std::nullopt : std::optional<std::uint64_t>(below(24)); }

    /// Some are too large.
    std::optional<string_map> state() {
        if (one_in(4)) return std::nullopt;
        return string_map{{"key", std::to_string(below(120'000))}};
    }

    test::seeded_chance chance_;
    bool with_states_;
    std::uint64_t last_payload_ = 0;
};

} // namespace hub_models
