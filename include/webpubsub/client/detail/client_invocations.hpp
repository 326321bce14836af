// SPDX-License-Identifier: MIT
#pragma once

// The part of `client` that asks the application behind the service (subprotocols.md section 10).

#include <webpubsub/client/client.hpp>
#include <webpubsub/messages/validity.hpp>
#include <webpubsub/text/utf8.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {

inline result<std::string> client::invoke(steady_time now, std::string_view event, std::optional<payload> data,
                                          const invoke_options& options) {
    if (auto allowed = may_request(true); !allowed) return allowed.error();
    if (!is_valid_event_name(event)) return errc::invalid_event_name;
    if (!is_utf8(options.invocation_id)) return errc::invalid_utf8;
    if (invocations_.contains(options.invocation_id)) return errc::id_in_use;
    if (data) {
        if (auto checked = codec_->check(*data); !checked) return checked.error();
    }
    invoke_message message{options.invocation_id, std::string(event), std::move(data), options.metadata};
    auto& id = message.invocation_id;
    while (id.empty() || invocations_.contains(id)) id = std::to_string(++last_invocation_);
    detail::keep_last_of_each_key(message.metadata);
    if (auto valid = check_validity(message); !valid) return valid.error();

    tracked_invocation invocation;
    invocation.invocation_id = id;
    invocation.tag = options.tag;
    const auto timeout = options.timeout.value_or(options_.invocation_timeout);
    if (timeout > duration::zero()) invocation.deadline = now + timeout;
    std::string frame;
    codec_->encode(client_message{std::move(message)}, frame);
    if (frame.size() > options_.max_frame_size) return errc::frame_too_large;
    if (auto room = invocations_.room_for(frame.size()); !room) return room.error();
    invocation.frame = std::make_shared<const std::string>(std::move(frame));
    auto name = invocation.invocation_id;
    invocations_.add(std::move(invocation));
    return name;
}

inline result<void> client::cancel_invocation(steady_time, std::string_view invocation_id) {
    auto invocation = invocations_.finish(invocation_id);
    if (!invocation) return errc::unknown_target;
    complete(std::move(*invocation), client_events::invocation_status::cancelled);
    return {};
}

/// Without an answer. The service is told if it still works on it and can be told.
inline void client::complete(tracked_invocation invocation, client_events::invocation_status status) {
    using enum client_events::invocation_status;
    if (invocation.written && (status == cancelled || status == timed_out)) {
        send_unacknowledged(cancel_invocation_message{invocation.invocation_id});
    }
    push(client_events::invocation_completed{std::move(invocation.invocation_id), invocation.tag, status, {}, {}, {}});
}

/// Invocations belong to their transport: an answer would not be repeated after a recovery.
inline void client::give_up_invocations() {
    using enum client_events::invocation_status;
    for (auto& invocation : invocations_.give_up()) {
        const auto status = invocation.written ? outcome_unknown : not_sent;
        complete(std::move(invocation), status);
    }
}

inline void client::receive(steady_time, std::size_t, invoke_response_message& message) {
    auto invocation = invocations_.finish(message.invocation_id);
    if (!invocation) {
        ++counters_.late_responses;
        return;
    }
    client_events::invocation_completed completed;
    completed.invocation_id = std::move(message.invocation_id);
    completed.tag = invocation->tag;
    completed.metadata = std::move(message.metadata);
    if (auto* const error = std::get_if<service_error>(&message.outcome)) {
        completed.status = client_events::invocation_status::failed;
        completed.error = std::move(*error);
    } else if (auto* const data = std::get_if<payload>(&message.outcome)) {
        completed.data = std::move(*data);
    }
    push(std::move(completed));
}

} // namespace webpubsub
