// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/invocations.hpp>
#include <webpubsub/messages/metadata.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/utf8.hpp>

#include <utility>
#include <variant>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

WEBPUBSUB_DECL invocations::invocations(const client_invocation_options& options, const codec& encoding,
                                        std::size_t max_sent_size)
    : options_(options), encoder_(encoding, max_sent_size) {}

WEBPUBSUB_DECL result<void> invocations::check(const client_invocation_options& options) {
    if (options.timeout && *options.timeout < duration::zero()) return error::about(errc::invalid_option, "timeout");
    return {};
}

// --- commands --------------------------------------------------------------------------------------------------------

WEBPUBSUB_DECL result<std::string> invocations::invoke(steady_time, ticket place, std::string_view event,
                                                       std::optional<payload_view> data,
                                                       const invoke_options& options) {
    if (!connected_) return errc::not_connected;
    if (!is_valid_event_name(event)) return errc::invalid_event_name;
    if (!is_utf8(options.invocation_id)) return error::about(errc::invalid_utf8, "invocation_id");
    if (tickets_.contains(options.invocation_id)) return errc::id_in_use;
    if (options.timeout && *options.timeout < duration::zero()) return error::about(errc::invalid_field, "timeout");
    if (size() >= options_.max_pending) {
        return error::exceeds(errc::too_many_pending, "max_pending", options_.max_pending, size() + 1);
    }
    // The frame is at least as long as its data: what has no room is not encoded.
    if (data) {
        if (auto room = check_room(data->bytes.size()); !room) return room.error();
        if (auto checked = encoder_.check(*data); !checked) return checked.error();
    }

    invoke_message message{options.invocation_id, std::string(event), {}, options.metadata};
    detail::keep_last_of_each_key(message.metadata);
    if (auto valid = check_metadata(message.metadata); !valid) return valid.error();
    if (data) message.data = data->to_payload();
    auto last_id = last_id_;
    while (message.invocation_id.empty() || tickets_.contains(message.invocation_id)) {
        message.invocation_id = std::to_string(++last_id);
    }
    auto id = message.invocation_id;
    auto frame = encoder_.encode(std::move(message));
    if (!frame) return frame.error();
    const auto bytes = frame->size();
    if (auto room = check_room(bytes); !room) return room.error();

    last_id_ = last_id;
    pending_bytes_ += bytes;
    const auto timeout = options.timeout ? options.timeout : options_.timeout;
    calls_.emplace(place, invocation{id, options.tag, *std::move(frame), place, bytes, timeout});
    tickets_.emplace(id, place);
    waiting_.emplace(place, place);
    return id;
}

WEBPUBSUB_DECL invocations::entries::iterator invocations::find(std::string_view invocation_id) {
    const auto found = tickets_.find(invocation_id);
    return found == tickets_.end() ? calls_.end() : calls_.find(found->second);
}

WEBPUBSUB_DECL result<void> invocations::check_room(std::size_t size) const {
    if (size > options_.max_bytes) return error::exceeds(errc::frame_too_large, "max_bytes", options_.max_bytes, size);
    const auto bytes = pending_bytes_ + size;
    if (bytes > options_.max_bytes) return error::exceeds(errc::queue_full, "max_bytes", options_.max_bytes, bytes);
    return {};
}

WEBPUBSUB_DECL result<void> invocations::cancel(steady_time, ticket place, std::string_view invocation_id) {
    const auto found = find(invocation_id);
    if (found == calls_.end() || unanswered_.contains(found->first)) return errc::unknown_target;
    give_up(found, place, client_events::invocation_status::cancelled);
    return {};
}

// --- outcomes --------------------------------------------------------------------------------------------------------

