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
    : options_(options), encoder_(encoding, max_sent_size), unanswered_(max_unanswered_ids, options.max_bytes) {}

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
    const auto is_in_use = [this](std::string_view id) { return calls_.contains(id) || unanswered_.contains(id); };
    if (is_in_use(options.invocation_id)) return errc::id_in_use;
    if (options.timeout && *options.timeout < duration::zero()) return error::about(errc::invalid_field, "timeout");
    if (pending_.size() >= options_.max_pending) {
        return error::exceeds(errc::too_many_pending, "max_pending", options_.max_pending, pending_.size() + 1);
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
    while (message.invocation_id.empty() || is_in_use(message.invocation_id)) {
        message.invocation_id = std::to_string(++last_id);
    }
    auto id = message.invocation_id;
    auto frame = encoder_.encode(std::move(message));
    if (!frame) return frame.error();
    const auto size = frame->size();
    if (auto room = check_room(size); !room) return room.error();

    last_id_ = last_id;
    bytes_ += size;
    const auto timeout = options.timeout ? options.timeout : options_.timeout;
    calls_.emplace(id, place);
    pending_.emplace(place, invocation{id, options.tag, timeout, size, false});
    waiting_.emplace(place, waiting_frame{*std::move(frame), false});
    return id;
}

WEBPUBSUB_DECL result<void> invocations::check_room(std::size_t size) const {
    if (size > options_.max_bytes) return error::exceeds(errc::frame_too_large, "max_bytes", options_.max_bytes, size);
    const auto bytes = bytes_ + size;
    if (bytes > options_.max_bytes) return error::exceeds(errc::queue_full, "max_bytes", options_.max_bytes, bytes);
    return {};
}

WEBPUBSUB_DECL result<void> invocations::cancel(steady_time, ticket place, std::string_view invocation_id) {
    const auto found = calls_.find(invocation_id);
    if (found == calls_.end()) return errc::unknown_target;
    give_up(found->second, place, client_events::invocation_status::cancelled);
    return {};
}

// --- outcomes --------------------------------------------------------------------------------------------------------

/// Ends an invocation that may be under way. The service is told, at that place among the calls.
WEBPUBSUB_DECL void invocations::give_up(ticket call, ticket place, client_events::invocation_status status) {
    auto ended = remove(call);
    if (ended.written) {
        unanswered_.add(ended.id);
        // It is shorter than the invocation was, so it is within the limit.
        if (auto frame = encoder_.encode(cancel_invocation_message{ended.id})) {
            waiting_.emplace(place, waiting_frame{*std::move(frame), true});
        }
    }
    events_.push(client_events::invocation_completed{std::move(ended.id), ended.tag, status, {}, {}, {}});
}

WEBPUBSUB_DECL invocations::invocation invocations::remove(ticket call) {
    auto node = pending_.extract(call);
    auto& removed = node.mapped();
    calls_.erase(removed.id);
    if (!removed.written) waiting_.erase(call);
    timers_.cancel(call);
    bytes_ -= removed.size;
    return std::move(removed);
}

WEBPUBSUB_DECL bool invocations::handle_response(steady_time, invoke_response_message& message) {
    const auto found = calls_.find(message.invocation_id);
    if (found == calls_.end() || !pending_.at(found->second).written) {
        unanswered_.remove(message.invocation_id);
        return false;
    }
    auto ended = remove(found->second);
    client_events::invocation_completed completed;
    completed.invocation_id = std::move(ended.id);
    completed.tag = ended.tag;
    completed.metadata = std::move(message.metadata);
    if (auto* const error = std::get_if<service_error>(&message.outcome)) {
        completed.status = client_events::invocation_status::failed;
        completed.error = std::move(*error);
    } else if (auto* const data = std::get_if<payload>(&message.outcome)) {
        completed.data = std::move(*data);
    }
    events_.push(std::move(completed));
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
    while (!pending_.empty()) {
        auto ended = remove(pending_.begin()->first);
        const auto status = ended.written ? outcome_unknown : not_sent;
        events_.push(client_events::invocation_completed{std::move(ended.id), ended.tag, status, {}, {}, {}});
    }
    waiting_.clear();
    unanswered_.clear();
}

WEBPUBSUB_DECL void invocations::handle_timeout(steady_time now) {
    while (const auto call = timers_.pop_due(now)) {
        give_up(*call, *call, client_events::invocation_status::timed_out);
    }
}

// --- to the service --------------------------------------------------------------------------------------------------

WEBPUBSUB_DECL std::optional<offer> invocations::next_write() const {
    if (waiting_.empty()) return std::nullopt;
    return offer{write_order::by_ticket, waiting_.begin()->first};
}

WEBPUBSUB_DECL detail::shared_bytes invocations::begin_write(steady_time now) {
    const auto node = waiting_.extract(waiting_.begin());
    if (!node.mapped().is_cancellation) {
        auto& written = pending_.at(node.key());
        written.written = true;
        timers_.set(node.key(), add_saturating(now, written.timeout));
    }
    return std::move(node.mapped().frame);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
