// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/event_queue.hpp>

#include <variant>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

WEBPUBSUB_DECL std::size_t size_of(const string_map& map) noexcept {
    std::size_t size = 0;
    for (const auto& [key, value] : map) size += sizeof(string_map_entry) + key.size() + value.size();
    return size;
}

/// About the memory of an event: the struct, and the texts that the service can make long.
WEBPUBSUB_DECL std::size_t size_of(const client_event& event) noexcept {
    std::size_t size = sizeof(client_event);
    if (const auto* group = std::get_if<client_events::group_message>(&event)) {
        size += group->group.size() + group->data.bytes.size() + group->from_user_id.size() + size_of(group->metadata);
    } else if (const auto* server = std::get_if<client_events::server_message>(&event)) {
        size += server->data.bytes.size() + size_of(server->metadata);
    } else if (const auto* fragment = std::get_if<client_events::stream_fragment>(&event)) {
        size += fragment->group.size() + fragment->stream_id.size() + fragment->data.bytes.size() +
                fragment->from_user_id.size() + size_of(fragment->metadata);
    } else if (const auto* frame = std::get_if<client_events::frame_received>(&event)) {
        size += frame->bytes.size();
    } else if (const auto* answer = std::get_if<client_events::invocation_completed>(&event)) {
        size += answer->invocation_id.size() + size_of(answer->metadata) + answer->error.message.size();
        if (answer->data) size += answer->data->bytes.size();
    } else if (const auto* states = std::get_if<client_events::group_states_changed>(&event)) {
        size += states->group.size();
        for (const auto& item : states->items) {
            size += sizeof(item) + item.connection_id.size() + item.user_id.size();
            if (item.state) size += size_of(*item.state);
        }
    } else if (const auto* unknown = std::get_if<client_events::unknown_message_received>(&event)) {
        size += unknown->type.size();
    } else if (const auto* outcome = std::get_if<client_events::request_completed>(&event)) {
        size += outcome->error.name.size() + outcome->error.message.size();
    }
    return size;
}

WEBPUBSUB_DECL void event_queue::count() noexcept {
    for (; counted_ != events_.size(); ++counted_) bytes_ += size_of(events_[counted_]);
    update_wish();
}

WEBPUBSUB_DECL polled<client_event> event_queue::poll() noexcept {
    count();
    auto event = events_.poll();
    if (!event) return event;
    --counted_;
    bytes_ -= size_of(*event);
    update_wish();
    return event;
}

WEBPUBSUB_DECL void event_queue::update_wish() noexcept {
    const auto is_above = [this](std::size_t share) {
        return events_.size() >= options_.max_count / share || bytes_ >= options_.max_bytes / share;
    };
    if (wants_input_) {
        wants_input_ = !is_above(2);
    } else {
        wants_input_ = events_.empty() || !is_above(4);
    }
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
