// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/hub.hpp>
#include <webpubsub/text/constant_time.hpp>
#include <webpubsub/text/utf8.hpp>

#include <array>
#include <cassert>
#include <utility>

// How connections of a hub open, detach, recover and end: sessions.md sections 4, 7 and 8.

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace detail {

/// What fits into a close frame (RFC 6455 section 5.5: 125 bytes with the code), cut between characters.
constexpr std::string_view clip_close_reason(std::string_view reason) noexcept {
    std::size_t size = 123;
    if (reason.size() <= size) return reason;
    while (size > 0 && (static_cast<unsigned char>(reason[size]) & 0xC0u) == 0x80u) --size;
    return reason.substr(0, size);
}

/// sessions.md section 7.3.
constexpr bool ends_a_reliable_connection(std::uint16_t code) noexcept {
    return code == close_code::normal || code == close_code::protocol_error || code == close_code::unsupported_data ||
           code == close_code::invalid_payload || code == close_code::message_too_big;
}

} // namespace detail

inline void hub::handle_opened(instant now, transport_id id) {
    begin(now);
    auto* const transport = outputs_.find(id);
    if (transport == nullptr || transport->state != detail::transport_state::admitted) {
        ++counters_.late_inputs;
        return;
    }
    --opening_;
    timers_.cancel({timer_kind::opening, id});
    if (const auto recovery = recoveries_.extract(id)) return recover(now, *transport, recovery.mapped());
    open(now, *transport);
    settle(now);
}

inline void hub::open(instant now, detail::transport_record& transport) {
    const slot at = transport.connection;
    auto& opened = connections_[at];
    transport.state = detail::transport_state::open;
    opened.state = detail::connection_state::open;
    ++live_;
    outputs_.attach(at, transport);
    events_.push_back(client_connected{opened.id, opened.user_id, opened.subprotocol, transport.id});
    if (!opened.user_id.empty()) users_.join(opened.user_id, at);
    for (const auto& group : std::exchange(opened.first_groups, {})) join(at, group);
    greet(at);
    if (opened.publishes_to && !may_publish(at)) close_unauthorized(now, at);
}

inline bool hub::may_publish(slot at) const {
    const auto& it = connections_[at];
    return it.permissions.allows(permission::send_to_group, it.publishes_to->group);
}

/// Of a simple client in the mode sendToGroup (sessions.md section 5).
inline void hub::close_unauthorized(instant now, slot at) {
    constexpr std::string_view reason = "The connection is not authorized for raw sendToGroup mode.";
    close(now, at, close_code::policy_violation, reason, reason);
}

/// Refused for every reason of sessions.md section 7.1 (9) alike. A wrong token changes nothing (sessions.md
/// section 7.2).
inline void hub::recover(instant now, detail::transport_record& transport, const recovery_request& request) {
    const slot at = find(request.connection_id);
    if (at == no_slot || !connections_[at].is_reliable() || now.wall >= connections_[at].token_expires ||
        !equal_in_constant_time(connections_[at].reconnection_token, request.reconnection_token)) {
        ++counters_.refused_recoveries;
        return tell_to_close(transport, close_code::policy_violation, "The connection could not be recovered.");
    }
    if (outputs_.has_transport(at)) {
        cancel_invocations(at);
        auto& fenced = outputs_.transport_of(at);
        outputs_.detach(at);
        tell_to_close(fenced, close_code::going_away, "The connection goes on with another transport.");
    }
    timers_.cancel({timer_kind::detached, at});
    ++counters_.recoveries;
    connections_[at].state = detail::connection_state::open;
    transport.state = detail::transport_state::open;
    outputs_.attach(at, transport);
    greet(at);
}

inline void hub::greet(slot at) {
    const auto& it = connections_[at];
    if (!it.protocol) return;
    const connected_message hello{it.user_id, it.id, it.reconnection_token};
    outputs_.push_first(at, detail::encode_frame(outputs_.pool(), *it.protocol, hello));
}

