// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/hub.hpp>

#include <string>
#include <string_view>
#include <utility>

// Streams from one publisher to a group: subprotocols.md section 9. A subscriber is told first, the publisher after it.

namespace webpubsub::inline WEBPUBSUB_MODE {

inline void hub::execute(instant now, slot at, start_stream_message& message) {
    auto& it = connections_[at];
    auto id = message.stream.stream_id;
    if (!it.permissions.allows(permission::send_to_group, message.group)) {
        return close_stream(at, std::move(id), detail::forbidden("send to", message.group));
    }
    std::string_view objection;
    if (id.size() > options_.max_id_size) {
        objection = "The stream id is too long.";
    } else if (it.streams.find(id) != nullptr) {
        objection = "A stream with this id is open already.";
    } else if (it.streams.size() >= options_.max_streams) {
        objection = "The connection has as many open streams as it may have.";
    }
    if (!objection.empty()) return close_stream(at, std::move(id), detail::bad_request(objection));
    it.streams.open(now.steady, std::move(message), options_.stream_idle_timeout);
    watch_streams(at);
    send_control(at, stream_ack_message{std::move(id), 1});
}

inline void hub::execute(instant now, slot at, stream_data_message& message) {
    auto& it = connections_[at];
    auto* const stream = it.streams.find(message.stream_id);
    if (stream == nullptr) return close_stream(at, std::move(message.stream_id), detail::stream_not_found());
    const auto verdict = stream->receive(now.steady, message.stream_sequence_id);
    // To publish may end this connection too, and the stream with it.
    const auto expected = stream->expected;
    if (verdict == published_stream::verdict::ahead) {
        return send_control(at, stream_nack_message{std::move(message.stream_id), expected,
                                                    std::string(error_names::invalid_sequence_id),
                                                    "The fragments before this one have not arrived."});
    }
    if (verdict == published_stream::verdict::next) {
        publish(*stream, at, it.user_id, std::move(message.data),
                {message.stream_id, message.stream_sequence_id, std::nullopt});
    }
    if (it.is_live()) send_control(at, stream_ack_message{std::move(message.stream_id), expected});
}

inline void hub::execute(instant now, slot at, stream_keep_alive_message& message) {
    if (auto* const stream = connections_[at].streams.find(message.stream_id)) return stream->keep_alive(now.steady);
    close_stream(at, std::move(message.stream_id), detail::stream_not_found());
}

inline void hub::execute(instant, slot at, end_stream_message& message) {
    auto& it = connections_[at];
    const auto ended = it.streams.close(message.stream_id);
    if (!ended) return close_stream(at, std::move(message.stream_id), detail::stream_not_found());
    watch_streams(at);
    std::optional<stream_error> error;
    if (message.error) {
        error = stream_error{std::string(error_names::user_error), std::move(message.error->message),
                             std::move(message.error->user_error_code)};
    }
    publish_end(*ended, at, it.user_id, std::move(error));
    close_stream(at, std::move(message.stream_id), std::nullopt);
}

/// Tells the publisher, unless its connection has ended.
inline void hub::close_stream(slot at, std::string id, std::optional<service_error> error) {
    if (connections_[at].is_live()) send_control(at, stream_closed_message{std::move(id), std::move(error)});
}

/// What waits behind an event may be what keeps a stream open, so the streams are looked at when nothing waits.
inline void hub::close_idle_streams(instant now, slot at) {
    auto& it = connections_[at];
    if (!it.waiting.empty()) return;
    while (auto idle = it.streams.close_idle(now.steady)) {
        const std::string name(error_names::idle_timeout);
        const std::string text = "Nothing came for the idle time of the stream.";
        publish_end(*idle, at, it.user_id, stream_error{name, text, {}});
        close_stream(at, std::move(idle->id), service_error{name, text});
    }
    watch_streams(at);
}

inline void hub::watch_streams(slot at) {
    if (const auto deadline = connections_[at].streams.deadline()) {
        timers_.set({timer_kind::streaming, at}, *deadline);
    } else {
        timers_.cancel({timer_kind::streaming, at});
    }
}

inline void hub::publish(const published_stream& from, slot publisher, const std::string& user_id, payload data,
                         stream_position position) {
    const bool bare = !position.end;
    auto& sent = outgoing_group_message();
    sent.group = from.group;
    sent.data = std::move(data);
    sent.metadata = from.metadata;
    sent.from_user_id = user_id;
    sent.stream = std::move(position);
    deliver(groups_.members(sent.group), outgoing_, bare ? &sent.data : nullptr, from.no_echo ? publisher : no_slot);
}

/// Simple clients see payloads only, and here there is none.
inline void hub::publish_end(const published_stream& from, slot publisher, const std::string& user_id,
                             std::optional<stream_error> error) {
    publish(from, publisher, user_id, text_payload({}), from.end(std::move(error)));
}

} // namespace webpubsub
