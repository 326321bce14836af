// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/payload.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/service/detail/request_guid.hpp>
#include <webpubsub/service/event_sender.hpp>
#include <webpubsub/upstream/detail/utc_time.hpp>
#include <webpubsub/upstream/read_answer.hpp>
#include <webpubsub/upstream/send.hpp>
#include <webpubsub/upstream/signature.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

// What a sender does with a hub's events, and with what they have come to.

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace detail {

/// About the memory that an event takes, in bytes.
WEBPUBSUB_COLD_INLINE std::size_t size_of(const std::vector<named_values>& named) noexcept {
    std::size_t size = 0;
    for (const auto& [name, values] : named) {
        size += sizeof(named_values) + name.size();
        for (const auto& value : values) size += sizeof value + value.size();
    }
    return size;
}
WEBPUBSUB_COLD_INLINE std::size_t size_of(const upstream_event& event) noexcept {
    if (const auto* const custom = get_if<upstream_events::custom_event>(&event)) {
        return custom->data.bytes.size() + size_of(custom->metadata);
    }
    const auto* const connect = get_if<upstream_events::connect_event>(&event);
    return connect == nullptr ? 0 : size_of(connect->claims) + size_of(connect->query) + size_of(connect->headers);
}

} // namespace detail

// Events of the hub.

/// The connection of an event; one that the sender does not know was there before it.
WEBPUBSUB_COLD_INLINE std::uint64_t event_sender::find_or_begin(std::string_view connection_id,
                                                                std::string_view user_id) {
    auto key = connections_.find(connection_id);
    if (key == 0) {
        key = connections_.begin(connection_id, sign_connection(connection_id, signer_.keys, signer_.hmac));
        if (!user_id.empty()) connections_[key].user_id = user_id;
    }
    return key;
}

WEBPUBSUB_COLD_INLINE void event_sender::receive(hub_events::connect_requested& event, connect_details&& details) {
    const detail::hub_question question{detail::hub_question::kind::admission, number_of(event.id)};
    if (!find_handler(options_.handlers, upstream_kind::connect, "connect")) {
        return tell(sender_answers::admission_accepted{event.id, {}});
    }
    const auto key = find_or_begin(event.connection_id, event.request.user_id.value_or(""));
    send(key, "connect", question, make_connect_event(event.request, std::move(details)));
    if (events_.find(question) != 0) return;
    connections_.end(key);
    release(key);
}

WEBPUBSUB_COLD_INLINE void event_sender::receive(hub_events::client_connected& event) {
    const auto key = find_or_begin(event.connection_id, event.user_id);
    connections_.handle_opened(key);
    auto& connection = connections_[key];
    // The connect event may have changed who it is.
    connection.user_id = event.user_id.empty() ? std::nullopt : std::optional(std::move(event.user_id));
    connection.subprotocol = std::move(event.subprotocol);
    send(key, "connected", {}, upstream_events::connected_event{});
}

WEBPUBSUB_COLD_INLINE void event_sender::receive(hub_events::client_disconnected& event) {
    const auto key = find_or_begin(event.connection_id, {});
    for (auto each = events_.next_of(key, 0); each != 0; each = events_.next_of(key, each + 1)) {
        if (events_.find(each)->question.is_one()) drop(each);
    }
    // The reason may be what the client gave for one.
    send(key, "disconnected", {}, upstream_events::disconnected_event{detail::header_text(event.reason)});
    connections_.end(key);
    release(key);
}

WEBPUBSUB_COLD_INLINE void event_sender::receive(hub_events::group_joined& event) {
    const auto key = find_or_begin(event.connection_id, event.user_id);
    send(key, "joined", {}, upstream_events::group_joined_event{std::move(event.group)});
}

WEBPUBSUB_COLD_INLINE void event_sender::receive(hub_events::group_left& event) {
    const auto key = find_or_begin(event.connection_id, event.user_id);
    send(key, "left", {}, upstream_events::group_left_event{std::move(event.group)});
}

WEBPUBSUB_COLD_INLINE void event_sender::receive(hub_events::user_event& event) {
    const auto key = find_or_begin(event.connection_id, event.user_id);
    send(key, event.event, {detail::hub_question::kind::event, number_of(event.id)},
         upstream_events::custom_event{std::move(event.data), std::move(event.metadata)});
}

/// It goes as a user event does; how the service does it is not published.
WEBPUBSUB_COLD_INLINE void event_sender::receive(hub_events::invocation& event) {
    const auto key = find_or_begin(event.connection_id, event.user_id);
    auto data = event.data ? std::move(*event.data) : text_payload({});
    send(key, event.event, {detail::hub_question::kind::invocation, number_of(event.id)},
         upstream_events::custom_event{std::move(data), std::move(event.metadata)});
}

WEBPUBSUB_COLD_INLINE void event_sender::receive(hub_events::invocation_cancelled& event) {
    drop(events_.find({detail::hub_question::kind::invocation, number_of(event.id)}));
}

