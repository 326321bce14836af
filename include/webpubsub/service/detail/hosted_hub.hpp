// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/service/hosted_hub.hpp>
#include <webpubsub/variant.hpp>

#include <algorithm>
#include <chrono>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace detail {

/// The hub leaves it to the event sender to give up.
WEBPUBSUB_COLD_INLINE std::optional<duration> patience_with(const event_sender_times& times) {
    if (!times.event || !times.body) return std::nullopt;
    return add_saturating(add_saturating(*times.event, *times.body), std::chrono::seconds(1));
}

/// What is asked of a hub's application in a user event or an invocation.
struct application_question {
    event_id id{};
    std::string_view event;
    std::optional<payload_view> data;
    bool is_invocation = false;
};

WEBPUBSUB_COLD_INLINE std::optional<application_question> question_in(const hub_event& event) {
    if (const auto* const sent = get_if<hub_events::user_event>(&event)) {
        return application_question{sent->id, sent->event, payload_view(sent->data), false};
    }
    if (const auto* const asked = get_if<hub_events::invocation>(&event)) {
        application_question question{asked->id, asked->event, std::nullopt, true};
        if (asked->data) question.data = payload_view(*asked->data);
        return question;
    }
    return std::nullopt;
}

} // namespace detail

WEBPUBSUB_COLD_INLINE result<hosted_hub> hosted_hub::make(const std::string& name, hub_settings settings,
                                                          const hosting& all) {
    event_sender_options options;
    options.hub = name;
    options.origin = all.origin;
    options.times = settings.handler_times;
    options.limits = settings.handler_limits;
    // Whoever is let in has this time to connect, and is not forgotten before.
    const auto open = settings.options.timeouts.open;
    if (options.times.opening)
        options.times.opening =
            open ? std::optional(std::max(*options.times.opening, add_saturating(*open, *open))) : open;
    for (const auto& each : settings.handlers) {
        if (const auto* const handler = get_if<upstream_handler>(&each)) options.handlers.push_back(*handler);
    }
    const bool has_handlers = !options.handlers.empty();
    auto sender = event_sender::make(std::move(options), all.signer, all.random);
    if (!sender) return sender.error();
    settings.options.application.ask_on_connect = sender->wants_connect();
    settings.options.application.report_memberships = sender->wants_memberships();
    if (has_handlers) settings.options.timeouts.answer = detail::patience_with(settings.handler_times);
    if (const auto checked = check_options(settings.options); !checked) return checked.error();
    hub machine(all.codecs, settings.options, all.random);
    return hosted_hub(std::move(settings), std::move(machine), std::move(*sender));
}

WEBPUBSUB_COLD_INLINE admission hosted_hub::admit(instant now, connect_request request, connect_details details) {
    auto outcome = hub_.admit(now, std::move(request));
    if (const auto* const asked = get_if<waiting>(&outcome)) details_.emplace(asked->id, std::move(details));
    settle(now);
    return outcome;
}

WEBPUBSUB_COLD_INLINE void hosted_hub::handle_abandoned(instant now, admission_id id) {
    hub_.handle_abandoned(now, id);
    sender_.handle_abandoned(now, id);
    details_.erase(id);
    settle(now);
}

WEBPUBSUB_COLD_INLINE void hosted_hub::settle(instant now) {
    while (apply_answer(now) || forward_event(now)) {}
}

/// Hands one event on; false when there is none, or no room for it.
WEBPUBSUB_COLD_INLINE bool hosted_hub::forward_event(instant now) {
    if (!sender_.wants_event()) return false;
    auto event = hub_.poll_event();
    if (!event) return false;
    connect_details details;
    if (const auto* const asked = get_if<hub_events::connect_requested>(&*event)) {
        const auto found = details_.find(asked->id);
        // The client has gone away meanwhile.
        if (found == details_.end()) return true;
        details = std::move(found->second);
        details_.erase(found);
    }
    if (!answer_by_itself(now, *event)) sender_.handle_event(now, std::move(*event), std::move(details));
    return true;
}

