// SPDX-License-Identifier: MIT
#include "hub_limits.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <sstream>
#include <variant>

namespace emulator {

using namespace webpubsub;

namespace {

/// A time in a hub's options, and how the file counts it.
struct timespan {
    std::optional<duration>* where;
    duration unit;
};

using place = std::variant<std::size_t*, std::optional<std::size_t>*, queue_limits*, hub_write_window*,
                           permission_limits*, timespan>;

timespan seconds(std::optional<duration>& where) { return {&where, std::chrono::seconds(1)}; }

struct limit {
    std::string_view key;
    place (*of)(hub_options& options);
    std::string_view meaning;
};

constexpr std::array<limit, 28> limits{{
    {"maxFrameSize", [](hub_options& o) -> place { return &o.frames.max_received_size; },
     "Bytes of a client's message; a longer one closes with 1009."},
    {"maxPayloadSize", [](hub_options& o) -> place { return &o.frames.max_payload_size; },
     "Bytes of data in an answer of the application."},
    {"replayBuffer", [](hub_options& o) -> place { return &o.queues.replay; },
     "Data that a reliable client has not acknowledged; more closes, when its senders no longer wait."},
    {"outboundQueue", [](hub_options& o) -> place { return &o.queues.outbound; },
     "What waits to be written to a client; more closes, when its senders no longer wait."},
    {"writeWindow", [](hub_options& o) -> place { return &o.queues.window; }, "What is written to a client at a time."},
    {"stallTimeInSeconds", [](hub_options& o) -> place { return seconds(o.queues.stall_time); },
     "How long senders wait for a client that takes nothing of what waits for it; or null."},
    {"slowAfterInSeconds", [](hub_options& o) -> place { return seconds(o.queues.slow_after); },
     "How long they wait for a client that is slow; or null."},
    {"waitingRequests", [](hub_options& o) -> place { return &o.requests.waiting; },
     "Requests behind an event that is not answered; more closes."},
    {"ackHistory", [](hub_options& o) -> place { return &o.requests.ack_history; },
     "Ack ids of requests that succeeded, to find repeated ones."},
    {"maxGroups", [](hub_options& o) -> place { return &o.groups.max_groups; }, "Groups with members."},
    {"maxGroupsPerConnection", [](hub_options& o) -> place { return &o.groups.max_per_connection; }, "Or null."},
    {"maxGroupBytesPerConnection", [](hub_options& o) -> place { return &o.groups.max_bytes_per_connection; },
     "Names of a connection's groups, and what is kept of each membership."},
    {"permissions", [](hub_options& o) -> place { return &o.groups.permissions; },
     "Roles with a group and with a pattern, of each permission."},
    {"maxStreams", [](hub_options& o) -> place { return &o.streams.max_open; }, "Open streams of a connection."},
    {"maxStreamIdSize", [](hub_options& o) -> place { return &o.streams.max_id_size; }, "Bytes."},
    {"maxInvocations", [](hub_options& o) -> place { return &o.invocations.max_pending; },
     "Invocations of a connection that are not answered."},
    {"maxInvocationIdSize", [](hub_options& o) -> place { return &o.invocations.max_id_size; }, "Bytes."},
    {"maxGroupStateSize", [](hub_options& o) -> place { return &o.groups.max_state_size; },
     "Bytes of keys and values together."},
    {"maxGroupStates", [](hub_options& o) -> place { return &o.groups.max_states_per_connection; },
     "Groups in which a connection has a state."},
    {"maxSnapshotItems", [](hub_options& o) -> place { return &o.groups.max_snapshot_items; },
     "States in the snapshot of a group."},
    {"maxConnections", [](hub_options& o) -> place { return &o.connections.max_connections; },
     "More are refused with 503; or null."},
    {"maxUserIdSize", [](hub_options& o) -> place { return &o.connections.max_user_id_size; }, "Bytes."},
    {"eventTimeoutInSeconds", [](hub_options& o) -> place { return seconds(o.timeouts.answer); },
     "For the answer to an event or an invocation; or null."},
    {"recoveryWindowInSeconds", [](hub_options& o) -> place { return seconds(o.recovery.window); },
     "For a reliable client that has lost its transport; or null."},
    {"tokenLifetimeInHours",
     [](hub_options& o) -> place {
         return timespan{&o.recovery.token_lifetime, std::chrono::hours(1)};
     },
     "Of a reconnection token; or null."},
    {"streamIdleTimeoutInSeconds", [](hub_options& o) -> place { return seconds(o.streams.idle_timeout); },
     "Of a stream that names none; or null."},
    {"openTimeoutInSeconds", [](hub_options& o) -> place { return seconds(o.timeouts.open); },
     "From a client's admission to the end of its handshake; or null."},
    {"closeTimeoutInSeconds", [](hub_options& o) -> place { return seconds(o.timeouts.close); },
     "For a client to read what goes before a close; or null."},
}};

// The JSON of each kind of limit.

constexpr std::uint64_t largest_limit = std::uint64_t{1} << 30;

void read(const json_place& from, std::size_t& to) {
    to = static_cast<std::size_t>(from.whole_number(0, largest_limit));
}

void read(const json_place& from, std::uint32_t& to) {
    to = static_cast<std::uint32_t>(from.whole_number(1, largest_limit));
}

void read(const json_place& from, std::optional<std::size_t>& to) {
    to.reset();
    if (!from.is_null()) read(from, to.emplace());
}

void read(const json_place& from, const timespan& to) {
    to.where->reset();
    if (from.is_null()) return;
    const std::chrono::duration<double, duration::period> time = from.number(0.001, 1'000'000) * to.unit;
    *to.where = std::chrono::duration_cast<duration>(time);
}

template <class Number>
void read_two(const json_place& from, std::string_view first, Number& a, std::string_view second, Number& b) {
    from.for_each_member([&](const std::string& key, const json_place& value) {
        if (key != first && key != second) value.is_unknown();
        read(value, key == first ? a : b);
    });
}

void read(const json_place& from, queue_limits& to) { read_two(from, "messages", to.frames, "bytes", to.bytes); }

void read(const json_place& from, hub_write_window& to) { read_two(from, "messages", to.messages, "bytes", to.bytes); }

void read(const json_place& from, permission_limits& to) {
    read_two(from, "groups", to.literals, "patterns", to.patterns);
}

template <class Limit>
void read(const json_place& from, Limit* to) {
    read(from, *to);
}

void write(std::ostream& to, std::size_t number) { to << number; }

void write(std::ostream& to, const std::optional<std::size_t>& number) {
    if (number) {
        to << *number;
    } else {
        to << "null";
    }
}

void write(std::ostream& to, const timespan& time) {
    if (*time.where) {
        to << static_cast<double>((*time.where)->count()) / static_cast<double>(time.unit.count());
    } else {
        to << "null";
    }
}

void write(std::ostream& to, const queue_limits& queue) {
    to << "{\"messages\": " << queue.frames << ", \"bytes\": " << queue.bytes << '}';
}

void write(std::ostream& to, const hub_write_window& window) {
    to << "{\"messages\": " << window.messages << ", \"bytes\": " << window.bytes << '}';
}

void write(std::ostream& to, const permission_limits& rules) {
    to << "{\"groups\": " << rules.literals << ", \"patterns\": " << rules.patterns << '}';
}

template <class Limit>
void write(std::ostream& to, Limit* from) {
    write(to, *from);
}

} // namespace

void read_limits(const json_place& from, hub_options& to) {
    from.for_each_member([&](const std::string& key, const json_place& value) {
        const auto* const found =
            std::find_if(limits.begin(), limits.end(), [&](const limit& each) { return each.key == key; });
        if (found == limits.end()) value.is_unknown();
        visit([&](const auto& where) { read(value, where); }, found->of(to));
    });
}

std::string write_limits(hub_options from, std::string_view indent) {
    std::ostringstream text;
    for (const auto& each : limits) {
        text << indent << "// " << each.meaning << '\n' << indent << '"' << each.key << "\": ";
        visit([&](const auto& where) { write(text, where); }, each.of(from));
        text << (&each == &limits.back() ? "\n" : ",\n");
    }
    return text.str();
}

} // namespace emulator
