// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/hub.hpp>
#include <webpubsub/messages/metadata.hpp>
#include <webpubsub/text/utf8.hpp>

#include <string>
#include <string_view>
#include <utility>

// Invocations, from a client's request to the application's answer: subprotocols.md section 10.

namespace webpubsub::inline WEBPUBSUB_MODE {

/// An invocation is known from its arrival, so that it can be cancelled while it waits its turn. Returns its number, or
/// 0 for one that was refused.
inline event_id hub::expect_invocation(slot at, const invoke_message& message) {
    std::string_view objection;
    if (message.invocation_id.size() > options_.max_id_size) {
        objection = "The invocation id is too long.";
    } else if (invocations_.number_of(at, message.invocation_id)) {
        objection = "An invocation with this id is not answered yet.";
    } else if (invocations_.count_of(at) >= options_.max_invocations) {
        objection = "Too many invocations are not answered yet.";
    }
    if (objection.empty()) {
        const auto id = ++last_event_;
        invocations_.add(id, at, message.invocation_id);
        return id;
    }
    send_control(at, invoke_response_message{message.invocation_id, detail::bad_request(objection)});
    return 0;
}

/// Its turn has come, unless it was cancelled before.
inline void hub::raise(instant now, slot at, invoke_message& message, event_id id) {
    auto* const waiting = invocations_.find(id);
    if (waiting == nullptr) return;
    waiting->raised = true;
    timers_.set({timer_kind::invoking, id}, now.steady + options_.event_timeout);
    const auto& it = connections_[at];
    events_.push_back(invocation{id, it.id, it.user_id, std::move(message.invocation_id), std::move(message.event),
                                 std::move(message.data), std::move(message.metadata)});
}

inline bool hub::is_raised(event_id id) {
    const auto* const found = invocations_.find(id);
    return found != nullptr && found->raised;
}

inline result<void> hub::answer_invocation(instant now, event_id id, std::optional<payload> answer,
                                           string_map metadata) {
    begin(now);
    if (!is_raised(id)) return errc::unknown_target;
    if (answer) {
        if (auto checked = check_size_and_bytes(*answer); !checked) return checked;
    }
    if (auto checked = check_metadata(metadata); !checked) return checked;
    invoke_response_message response;
    if (answer) response.outcome = std::move(*answer);
    response.metadata = std::move(metadata);
    respond(id, std::move(response));
    settle(now);
    return {};
}

inline result<void> hub::fail_invocation(instant now, event_id id, service_error error) {
    begin(now);
    if (!is_raised(id)) return errc::unknown_target;
    if (error.name.size() + error.message.size() > options_.max_payload_size) return errc::frame_too_large;
    if (!is_utf8(error.name) || !is_utf8(error.message)) return errc::invalid_utf8;
    respond(id, {{}, std::move(error)});
    settle(now);
    return {};
}

/// Fills in the client's id.
inline void hub::respond(event_id id, invoke_response_message response) {
    auto answered = invocations_.take(id);
    timers_.cancel({timer_kind::invoking, id});
    response.invocation_id = std::move(answered.invocation_id);
    send_control(answered.owner, std::move(response));
}

/// What the service does is not published. `Timeout` is a name of the protocol (subprotocols.md section 5.3), and tells
/// a caller, who will not try again by itself, that the application may have done its work all the same.
inline void hub::fail_late_invocation(event_id id) {
    constexpr std::string_view text = "The application did not answer the invocation in time.";
    respond(id, {{}, service_error{std::string(error_names::timeout), std::string(text)}});
}

inline void hub::cancel_invocation(event_id id) {
    timers_.cancel({timer_kind::invoking, id});
    if (invocations_.take(id).raised) events_.push_back(invocation_cancelled{id});
}

inline void hub::cancel_invocations(slot at) {
    while (const auto id = invocations_.any_of(at)) cancel_invocation(*id);
}

} // namespace webpubsub
