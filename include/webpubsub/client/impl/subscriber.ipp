// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/subscriber.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

WEBPUBSUB_COLD_DECL subscriber::subscriber(const client_subscriber_options& options) : options_(options) {}

WEBPUBSUB_COLD_DECL result<void> subscriber::check(const client_subscriber_options& options) {
    if (options.max_streams == 0) return error::about(errc::invalid_option, "subscriber.max_streams");
    if (options.max_key_size == 0) return error::about(errc::invalid_option, "subscriber.max_key_size");
    if (options.idle_timeout && *options.idle_timeout < duration::zero()) {
        return error::about(errc::invalid_option, "subscriber.idle_timeout");
    }
    return {};
}

/// One name for both, which no other two have.
WEBPUBSUB_COLD_DECL std::string subscriber::name_of(const std::string& group, const std::string& stream_id) {
    auto name = std::to_string(group.size());
    name += ':';
    name += group;
    name += stream_id;
    return name;
}

WEBPUBSUB_COLD_DECL bool subscriber::receive(steady_time now, group_data_message& message, bool text_replaced) {
    const auto& position = *message.stream;
    const auto received = position.stream_sequence_id;
    if (const auto size = message.group.size() + position.stream_id.size(); size > options_.max_key_size) {
        auto& event = events_.add<client_events::protocol_error>();
        event.error = error::exceeds(errc::invalid_field, "subscriber.max_key_size", options_.max_key_size, size);
        event.sequence_id = message.sequence_id;
        return false;
    }

    const auto name = name_of(message.group, position.stream_id);
    const auto* const known_turn = turns_.find(name);
    auto* known = known_turn == nullptr ? nullptr : streams_.find(*known_turn);
    if (known != nullptr && received < known->expected) {
        abandon(*known);
        known = nullptr;
    }
    const bool first = known == nullptr;
    if (first && options_.only_from_start && received != 1) return false;
    if (!first && received > known->expected) {
        auto& gap = events_.add<client_events::stream_gap>();
        gap.group = message.group;
        gap.stream_id = position.stream_id;
        gap.expected = known->expected;
        gap.received = received;
    }

    const auto next = received + 1 == 0 ? received : received + 1;
    if (position.end) {
        if (!first) forget(*known);
    } else if (first) {
        if (streams_.size() >= options_.max_streams) abandon(*oldest());
        turns_.set(name, ++last_turn_);
        streams_.add(last_turn_, message.group, position.stream_id, last_turn_, next, now);
    } else {
        streams_.move(known->turn, ++last_turn_);
        turns_.set(name, last_turn_);
        known->turn = last_turn_;
        known->expected = next;
        known->heard = now;
    }
    tell(message, first, text_replaced);
    return true;
}

WEBPUBSUB_COLD_DECL void subscriber::tell(group_data_message& message, bool first, bool text_replaced) {
    auto& position = *message.stream;
    // The end may bring data, and mostly does not.
    if (!position.end || !message.data.bytes.empty()) tell_fragment(message, first, text_replaced);
    if (!position.end) return;
    auto& event = events_.add<client_events::stream_finished>();
    event.group.swap(message.group);
    event.stream_id.swap(position.stream_id);
    event.error = std::move(position.end->error);
}

WEBPUBSUB_COLD_DECL void subscriber::tell_fragment(group_data_message& message, bool first, bool text_replaced) {
    auto& event = events_.add<client_events::stream_fragment>();
    if (message.stream->end) {
        event.group = message.group;
        event.stream_id = message.stream->stream_id;
    } else {
        event.group.swap(message.group);
        event.stream_id.swap(message.stream->stream_id);
    }
    event.stream_sequence_id = message.stream->stream_sequence_id;
    event.first = first;
    event.data.type = message.data.type;
    event.data.bytes.swap(message.data.bytes);
    event.from_user_id.swap(message.from_user_id);
    event.metadata.swap(message.metadata);
    event.text_replaced = text_replaced;
}

WEBPUBSUB_COLD_DECL subscriber::entry* subscriber::oldest() const {
    turn first = 0;
    return streams_.find_from(first);
}

WEBPUBSUB_COLD_DECL void subscriber::forget(const entry& stream) {
    turns_.erase(name_of(stream.group, stream.stream_id));
    streams_.erase(stream.turn);
}

WEBPUBSUB_COLD_DECL void subscriber::abandon(entry& stream) {
    auto& event = events_.add<client_events::stream_abandoned>();
    event.group = stream.group;
    event.stream_id = stream.stream_id;
    forget(stream);
}

WEBPUBSUB_COLD_DECL void subscriber::handle_link(steady_time, link_change change) {
    if (change != link_change::stopped) return;
    streams_.clear();
    turns_.clear();
}

WEBPUBSUB_COLD_DECL std::optional<steady_time> subscriber::deadline() const {
    const auto* const silent = oldest();
    if (silent == nullptr) return std::nullopt;
    return add_saturating(silent->heard, options_.idle_timeout);
}

WEBPUBSUB_COLD_DECL void subscriber::handle_timeout(steady_time now) {
    for (auto due = deadline(); due && *due <= now; due = deadline()) abandon(*oldest());
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