WEBPUBSUB_COLD_INLINE bool hosted_hub::answer_by_itself(instant now, const hub_event& event) {
    const auto question = detail::question_in(event);
    const auto* const canned = question ? find_canned_handler(settings_, question->event) : nullptr;
    if (canned == nullptr) return false;
    const auto [id, name, data, is_invocation] = *question;
    if (canned->answer == canned_answer::none) return true;
    if (canned->answer != canned_answer::failure) {
        const auto answer = canned->answer == canned_answer::echo ? data : std::nullopt;
        if (is_invocation ? hub_.answer_invocation(now, id, answer) : hub_.answer_event(now, id, answer)) return true;
    }
    // It may have gone away.
    static_cast<void>(is_invocation ? hub_.fail_invocation(now, id, detail::internal_error())
                                    : hub_.fail_event(now, id));
    return true;
}

/// Does what one answer says; false when there is none.
WEBPUBSUB_COLD_INLINE bool hosted_hub::apply_answer(instant now) {
    auto answer = sender_.poll_answer();
    if (!answer) return false;
    visit([&](auto& what) { apply(now, what); }, *answer);
    return true;
}

// Whoever had asked may be gone, and then an answer changes nothing.

WEBPUBSUB_COLD_INLINE void hosted_hub::apply(instant now, sender_answers::admission_accepted& answer) {
    static_cast<void>(hub_.accept_connect(now, answer.id, std::move(answer.overrides)));
}

WEBPUBSUB_COLD_INLINE void hosted_hub::apply(instant now, sender_answers::admission_refused& answer) {
    const auto* const why = answer.http_status < 500 ? "The event handler has refused the client."
                                                     : "The event handler did not answer as it should.";
    static_cast<void>(hub_.refuse_connect(now, answer.id, answer.http_status, why));
}

WEBPUBSUB_COLD_INLINE void hosted_hub::apply(instant now, sender_answers::event_answered& answer) {
    std::optional<payload_view> data;
    if (answer.data) data = payload_view(*answer.data);
    if (!hub_.answer_event(now, answer.id, data, answer.metadata)) {
        sender_.handle_refused_answer(answer.connection_id, answer.id);
        static_cast<void>(hub_.fail_event(now, answer.id));
    }
}

WEBPUBSUB_COLD_INLINE void hosted_hub::apply(instant now, sender_answers::event_failed& answer) {
    static_cast<void>(hub_.fail_event(now, answer.id));
}

WEBPUBSUB_COLD_INLINE void hosted_hub::apply(instant now, sender_answers::invocation_answered& answer) {
    std::optional<payload_view> data;
    if (answer.data) data = payload_view(*answer.data);
    if (!hub_.answer_invocation(now, answer.id, data, answer.metadata)) {
        sender_.handle_refused_answer(answer.connection_id, answer.id);
        static_cast<void>(hub_.fail_invocation(now, answer.id, detail::internal_error()));
    }
}

WEBPUBSUB_COLD_INLINE void hosted_hub::apply(instant now, sender_answers::invocation_failed& answer) {
    static_cast<void>(hub_.fail_invocation(now, answer.id, answer.error));
}

WEBPUBSUB_COLD_INLINE void hosted_hub::handle_timeout(instant now) {
    hub_.handle_timeout(now);
    sender_.handle_timeout(now);
    settle(now);
}

WEBPUBSUB_COLD_INLINE std::optional<steady_time> hosted_hub::poll_timeout() const {
    return earlier(hub_.poll_timeout(), sender_.poll_timeout());
}

WEBPUBSUB_COLD_INLINE void hosted_hub::handle_response_head(instant now, call_id id) {
    sender_.handle_response_head(now, id);
    settle(now);
}

WEBPUBSUB_COLD_INLINE void hosted_hub::handle_response(instant now, call_id id, http_response response) {
    sender_.handle_response(now, id, std::move(response));
    settle(now);
}

WEBPUBSUB_COLD_INLINE void hosted_hub::handle_failure(instant now, call_id id, call_failure why) {
    sender_.handle_failure(now, id, why);
    settle(now);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