inline void hub::handle_written(instant now, transport_id id) {
    begin(now);
    auto* const transport = outputs_.find(id);
    if (transport == nullptr || !transport->writing) {
        ++counters_.late_inputs;
        return;
    }
    outputs_.written(*transport);
    if (transport->state != detail::transport_state::draining) return;
    if (outputs_.is_drained(transport->connection)) finish_close(*transport);
}

inline void hub::handle_closed(instant now, transport_id id, std::uint16_t code, std::string_view reason) {
    begin(now);
    auto* const transport = outputs_.find(id);
    if (transport == nullptr) {
        ++counters_.late_inputs;
        return;
    }
    const slot at = transport->connection;
    switch (transport->state) {
    case detail::transport_state::admitted: abandon(*transport); break;
    case detail::transport_state::open:
        if (connections_[at].is_reliable() && !detail::ends_a_reliable_connection(code)) {
            detach(now, at);
        } else {
            end(at, reason);
            free(at);
        }
        break;
    case detail::transport_state::draining:
        closes_.erase(id);
        timers_.cancel({timer_kind::closing, id});
        free(at);
        break;
    case detail::transport_state::closing: break;
    }
    outputs_.remove(*transport);
    settle(now);
}

inline void hub::handle_timeout(instant now) {
    begin(now);
    while (const auto due = timers_.pop_due(now.steady)) {
        switch (due->kind) {
        case timer_kind::admitting:
            conclude(due->id, refused{500, "The application did not answer the connect event in time."});
            break;
        case timer_kind::opening: {
            auto& transport = *outputs_.find(due->id);
            abandon(transport);
            tell_to_close(transport, close_code::policy_violation, "The connection was not opened in time.");
            break;
        }
        case timer_kind::answering: {
            [[maybe_unused]] const auto failed = fail_event(now, due->id);
            break;
        }
        case timer_kind::invoking: fail_late_invocation(due->id); break;
        case timer_kind::detached: {
            const auto at = static_cast<slot>(due->id);
            end(at, "The connection recovery timeout expired.");
            free(at);
            break;
        }
        case timer_kind::streaming: close_idle_streams(now, static_cast<slot>(due->id)); break;
        case timer_kind::closing: finish_close(*outputs_.find(due->id)); break;
        }
    }
    settle(now);
}

/// A transport that was let in will not be opened.
inline void hub::abandon(detail::transport_record& transport) {
    --opening_;
    timers_.cancel({timer_kind::opening, transport.id});
    recoveries_.erase(transport.id);
    const slot at = std::exchange(transport.connection, no_slot);
    if (at == no_slot) return;
    end(at, {});
    free(at);
}

/// Answers to invocations are not replayed (subprotocols.md section 10), so nobody would get them.
inline void hub::detach(instant now, slot at) {
    cancel_invocations(at);
    outputs_.detach(at);
    connections_[at].state = detail::connection_state::detached;
    timers_.set({timer_kind::detached, at}, now.steady + options_.recovery_window);
}

/// Ends the logical connection and leaves its slot and its output, for frames that are still to be written.
inline void hub::end(slot at, std::string_view reason) {
    auto& ended = connections_[at];
    cancel_invocations(at);
    leave_all(at);
    if (ended.is_live()) {
        --live_;
        events_.push_back(client_disconnected{ended.id, std::string(reason)});
    }
    timers_.cancel({timer_kind::detached, at});
    timers_.cancel({timer_kind::streaming, at});
    if (ended.pending_event != 0) {
        timers_.cancel({timer_kind::answering, ended.pending_event});
        waiting_events_.erase(ended.pending_event);
    }
    users_.leave_all(at);
    auto states = states_.remove(at);
    if (states || !ended.streams.empty()) {
        legacies_.push_back({std::move(ended.user_id), std::move(ended.streams), std::move(states)});
    }
    by_id_.erase(ended.id);
    ended = detail::connection();
}

