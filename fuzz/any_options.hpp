// SPDX-License-Identifier: MIT
#pragma once

#include "op_codes.hpp"

#include <webpubsub/client/options.hpp>
#include <webpubsub/hub/options.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

// Options at their extremes. The first bytes of an input choose them.

namespace webpubsub::inline WEBPUBSUB_MODE::fuzz {

/// None, zero, the least and the most that there is, and mostly what is usual.
inline std::optional<duration> any_limit(op_codes& ops, std::optional<duration> usual, bool zero_allowed = true) {
    switch (ops.below(8)) {
    case 0: return std::nullopt;
    case 1: return duration::max();
    case 2: return zero_allowed ? duration::zero() : std::chrono::milliseconds(1);
    case 3: return std::chrono::milliseconds(1);
    default: return usual;
    }
}

inline duration any_time(op_codes& ops, duration usual, bool zero_allowed = true) {
    return any_limit(ops, usual, zero_allowed).value_or(usual);
}

/// The least that is allowed, one, and mostly what is usual.
template <class Number>
Number any_number(op_codes& ops, Number least, Number usual) {
    switch (ops.below(4)) {
    case 0: return least;
    case 1: return std::max<Number>(least, 1);
    default: return usual;
    }
}

inline client_options any_client_options(op_codes& ops, client_options o) {
    o.connect.stable_time = any_time(ops, o.connect.stable_time, false);
    o.connect.handshake_timeout = any_limit(ops, o.connect.handshake_timeout, false);
    o.connect.first_delay = any_time(ops, o.connect.first_delay);
    o.recovery.enabled = !ops.one_in(8);
    o.recovery.window = any_time(ops, o.recovery.window);
    o.recovery.attempt_timeout = any_time(ops, o.recovery.attempt_timeout);
    o.recovery.confirmation = any_time(ops, o.recovery.confirmation);
    o.keep_alive.interval = any_limit(ops, o.keep_alive.interval, false);
    o.keep_alive.timeout = any_limit(ops, o.keep_alive.timeout, false);
    // A ping each millisecond is allowed, and takes long to run.
    const duration second = std::chrono::seconds(1);
    if (o.keep_alive.interval) o.keep_alive.interval = std::max(*o.keep_alive.interval, second);
    if (o.keep_alive.timeout) o.keep_alive.timeout = std::max(*o.keep_alive.timeout, second);
    o.requests.timeout = any_limit(ops, o.requests.timeout, false);
    o.requests.max_in_flight = any_number<std::size_t>(ops, 1, o.requests.max_in_flight);
    o.requests.max_retries = any_number(ops, 0u, o.requests.max_retries);
    o.requests.max_writes = any_number(ops, 1u, o.requests.max_writes);
    o.sequence_ack.interval = any_time(ops, o.sequence_ack.interval);
    o.sequence_ack.messages = any_number<std::uint64_t>(ops, 0, o.sequence_ack.messages);
    o.publisher.max_fragments = any_number<std::size_t>(ops, 1, o.publisher.max_fragments);
    o.subscriber.max_streams = any_number<std::size_t>(ops, 1, o.subscriber.max_streams);
    o.invocations.timeout = any_limit(ops, o.invocations.timeout);
    o.window.messages = any_number<std::size_t>(ops, 0, o.window.messages.value_or(16));
    if (ops.one_in(4)) o.window = {std::nullopt, std::nullopt, std::nullopt};
    o.events.report_states = ops.one_in(2);
    return o;
}

inline hub_options any_hub_options(op_codes& ops, hub_options o) {
    o.recovery.enabled = !ops.one_in(8);
    o.recovery.window = any_limit(ops, o.recovery.window);
    o.timeouts.answer = any_limit(ops, o.timeouts.answer);
    o.timeouts.close = any_limit(ops, o.timeouts.close);
    o.queues.window.messages = any_number<std::uint32_t>(ops, 0, o.queues.window.messages);
    o.queues.stall_time = any_limit(ops, o.queues.stall_time);
    o.queues.slow_after = any_limit(ops, o.queues.slow_after);
    return o;
}

/// Options of a hub whose application decides on its own, half of them with limits that are reached soon.
inline hub_options hub_options_of(op_codes& ops) {
    auto made = any_hub_options(ops, {});
    auto& application = made.application;
    application.ask_on_connect = ops.one_in(4);
    application.drop_on_failed_event = ops.one_in(2);
    application.report_memberships = ops.one_in(2);
    if (ops.one_in(2)) return made;
    application.hold_joins = ops.one_in(2);
    made.queues.window.messages = 1;
    made.queues.replay = made.queues.outbound = {4, 400};
    made.requests.waiting = {2, 1000};
    made.requests.ack_history = 2;
    made.groups.max_per_connection = made.groups.max_states_per_connection = 2;
    made.groups.max_groups = 3;
    made.streams.max_open = made.invocations.max_pending = 2;
    made.groups.max_snapshot_items = 1;
    made.frames.max_received_size = made.frames.max_payload_size = 150;
    made.connections.max_connections = 5;
    made.connections.max_pending_admissions = 3;
    return made;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::fuzz
