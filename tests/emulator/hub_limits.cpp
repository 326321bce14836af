// SPDX-License-Identifier: MIT
#include "hub_limits.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <variant>

namespace emulator {

using namespace webpubsub;

namespace {

struct limit {
    std::string_view key;
    std::variant<std::size_t hub_options::*, queue_limits hub_options::*, permission_limits hub_options::*,
                 duration hub_options::*, std::chrono::hours hub_options::*>
        where;
    std::string_view meaning;
};

constexpr std::array<limit, 20> limits{{
    {"maxFrameSize", &hub_options::max_frame_size, "Bytes of a client's message; a longer one closes with 1009."},
    {"maxPayloadSize", &hub_options::max_payload_size, "Bytes of data in an answer of the application."},
    {"replayBuffer", &hub_options::replay_buffer, "Data that a reliable client has not acknowledged; more closes."},
    {"outboundQueue", &hub_options::outbound_queue, "What waits to be written to a client; more closes."},
    {"waitingRequests", &hub_options::waiting_requests, "Requests behind an event that is not answered; more closes."},
    {"ackHistory", &hub_options::ack_history, "Ack ids of requests that succeeded, to find repeated ones."},
    {"maxGroupsPerConnection", &hub_options::max_groups_per_connection, "0 is no limit."},
    {"permissions", &hub_options::permissions, "Roles with a group and with a pattern, of each permission."},
    {"maxIdSize", &hub_options::max_id_size, "Bytes of the id of a stream or an invocation."},
    {"maxStreams", &hub_options::max_streams, "Open streams of a connection."},
    {"maxInvocations", &hub_options::max_invocations, "Invocations of a connection that are not answered."},
    {"maxGroupStateSize", &hub_options::max_group_state_size, "Bytes of keys and values together."},
    {"maxGroupStates", &hub_options::max_group_states, "Groups in which a connection has a state."},
    {"maxSnapshotItems", &hub_options::max_snapshot_items, "States in the snapshot of a group."},
    {"maxConnections", &hub_options::max_connections, "More are refused with 503; 0 is no limit."},
    {"eventTimeoutInSeconds", &hub_options::event_timeout, "For the answer to an event or an invocation."},
    {"recoveryWindowInSeconds", &hub_options::recovery_window, "For a reliable client that has lost its transport."},
    {"tokenLifetimeInHours", &hub_options::token_lifetime, "Of a reconnection token."},
    {"streamIdleTimeoutInSeconds", &hub_options::stream_idle_timeout, "Of a stream that names none."},
    {"closeTimeoutInSeconds", &hub_options::close_timeout, "For a client to read what goes before a close."},
}};

// The JSON of each kind of limit.

constexpr std::uint64_t most = std::uint64_t{1} << 30;

void read(const json_place& from, std::size_t& to) { to = static_cast<std::size_t>(from.whole_number(0, most)); }

void read(const json_place& from, std::uint32_t& to) { to = static_cast<std::uint32_t>(from.whole_number(1, most)); }

void read(const json_place& from, duration& to) {
    to = std::chrono::duration_cast<duration>(std::chrono::duration<double>(from.number(0.001, 1'000'000)));
}

void read(const json_place& from, std::chrono::hours& to) {
    to = std::chrono::hours(static_cast<std::int64_t>(from.whole_number(1, 1'000'000)));
}

template <class Number>
void read_two(const json_place& from, std::string_view first, Number& a, std::string_view second, Number& b) {
    from.for_each_member([&](const std::string& key, const json_place& value) {
        if (key != first && key != second) value.is_unknown();
        read(value, key == first ? a : b);
    });
}

void read(const json_place& from, queue_limits& to) { read_two(from, "messages", to.frames, "bytes", to.bytes); }

void read(const json_place& from, permission_limits& to) {
    read_two(from, "groups", to.literals, "patterns", to.patterns);
}

void write(std::ostream& to, std::size_t number) { to << number; }

void write(std::ostream& to, duration time) { to << std::chrono::duration<double>(time).count(); }

void write(std::ostream& to, std::chrono::hours time) { to << time.count(); }

void write(std::ostream& to, const queue_limits& queue) {
    to << "{\"messages\": " << queue.frames << ", \"bytes\": " << queue.bytes << '}';
}

void write(std::ostream& to, const permission_limits& rules) {
    to << "{\"groups\": " << rules.literals << ", \"patterns\": " << rules.patterns << '}';
}

} // namespace

void read_limits(const json_place& from, hub_options& to) {
    from.for_each_member([&](const std::string& key, const json_place& value) {
        const auto* const found =
            std::find_if(limits.begin(), limits.end(), [&](const limit& each) { return each.key == key; });
        if (found == limits.end()) value.is_unknown();
        std::visit([&](auto where) { read(value, to.*where); }, found->where);
    });
}

std::string write_limits(const hub_options& from, std::string_view indent) {
    std::ostringstream text;
    for (const auto& each : limits) {
        text << indent << "// " << each.meaning << '\n' << indent << '"' << each.key << "\": ";
        std::visit([&](auto where) { write(text, from.*where); }, each.where);
        text << (&each == &limits.back() ? "\n" : ",\n");
    }
    return text.str();
}

} // namespace emulator