/// Tells others what the connections that have ended leave behind. Each handle and command that may end one does this
/// last: while a message is given to its receivers some of them may end, and to tell of that may end more.
inline void hub::settle(instant now) {
    while (!legacies_.empty()) {
        auto left = std::move(legacies_.front());
        legacies_.pop_front();
        while (const auto stream = left.streams.close_any()) {
            publish_end(*stream, no_slot, left.user_id,
                        stream_error{std::string(error_names::cancelled), "The publisher's connection has ended.", {}});
        }
        if (!left.states) continue;
        for (const auto& group : left.states->groups)
            publish_change(group, left.states->change(std::nullopt, now.wall));
    }
}

/// Gives the slot of an ended connection back.
inline void hub::free(slot at) {
    if (outputs_.has_transport(at)) outputs_.detach(at);
    outputs_.remove_outlet(at);
    connections_.give_back(at);
}

/// Ends a live connection; its transport is closed when what is queued is written, or after `close_timeout`.
inline void hub::close(instant now, slot at, std::uint16_t code, std::string_view reason,
                       std::string_view disconnect_reason) {
    end(at, disconnect_reason);
    if (!outputs_.has_transport(at)) return free(at);
    auto& transport = outputs_.transport_of(at);
    transport.state = detail::transport_state::draining;
    closes_.emplace(transport.id, close_frame{code, std::string(detail::clip_close_reason(reason))});
    timers_.set({timer_kind::closing, transport.id}, now.steady + options_.close_timeout);
    if (outputs_.is_drained(at)) finish_close(transport);
}

/// Ends a live connection whose queue is full (sessions.md section 7.3). There is no use in waiting for it to read.
inline void hub::close_slow(slot at, std::string_view reason) {
    ++counters_.slow_consumers;
    end(at, reason);
    if (outputs_.has_transport(at)) {
        auto& transport = outputs_.transport_of(at);
        outputs_.detach(at);
        tell_to_close(transport, close_code::policy_violation, reason);
    }
    free(at);
}

inline void hub::tell_to_close(detail::transport_record& transport, std::uint16_t code, std::string_view reason) {
    transport.state = detail::transport_state::closing;
    events_.push_back(close_transport{transport.id, code, std::string(reason)});
}

inline void hub::finish_close(detail::transport_record& transport) {
    const auto frame = closes_.extract(transport.id);
    timers_.cancel({timer_kind::closing, transport.id});
    const slot at = transport.connection;
    tell_to_close(transport, frame.mapped().code, frame.mapped().reason);
    free(at);
}

inline result<void> hub::close_all(instant now, std::uint16_t code, std::string_view reason) {
    begin(now);
    if (!is_utf8(reason)) return errc::invalid_utf8;
    while (!admissions_.empty()) conclude(admissions_.begin()->first, refused{503, std::string(reason)});
    outputs_.for_each_transport([&](detail::transport_record& transport) {
        if (transport.state != detail::transport_state::admitted) return;
        abandon(transport);
        tell_to_close(transport, code, detail::clip_close_reason(reason));
    });
    for (slot at = 0; at < connections_.end(); ++at) {
        if (!connections_[at].is_live()) continue;
        say_goodbye(at, reason);
        close(now, at, code, reason, reason);
    }
    settle(now);
    return {};
}

/// The last frame of a PubSub client that the service closes (subprotocols.md section 3.5).
inline void hub::say_goodbye(slot at, std::string_view message) {
    const auto& it = connections_[at];
    if (!it.protocol || !outputs_.has_transport(at)) return;
    const disconnected_message goodbye{std::string(message)};
    outputs_.push_last(at, detail::encode_frame(outputs_.pool(), *it.protocol, goodbye));
}

inline std::optional<hub_event> hub::poll_event() {
    assert(legacies_.empty());
    if (events_.empty()) return std::nullopt;
    auto next = std::move(events_.front());
    events_.pop_front();
    return next;
}

} // namespace webpubsub