/// Takes an event for the first handler that wants it. Where there is none a question fails at once, and so does any
/// event that no request can hold.
WEBPUBSUB_COLD_INLINE void event_sender::send(std::uint64_t connection, std::string_view name,
                                              const detail::hub_question& question, upstream_event event) {
    const auto kind = kind_of(event);
    const auto* const joined = get_if<upstream_events::group_joined_event>(&event);
    const auto* const left = get_if<upstream_events::group_left_event>(&event);
    const std::string_view filtered = joined != nullptr ? joined->group : left != nullptr ? left->group : name;
    const auto handler = find_handler(options_.handlers, kind, filtered);
    auto& from = connections_[connection];
    auto context = context_of(from);
    context.event_name = name;
    if (!handler && !question.is_one()) return;
    if (!handler || !check_sendable(context, event)) return fail(question, 500);
    detail::sent_event sent;
    sent.connection = connection;
    sent.handler = *handler;
    sent.question = question;
    sent.id = std::to_string(kind == upstream_kind::connect ? 0 : from.next_event++);
    sent.name = name;
    sent.time = detail::format_utc(now_.wall);
    sent.request_id = detail::random_guid(random_);
    sent.bytes = detail::size_of(event);
    sent.event = std::move(event);
    const auto key = events_.add(std::move(sent));
    deliveries_.add(now_.steady, key, connection, *handler);
}

/// Nobody wants what comes of it any more.
WEBPUBSUB_COLD_INLINE void event_sender::drop(std::uint64_t key) {
    const auto* const event = events_.find(key);
    if (event == nullptr) return;
    const auto connection = event->connection;
    deliveries_.remove(now_.steady, key);
    events_.erase(key);
    release(connection);
}

/// Forgets a connection that has ended, once nothing of it is under way.
WEBPUBSUB_COLD_INLINE void event_sender::release(std::uint64_t connection) {
    if (connections_[connection].has_ended && events_.next_of(connection, 0) == 0) connections_.erase(connection);
}

// Answers of handlers.

WEBPUBSUB_COLD_INLINE void event_sender::settle() {
    while (const auto outcome = deliveries_.poll_outcome()) {
        const auto* const event = events_.find(outcome->key);
        // It was dropped after it had failed.
        if (event == nullptr) continue;
        const auto connection = event->connection;
        conclude(*event, outcome->response);
        events_.erase(outcome->key);
        release(connection);
    }
}

WEBPUBSUB_COLD_INLINE void event_sender::conclude(const detail::sent_event& event, const http_response& response) {
    const auto& limits = options_.limits.answers;
    const bool success = is_success(response.status);
    if (success && !event.question.is_one()) return;
    if (success && event.question.about == detail::hub_question::kind::admission) {
        if (auto answer = read_connect_answer(response, limits)) return let_in(event, std::move(*answer));
    } else if (success) {
        if (auto answer = read_event_answer(response, limits)) return this->answer(event, std::move(*answer));
    }
    if (event.question.about == detail::hub_question::kind::admission) connections_.end(event.connection);
    fail(event.question, response.status);
}

WEBPUBSUB_COLD_INLINE void event_sender::let_in(const detail::sent_event& event, connect_answer&& answer) {
    auto& connection = connections_[event.connection];
    if (answer.state) connection.state = std::move(answer.state);
    connections_.await_opening(event.connection, add_saturating(now_.steady, options_.times.opening));
    connect_overrides overrides;
    overrides.user_id = std::move(answer.user_id);
    overrides.roles = std::move(answer.roles);
    overrides.groups = std::move(answer.groups);
    overrides.subprotocol = answer.subprotocol.value_or("");
    tell(sender_answers::admission_accepted{admission_id{event.question.number}, std::move(overrides)});
}

WEBPUBSUB_COLD_INLINE void event_sender::answer(const detail::sent_event& event, event_answer&& answer) {
    auto& connection = connections_[event.connection];
    if (answer.state) {
        connection.before = {event.question.number, std::exchange(connection.state, std::move(answer.state))};
    }
    if (!answer.data && !answer.metadata.empty()) answer.data = text_payload({});
    const event_id id{event.question.number};
    if (event.question.about == detail::hub_question::kind::event) {
        tell(sender_answers::event_answered{id, connection.id, std::move(answer.data), std::move(answer.metadata)});
    } else {
        tell(
            sender_answers::invocation_answered{id, connection.id, std::move(answer.data), std::move(answer.metadata)});
    }
}

/// A status of 4xx refuses a connection with just that; everything else that is no answer is one failure like another.
WEBPUBSUB_COLD_INLINE void event_sender::fail(const detail::hub_question& question, unsigned status) {
    using kind = detail::hub_question::kind;
    const bool is_refusal = question.about == kind::admission && status >= 400 && status < 500;
    if (!is_refusal) ++(question.is_one() ? counters_.failed_questions : counters_.lost_events);
    switch (question.about) {
    case kind::none: break;
    case kind::admission:
        tell(sender_answers::admission_refused{admission_id{question.number}, is_refusal ? status : 500});
        break;
    case kind::event: tell(sender_answers::event_failed{event_id{question.number}}); break;
    case kind::invocation:
        tell(sender_answers::invocation_failed{event_id{question.number}, detail::internal_error()});
        break;
    }
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
