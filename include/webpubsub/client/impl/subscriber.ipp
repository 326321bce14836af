// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/subscriber.hpp>

#include <limits>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

WEBPUBSUB_DECL subscriber::subscriber(const client_subscriber_options& options) : options_(options) {}

WEBPUBSUB_DECL result<void> subscriber::check(const client_subscriber_options& options) {
    if (options.max_streams == 0) return error::about(errc::invalid_option, "max_streams");
    if (options.max_key_size == 0) return error::about(errc::invalid_option, "max_key_size");
    if (options.idle_timeout && *options.idle_timeout < duration::zero()) {
        return error::about(errc::invalid_option, "idle_timeout");
    }
    return {};
}

WEBPUBSUB_DECL bool subscriber::receive(steady_time now, group_data_message& message) {
    const auto& position = *message.stream;
    const auto received = position.stream_sequence_id;
    const stream_name name{message.group, position.stream_id};
    if (const auto size = name.group.size() + name.stream_id.size(); size > options_.max_key_size) {
        events_.push(client_events::protocol_error{
            error::exceeds(errc::invalid_field, "max_key_size", options_.max_key_size, size)});
        return false;
    }

    auto found = turns_.find(name);
    if (found != turns_.end() && received < streams_.at(found->second).expected) {
        abandon(found->second);
        found = turns_.end();
    }
    const bool first = found == turns_.end();
    if (first && options_.only_from_start && received != 1) return false;
    if (!first) {
        const auto expected = streams_.at(found->second).expected;
        if (received > expected) {
            events_.push(client_events::stream_gap{message.group, position.stream_id, expected, received});
        }
    }

    const auto next = received == std::numeric_limits<std::uint64_t>::max() ? received : received + 1;
    if (!position.end && first) {
        if (streams_.size() >= options_.max_streams) abandon(streams_.begin()->first);
        stream_key key(name);
        turns_.emplace(key, ++last_turn_);
        streams_.emplace(last_turn_, entry{std::move(key), next, now});
    } else if (!position.end) {
        auto node = streams_.extract(found->second);
        node.key() = found->second = ++last_turn_;
        node.mapped().expected = next;
        node.mapped().heard = now;
        streams_.insert(std::move(node));
    } else if (!first) {
        streams_.erase(found->second);
        turns_.erase(found);
    }
    tell(message, first);
    return true;
}

WEBPUBSUB_DECL void subscriber::tell(group_data_message& message, bool first) {
    auto& position = *message.stream;
    // The end may bring data, and mostly does not.
    if (!position.end) {
        events_.push(client_events::stream_fragment{std::move(message.group), std::move(position.stream_id),
                                                    position.stream_sequence_id, first, std::move(message.data),
                                                    std::move(message.from_user_id), std::move(message.metadata)});
        return;
    }
    if (!message.data.bytes.empty()) {
        events_.push(client_events::stream_fragment{message.group, position.stream_id, position.stream_sequence_id,
                                                    first, std::move(message.data), std::move(message.from_user_id),
                                                    std::move(message.metadata)});
    }
    events_.push(client_events::stream_finished{std::move(message.group), std::move(position.stream_id),
                                                std::move(position.end->error)});
}

WEBPUBSUB_DECL void subscriber::abandon(turn stream) {
    const auto abandoned = streams_.find(stream);
    const auto key = std::move(abandoned->second.key);
    streams_.erase(abandoned);
    turns_.erase(key);
    const auto name = key.name();
    events_.push(client_events::stream_abandoned{std::string(name.group), std::string(name.stream_id)});
}

WEBPUBSUB_DECL void subscriber::handle_link(steady_time, link_change change) {
    if (change != link_change::stopped) return;
    streams_.clear();
    turns_.clear();
}

WEBPUBSUB_DECL std::optional<steady_time> subscriber::deadline() const {
    if (streams_.empty()) return std::nullopt;
    return add_saturating(streams_.begin()->second.heard, options_.idle_timeout);
}

WEBPUBSUB_DECL void subscriber::handle_timeout(steady_time now) {
    for (auto due = deadline(); due && *due <= now; due = deadline()) abandon(streams_.begin()->first);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
