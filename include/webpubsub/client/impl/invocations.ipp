// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/invocations.hpp>
#include <webpubsub/messages/metadata.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/utf8.hpp>
#include <webpubsub/variant.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

WEBPUBSUB_COLD_DECL invocations::invocations(const client_invocation_options& options, const codec& encoding,
                                             std::size_t max_sent_size)
    : options_(options), encoder_(encoding, max_sent_size) {}

WEBPUBSUB_COLD_DECL result<void> invocations::check(const client_invocation_options& options) {
    if (options.timeout && *options.timeout < duration::zero())
        return error::about(errc::invalid_option, "invocations.timeout");
    return {};
}

// --- commands --------------------------------------------------------------------------------------------------------

WEBPUBSUB_COLD_DECL result<std::string> invocations::invoke(steady_time, ticket place, std::string_view event,
                                                            std::optional<payload_view> data,
                                                            const invoke_options& options) {
    if (!connected_) return errc::not_connected;
    if (!is_valid_event_name(event)) return errc::invalid_event_name;
    if (!is_utf8(options.invocation_id)) return error::about(errc::invalid_utf8, "invocation_id");
    if (tickets_.contains(options.invocation_id)) return errc::id_in_use;
    if (options.timeout && *options.timeout < duration::zero()) return error::about(errc::invalid_field, "timeout");
    if (size() >= options_.max_pending) {
        return error::exceeds(errc::too_many_pending, "invocations.max_pending", options_.max_pending, size() + 1);
    }
    // The frame is at least as long as its data: what has no room is not encoded.
    if (data) {
        if (auto room = check_room(data->bytes.size()); !room) return room.error();
        if (auto checked = encoder_.check(*data); !checked) return checked.error();
    }

    invoke_message message;
    message.invocation_id = options.invocation_id;
    message.event = event;
    if (auto valid = copy_metadata(options.metadata, message.metadata); !valid) return valid.error();
    if (data) {
        message.data.emplace();
        message.data->type = data->type;
        message.data->bytes = data->bytes;
    }
    auto last_id = last_id_;
    while (message.invocation_id.empty() || tickets_.contains(message.invocation_id)) {
        message.invocation_id = std::to_string(++last_id);
    }
    auto id = message.invocation_id;
    auto frame = encoder_.encode(message);
    if (!frame) return frame.error();
    const auto bytes = frame->size();
    if (auto room = check_room(bytes); !room) return room.error();

    last_id_ = last_id;
    pending_bytes_ += bytes;
    const auto timeout = options.timeout ? options.timeout : options_.timeout;
    calls_.add(place, id, place, options.tag, *std::move(frame), place, bytes, timeout);
    tickets_.set(id, place);
    waiting_.set({place, 0}, place);
    return id;
}

WEBPUBSUB_COLD_DECL invocations::invocation* invocations::find(std::string_view invocation_id) const {
    const auto* const call = tickets_.find(invocation_id);
    return call == nullptr ? nullptr : calls_.find(*call);
}

WEBPUBSUB_COLD_DECL result<void> invocations::check_room(std::size_t size) const {
    if (size > options_.max_bytes)
        return error::exceeds(errc::frame_too_large, "invocations.max_bytes", options_.max_bytes, size);
    const auto bytes = pending_bytes_ + size;
    if (bytes > options_.max_bytes)
        return error::exceeds(errc::queue_full, "invocations.max_bytes", options_.max_bytes, bytes);
    return {};
}

WEBPUBSUB_COLD_DECL result<void> invocations::cancel(steady_time, ticket place, std::string_view invocation_id) {
    auto* const found = find(invocation_id);
    if (found == nullptr || found->ended) return errc::unknown_target;
    give_up(*found, place, client_events::invocation_status::cancelled);
    return {};
}

// --- outcomes --------------------------------------------------------------------------------------------------------

WEBPUBSUB_COLD_DECL void invocations::tell_completed(const invocation& call, client_events::invocation_status status) {
    auto& event = events_.add<client_events::invocation_completed>();
    event.invocation_id = call.id;
    event.tag = call.tag;
    event.status = status;
}

