// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/event_queue.hpp>
#include <webpubsub/variant.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// About the memory of an event: the struct, and the texts that the service can make long. The event is not const,
/// since that would instantiate a second way to every alternative.
WEBPUBSUB_COLD_DECL std::size_t size_of(client_event& event) noexcept {
    std::size_t size = sizeof(client_event);
    if (const auto* group = get_if<client_events::group_message>(&event)) {
        size += group->group.size() + group->data.bytes.size() + group->from_user_id.size() +
                detail::size_of(group->metadata);
    } else if (const auto* server = get_if<client_events::server_message>(&event)) {
        size += server->data.bytes.size() + detail::size_of(server->metadata);
    } else if (const auto* fragment = get_if<client_events::stream_fragment>(&event)) {
        size += fragment->group.size() + fragment->stream_id.size() + fragment->data.bytes.size() +
                fragment->from_user_id.size() + detail::size_of(fragment->metadata);
    } else if (const auto* frame = get_if<client_events::frame_received>(&event)) {
        size += frame->bytes.size();
    } else if (const auto* answer = get_if<client_events::invocation_completed>(&event)) {
        size += answer->invocation_id.size() + detail::size_of(answer->metadata) + answer->error.name.size() +
                answer->error.message.size();
        if (answer->data) size += answer->data->bytes.size();
    } else if (const auto* states = get_if<client_events::group_states_changed>(&event)) {
        size += states->group.size();
        for (const auto& item : states->items) {
            size += sizeof(item) + item.connection_id.size() + item.user_id.size();
            if (item.state) size += detail::size_of(*item.state);
        }
    } else if (const auto* unknown = get_if<client_events::unknown_message_received>(&event)) {
        size += unknown->type.size();
    } else if (const auto* outcome = get_if<client_events::request_completed>(&event)) {
        size += outcome->error.name.size() + outcome->error.message.size();
    } else if (const auto* finished = get_if<client_events::stream_finished>(&event)) {
        size += finished->group.size() + finished->stream_id.size();
        if (const auto& why = finished->error) {
            size += why->name.size() + why->user_error_code.size() + why->message.size();
        }
    } else if (const auto* closed = get_if<client_events::stream_closed>(&event)) {
        size += closed->error.name.size() + closed->error.message.size();
    } else if (const auto* rejoin = get_if<client_events::rejoin_failed>(&event)) {
        size += rejoin->error.name.size() + rejoin->error.message.size();
    } else if (const auto* subscription = get_if<client_events::resubscribe_failed>(&event)) {
        size += subscription->error.name.size() + subscription->error.message.size();
    } else if (const auto* lost = get_if<client_events::disconnected>(&event)) {
        size += lost->reason.size() + lost->message.size();
    } else if (const auto* begun = get_if<client_events::connected>(&event)) {
        size += begun->connection_id.size() + begun->user_id.size();
    }
    return size;
}

WEBPUBSUB_COLD_DECL void event_queue::count() noexcept {
    // After a move there are none.
    if (events_.empty()) counted_ = bytes_ = 0;
    for (; counted_ != events_.size(); ++counted_) {
        auto& event = events_[counted_];
        bytes_ += size_of(event);
        if (holds_alternative<client_events::protocol_error>(event)) ++protocol_errors_;
    }
    update_wants_input();
}

WEBPUBSUB_COLD_DECL polled<client_event> event_queue::poll() noexcept {
    count();
    auto event = events_.poll();
    if (!event) return event;
    --counted_;
    bytes_ -= size_of(*event);
    update_wants_input();
    return event;
}

WEBPUBSUB_COLD_DECL void event_queue::update_wants_input() noexcept {
    const auto is_above = [this](std::size_t share) {
        return events_.size() >= options_.max_count / share || bytes_ >= options_.max_bytes / share;
    };
    wants_input_ = events_.empty() || !is_above(wants_input_ ? 2 : 4);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
