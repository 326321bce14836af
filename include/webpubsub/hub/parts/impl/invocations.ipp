// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/invocations.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/variant.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

WEBPUBSUB_COLD_DECL arrival invocations::arrive(turn& during, std::uint32_t from, const client_message& message,
                                                bool altered) {
    if (const auto* const invoke = get_if<invoke_message>(&message)) {
        return expect(during, from, *invoke, altered);
    }
    const auto* const cancelled = get_if<cancel_invocation_message>(&message);
    if (cancelled == nullptr) return {};
    const auto* const found = by_id_.find(owned_name(during.connections.handle_of(from), cancelled->invocation_id));
    if (found != nullptr && !altered) cancel(during, *found);
    return {arrival::verdict::done, 0, 0, {}};
}

WEBPUBSUB_COLD_DECL arrival invocations::expect(turn& during, std::uint32_t from, const invoke_message& message,
                                                bool altered) {
    const bool is_valid =
        (altered || is_valid_event_name(message.event)) && (!message.data || during.is_valid_data(from, *message.data));
    if (!is_valid) return {arrival::verdict::malformed, 0, 0, {}};
    std::optional<service_error> objection;
    const auto owner = during.connections.handle_of(from);
    const auto name = owned_name(owner, message.invocation_id);
    if (altered) {
        objection = half_surrogate();
    } else if (message.invocation_id.size() > during.options.invocations.max_id_size) {
        objection = bad_request("The invocation id is too long.");
    } else if (by_id_.contains(name)) {
        objection = bad_request("An invocation with this id is not answered yet.");
    } else if (pending(owner) >= during.options.invocations.max_pending) {
        objection = bad_request("Too many invocations are not answered yet.");
    }
    if (objection) {
        during.send_control(from, invoke_response_message{message.invocation_id, std::move(*objection), {}});
        return {arrival::verdict::done, 0, 0, {}};
    }
    const auto number = during.events.next_number();
    // What could not be added to both is found by its number only, which nobody knows.
    by_number_.add(number, {owner, message.invocation_id, false});
    by_id_.set(name, number);
    const auto kept = message.invocation_id.size() + message.event.size() + kept_size(message.metadata) +
                      (message.data ? message.data->bytes.size() : 0);
    return {arrival::verdict::in_turn, number, kept, {}};
}

WEBPUBSUB_COLD_DECL outcome invocations::execute(turn& during, std::uint32_t from, client_message& message,
                                                 std::uint64_t number) {
    auto* const invoke = get_if<invoke_message>(&message);
    if (invoke == nullptr) return {};
    auto* const found = by_number_.find(number);
    if (found == nullptr) return done();
    found->raised = true;
    answers_.set(number, add_saturating(during.now.steady, during.options.timeouts.answer));
    const auto& it = during.connections[from];
    during.events.push(hub_events::invocation{event_id{number}, it.id, it.user_id, std::move(invoke->invocation_id),
                                              std::move(invoke->event), std::move(invoke->data),
                                              std::move(invoke->metadata)});
    return done();
}

WEBPUBSUB_COLD_DECL result<void> invocations::answer(turn& during, event_id id, invoke_response_message response) {
    const auto* const found = by_number_.find(number_of(id));
    if (found == nullptr || !found->raised) return errc::unknown_target;
    respond(during, number_of(id), std::move(response));
    return {};
}

WEBPUBSUB_COLD_DECL void invocations::respond(turn& during, std::uint64_t number, invoke_response_message response) {
    auto& it = *by_number_.find(number);
    const auto to = during.connections.find(it.owner);
    by_id_.erase(owned_name(it.owner, it.invocation_id));
    response.invocation_id = std::move(it.invocation_id);
    by_number_.erase(number);
    answers_.cancel(number);
    if (to != no_slot) during.send_control(to, std::move(response));
}

WEBPUBSUB_COLD_DECL void invocations::cancel(turn& during, std::uint64_t number) {
    const auto& it = *by_number_.find(number);
    const bool raised = it.raised;
    by_id_.erase(owned_name(it.owner, it.invocation_id));
    by_number_.erase(number);
    answers_.cancel(number);
    if (raised) during.events.push(hub_events::invocation_cancelled{event_id{number}});
}

WEBPUBSUB_COLD_DECL std::size_t invocations::pending(connection_handle owner) const {
    std::size_t count = 0;
    const auto prefix = owned_name(owner, {});
    for (const auto* each = by_id_.first_from(prefix); each != nullptr && each->name().starts_with(prefix);
         each = by_id_.next_after(each->name())) {
        ++count;
    }
    return count;
}

WEBPUBSUB_COLD_DECL void invocations::handle_change(turn& during, std::uint32_t at, connection_change) {
    const auto prefix = owned_name(during.connections.handle_of(at), {});
    for (const auto* each = by_id_.first_from(prefix); each != nullptr && each->name().starts_with(prefix);
         each = by_id_.first_from(prefix)) {
        cancel(during, each->value);
    }
}

/// What the service does is not published. `Timeout` is a name of the protocol (subprotocols.md section 5.3), and tells
/// a caller, who will not try again by itself, that the application may have done its work all the same.
WEBPUBSUB_COLD_DECL void invocations::handle_due(turn& during) {
    const auto due = answers_.pop_due(during.now.steady);
    if (!due) return;
    constexpr std::string_view text = "The application did not answer the invocation in time.";
    respond(during, *due, {{}, service_error{std::string(error_names::timeout), std::string(text)}, {}});
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