/// Ends an invocation that may be under way. The service is told, at that place among the calls.
WEBPUBSUB_DECL void invocations::give_up(entries::iterator call, ticket place,
                                         client_events::invocation_status status) {
    auto& ended = call->second;
    events_.push(client_events::invocation_completed{ended.id, ended.tag, status, {}, {}, {}});
    if (!ended.written) return forget(call);
    deadlines_.move(call->first, ended.deadline, std::nullopt);
    pending_bytes_ -= ended.size;
    ended.size = ended.id.size();
    unanswered_bytes_ += ended.size;
    unanswered_.insert(call->first);
    // It is shorter than the invocation was, so it is within the limit.
    if (auto frame = encoder_.encode(cancel_invocation_message{ended.id})) {
        ended.frame = *std::move(frame);
        ended.place = place;
        waiting_.emplace(place, call->first);
    }
}

WEBPUBSUB_DECL void invocations::forget(entries::iterator call) {
    auto& ended = call->second;
    (unanswered_.erase(call->first) != 0 ? unanswered_bytes_ : pending_bytes_) -= ended.size;
    if (ended.frame) waiting_.erase(ended.place);
    deadlines_.move(call->first, ended.deadline, std::nullopt);
    tickets_.erase(ended.id);
    calls_.erase(call);
}

WEBPUBSUB_DECL bool invocations::handle_response(steady_time, invoke_response_message& message) {
    const auto found = find(message.invocation_id);
    if (found == calls_.end() || !found->second.written) return false;
    if (unanswered_.contains(found->first)) {
        forget(found);
        return false;
    }
    client_events::invocation_completed completed;
    completed.invocation_id = std::move(message.invocation_id);
    completed.tag = found->second.tag;
    completed.metadata = std::move(message.metadata);
    if (auto* const error = std::get_if<service_error>(&message.outcome)) {
        completed.status = client_events::invocation_status::failed;
        completed.error = std::move(*error);
    } else if (auto* const data = std::get_if<payload>(&message.outcome)) {
        completed.data = std::move(*data);
    }
    events_.push(std::move(completed));
    forget(found);
    return true;
}

// --- the link and time -----------------------------------------------------------------------------------------------

WEBPUBSUB_DECL void invocations::handle_link(steady_time, link_change change) {
    switch (change) {
    case link_change::up:
    case link_change::recovered: connected_ = true; return;
    case link_change::recovering: return;
    case link_change::down:
    case link_change::replaced:
    case link_change::replaced_by_verdict:
    case link_change::stopped: return end_all();
    }
}

WEBPUBSUB_DECL void invocations::end_all() {
    using enum client_events::invocation_status;
    connected_ = false;
    while (!calls_.empty()) {
        const auto first = calls_.begin();
        if (!unanswered_.contains(first->first)) {
            auto& ended = first->second;
            const auto status = ended.written ? outcome_unknown : not_sent;
            events_.push(client_events::invocation_completed{ended.id, ended.tag, status, {}, {}, {}});
        }
        forget(first);
    }
}

WEBPUBSUB_DECL void invocations::handle_timeout(steady_time now) {
    while (const auto due = deadlines_.due(now)) {
        give_up(calls_.find(*due), *due, client_events::invocation_status::timed_out);
    }
}

// --- to the service --------------------------------------------------------------------------------------------------

WEBPUBSUB_DECL std::optional<offer> invocations::next_write() const {
    if (waiting_.empty()) return std::nullopt;
    return offer{write_order::by_ticket, waiting_.begin()->first};
}

WEBPUBSUB_DECL detail::shared_bytes invocations::begin_write(steady_time now) {
    const auto next = waiting_.begin();
    const auto call = calls_.find(next->second);
    waiting_.erase(next);
    auto frame = std::exchange(call->second.frame, {});
    if (std::exchange(call->second.written, true)) {
        forget_excess(call);
    } else {
        deadlines_.move(call->first, call->second.deadline, add_saturating(now, call->second.timeout));
    }
    return frame;
}

/// Keeps the ids of what was cancelled within their limits, when the cancellation of `newest` is written.
WEBPUBSUB_DECL void invocations::forget_excess(entries::iterator newest) {
    while (unanswered_.size() > max_unanswered || unanswered_bytes_ > options_.max_bytes) {
        const auto oldest = calls_.find(*unanswered_.begin());
        // One whose cancellation is still to be written stays for that.
        if (oldest == newest || oldest->second.frame) return forget(newest);
        forget(oldest);
    }
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