/// Ends an invocation that may be under way. The service is told, at that place among the calls.
WEBPUBSUB_COLD_DECL void invocations::give_up(invocation& call, ticket place, client_events::invocation_status status) {
    tell_completed(call, status);
    if (!call.written) return forget(call);
    deadlines_.cancel(call.call);
    pending_bytes_ -= call.size;
    call.size = call.id.size();
    unanswered_bytes_ += call.size;
    call.ended = true;
    unanswered_.set({call.call, 0});
    // It is shorter than the invocation was, so it is within the limit.
    if (auto frame = encoder_.encode(cancel_invocation_message{call.id})) {
        call.frame = *std::move(frame);
        call.place = place;
        waiting_.set({place, 0}, call.call);
    }
}

WEBPUBSUB_COLD_DECL void invocations::forget(invocation& call) {
    (call.ended ? unanswered_bytes_ : pending_bytes_) -= call.size;
    unanswered_.erase({call.call, 0});
    if (call.frame) waiting_.erase({call.place, 0});
    deadlines_.cancel(call.call);
    tickets_.erase(call.id);
    calls_.erase(call.call);
}

WEBPUBSUB_COLD_DECL bool invocations::handle_response(steady_time, invoke_response_message& message,
                                                      bool text_replaced) {
    auto* const found = find(message.invocation_id);
    if (found == nullptr || !found->written) return false;
    if (found->ended) {
        forget(*found);
        return false;
    }
    auto& event = events_.add<client_events::invocation_completed>();
    event.invocation_id.swap(message.invocation_id);
    event.tag = found->tag;
    event.metadata.swap(message.metadata);
    if (auto* const error = get_if<service_error>(&message.outcome)) {
        event.status = client_events::invocation_status::failed;
        event.error.name.swap(error->name);
        event.error.message.swap(error->message);
    } else if (auto* const data = get_if<payload>(&message.outcome)) {
        event.data.emplace();
        event.data->type = data->type;
        event.data->bytes.swap(data->bytes);
    }
    event.text_replaced = text_replaced;
    forget(*found);
    return true;
}

// --- the link and time -----------------------------------------------------------------------------------------------

WEBPUBSUB_COLD_DECL void invocations::handle_link(steady_time, link_change change) {
    switch (change) {
    case link_change::up:
    case link_change::recovered: connected_ = true; return;
    case link_change::recovering: return;
    case link_change::down:
    case link_change::replaced:
    case link_change::replaced_after_rejected_frame:
    case link_change::stopped: return end_all();
    }
}

WEBPUBSUB_COLD_DECL void invocations::end_all() {
    using enum client_events::invocation_status;
    connected_ = false;
    for (ticket at = 0; auto* const call = calls_.find_from(at);) {
        if (!call->ended) tell_completed(*call, call->written ? outcome_unknown : not_sent);
        forget(*call);
    }
}

WEBPUBSUB_COLD_DECL void invocations::handle_timeout(steady_time now) {
    while (const auto due = deadlines_.pop_due(now)) {
        give_up(*calls_.find(*due), *due, client_events::invocation_status::timed_out);
    }
}

// --- to the service --------------------------------------------------------------------------------------------------

WEBPUBSUB_COLD_DECL std::optional<offer> invocations::next_write() const {
    detail::number_index::entry first;
    if (!waiting_.first(first)) return std::nullopt;
    return offer{write_order::by_ticket, first.key.first};
}

WEBPUBSUB_COLD_DECL detail::shared_bytes invocations::begin_write(steady_time now) {
    detail::number_index::entry next;
    waiting_.first(next);
    waiting_.erase(next.key);
    auto& call = *calls_.find(next.value);
    auto frame = std::move(call.frame);
    if (call.written) {
        forget_excess(call);
    } else {
        call.written = true;
        deadlines_.set(call.call, add_saturating(now, call.timeout));
    }
    return frame;
}

/// Keeps the ids of what was cancelled within their limits, when the cancellation of `newest` is written.
WEBPUBSUB_COLD_DECL void invocations::forget_excess(invocation& newest) {
    while (unanswered_.size() > max_unanswered || unanswered_bytes_ > options_.max_bytes) {
        detail::number_index::entry first;
        unanswered_.first(first);
        auto& oldest = *calls_.find(first.key.first);
        // One whose cancellation is still to be written stays for that.
        if (&oldest == &newest || oldest.frame) return forget(newest);
        forget(oldest);
    }
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
