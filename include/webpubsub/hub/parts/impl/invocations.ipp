// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/invocations.hpp>
#include <webpubsub/rules/names.hpp>

#include <utility>
#include <variant>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

WEBPUBSUB_DECL arrival invocations::arrive(turn& during, std::uint32_t from, const client_message& message,
                                           bool altered) {
    if (const auto* const invoke = std::get_if<invoke_message>(&message)) {
        return expect(during, from, *invoke, altered);
    }
    const auto* const cancelled = std::get_if<cancel_invocation_message>(&message);
    if (cancelled == nullptr) return {};
    const auto found = by_id_.find(key_of(during, from, cancelled->invocation_id));
    if (found != by_id_.end() && !altered) cancel(during, found->second);
    return {arrival::verdict::done, 0, 0, {}};
}

WEBPUBSUB_DECL arrival invocations::expect(turn& during, std::uint32_t from, const invoke_message& message,
                                           bool altered) {
    const bool is_valid = (altered || is_valid_event_name(message.event)) &&
                          (!message.data || during.is_valid_data(from, *message.data));
    if (!is_valid) return {arrival::verdict::malformed, 0, 0, {}};
    std::optional<service_error> objection;
    const auto by = key_of(during, from, message.invocation_id);
    if (altered) {
        objection = half_surrogate();
    } else if (message.invocation_id.size() > during.options.invocations.max_id_size) {
        objection = bad_request("The invocation id is too long.");
    } else if (by_id_.find(by) != by_id_.end()) {
        objection = bad_request("An invocation with this id is not answered yet.");
    } else if (pending(by.first) >= during.options.invocations.max_pending) {
        objection = bad_request("Too many invocations are not answered yet.");
    }
    if (objection) {
        during.send_control(from, invoke_response_message{message.invocation_id, std::move(*objection), {}});
        return {arrival::verdict::done, 0, 0, {}};
    }
    const auto number = during.events.next_number();
    entry added{during.people.handle_of(from), message.invocation_id, false};
    // What could not be added to both is found by its number only, which nobody knows.
    by_number_.emplace(number, std::move(added));
    by_id_.emplace(by, number);
    const auto kept = message.invocation_id.size() + message.event.size() + kept_size(message.metadata) +
                      (message.data ? message.data->bytes.size() : 0);
    return {arrival::verdict::in_turn, number, kept, {}};
}

WEBPUBSUB_DECL outcome invocations::execute(turn& during, std::uint32_t from, client_message& message,
                                            std::uint64_t number) {
    auto* const invoke = std::get_if<invoke_message>(&message);
    if (invoke == nullptr) return {};
    const auto found = by_number_.find(number);
    if (found == by_number_.end()) return done();
    found->second.raised = true;
    answers_.set(number, add_saturating(during.now.steady, during.options.timeouts.answer));
    const auto& it = during.people[from];
    during.events.push(hub_events::invocation{event_id{number}, it.id, it.user_id, std::move(invoke->invocation_id),
                                              std::move(invoke->event), std::move(invoke->data),
                                              std::move(invoke->metadata)});
    return done();
}

WEBPUBSUB_DECL result<void> invocations::answer(turn& during, event_id id, invoke_response_message response) {
    const auto found = by_number_.find(number_of(id));
    if (found == by_number_.end() || !found->second.raised) return errc::unknown_target;
    respond(during, number_of(id), std::move(response));
    return {};
}

WEBPUBSUB_DECL void invocations::respond(turn& during, std::uint64_t number, invoke_response_message response) {
    const auto found = by_number_.find(number);
    const auto to = during.people.find(found->second.owner);
    by_id_.erase({number_of(found->second.owner), found->second.invocation_id});
    response.invocation_id = std::move(found->second.invocation_id);
    by_number_.erase(found);
    answers_.cancel(number);
    if (to != no_slot) during.send_control(to, std::move(response));
}

WEBPUBSUB_DECL void invocations::cancel(turn& during, std::uint64_t number) {
    const auto found = by_number_.find(number);
    const bool raised = found->second.raised;
    by_id_.erase({number_of(found->second.owner), found->second.invocation_id});
    by_number_.erase(found);
    answers_.cancel(number);
    if (raised) during.events.push(hub_events::invocation_cancelled{event_id{number}});
}

WEBPUBSUB_DECL std::size_t invocations::pending(std::uint64_t owner) const {
    std::size_t count = 0;
    for (auto it = by_id_.lower_bound({owner, {}}); it != by_id_.end() && it->first.first == owner; ++it) ++count;
    return count;
}

WEBPUBSUB_DECL void invocations::handle_change(turn& during, std::uint32_t at, connection_change) {
    const auto owner = number_of(during.people.handle_of(at));
    for (auto it = by_id_.lower_bound({owner, {}}); it != by_id_.end() && it->first.first == owner;) {
        const auto number = it->second;
        ++it;
        cancel(during, number);
    }
}

/// What the service does is not published. `Timeout` is a name of the protocol (subprotocols.md section 5.3), and tells
/// a caller, who will not try again by itself, that the application may have done its work all the same.
WEBPUBSUB_DECL void invocations::handle_due(turn& during) {
    const auto due = answers_.pop_due(during.now.steady);
    if (!due) return;
    constexpr std::string_view text = "The application did not answer the invocation in time.";
    respond(during, *due, {{}, service_error{std::string(error_names::timeout), std::string(text)}, {}});
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
