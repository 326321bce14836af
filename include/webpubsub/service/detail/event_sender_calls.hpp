// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/service/event_sender.hpp>
#include <webpubsub/upstream/send.hpp>
#include <webpubsub/upstream/validation.hpp>

#include <type_traits>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

WEBPUBSUB_COLD_INLINE event_sender::event_sender(event_sender_options&& options, event_signer&& signer,
                                                 const secure_random& random)
    : options_(std::move(options)), signer_(std::move(signer)), random_(random), deliveries_(options_) {
    options_.hub = to_lower(options_.hub);
    for (const auto& handler : options_.handlers) {
        wants_connect_ = wants_connect_ || handler.takes_any(upstream_kind::connect);
        wants_memberships_ = wants_memberships_ || handler.takes_any(upstream_kind::group_joined) ||
                             handler.takes_any(upstream_kind::group_left);
    }
}

WEBPUBSUB_COLD_INLINE result<event_sender> event_sender::make(event_sender_options options, event_signer signer,
                                                              const secure_random& random) {
    if (const auto checked = check_options(options); !checked) return checked.error();
    if (random.fill == nullptr) return error::about(errc::invalid_field, "random");
    return event_sender(std::move(options), std::move(signer), random);
}

WEBPUBSUB_COLD_INLINE bool event_sender::wants_event() const noexcept {
    return events_.size() < options_.limits.max_events && events_.bytes() < options_.limits.max_event_bytes;
}

// What a hub's program says.

WEBPUBSUB_COLD_INLINE void event_sender::handle_event(instant now, hub_event event, connect_details details) {
    now_ = now;
    visit(
        [&](auto& each) {
            if constexpr (std::is_same_v<std::remove_reference_t<decltype(each)>, hub_events::connect_requested>) {
                receive(each, std::move(details));
            } else {
                receive(each);
            }
        },
        event);
    settle();
}

WEBPUBSUB_COLD_INLINE void event_sender::handle_abandoned(instant now, admission_id id) {
    now_ = now;
    const auto key = events_.find({detail::hub_question::kind::admission, number_of(id)});
    if (const auto* const event = events_.find(key)) connections_.end(event->connection);
    drop(key);
    settle();
}

WEBPUBSUB_COLD_INLINE void event_sender::handle_refused_answer(std::string_view connection_id, event_id id) {
    const auto key = connections_.find(connection_id);
    if (key == 0) return;
    auto& connection = connections_[key];
    if (connection.before.question == number_of(id)) connection.state = std::move(connection.before.state);
    connection.before = {};
}

WEBPUBSUB_COLD_INLINE void event_sender::handle_response_head(instant now, call_id id) {
    now_ = now;
    if (!deliveries_.handle_head(now.steady, id)) ++counters_.late_inputs;
}

WEBPUBSUB_COLD_INLINE void event_sender::handle_response(instant now, call_id id, http_response response) {
    if (response.body.size() > options_.limits.max_response_bytes) {
        return handle_failure(now, id, call_failure::too_large);
    }
    now_ = now;
    if (const auto* const event = events_.find(deliveries_.find(id))) {
        connections_[event->connection].cookies.store(options_.handlers[event->handler].url().origin(),
                                                      response.headers, options_.limits.cookies);
    }
    if (!deliveries_.handle_response(now.steady, id, std::move(response))) ++counters_.late_inputs;
    settle();
}

WEBPUBSUB_COLD_INLINE void event_sender::handle_failure(instant now, call_id id, call_failure why) {
    now_ = now;
    if (!deliveries_.handle_failure(now.steady, id, why)) ++counters_.late_inputs;
    settle();
}

WEBPUBSUB_COLD_INLINE void event_sender::handle_timeout(instant now) {
    now_ = now;
    deliveries_.handle_timeout(now.steady);
    connections_.handle_timeout(now.steady);
    settle();
}

WEBPUBSUB_COLD_INLINE std::optional<steady_time> event_sender::poll_timeout() const {
    return earlier(deliveries_.poll_timeout(), connections_.poll_timeout());
}

// What it is to do.

WEBPUBSUB_COLD_INLINE std::optional<upstream_call> event_sender::poll_call() {
    const auto due = deliveries_.poll_due(now_.steady);
    if (!due) return std::nullopt;
    const auto& url = options_.handlers[due->handler].url();
    upstream_call call;
    call.id = due->id;
    call.max_response_bytes = options_.limits.max_response_bytes;
    if (due->key == 0) {
        call.request = write_validation(due->method, url.target(options_.hub, "validate"), options_.origin);
    } else {
        if (due->is_repetition) ++counters_.retries;
        call.request = write(*events_.find(due->key));
    }
    call.url = url.origin() + call.request.target;
    return call;
}

WEBPUBSUB_COLD_INLINE http_request event_sender::write(const detail::sent_event& event) const {
    const auto& from = connections_[event.connection];
    const auto& url = options_.handlers[event.handler].url();
    auto context = context_of(from);
    context.event_id = event.id;
    context.event_name = event.name;
    context.time = event.time;
    context.state = from.state;
    const auto target = url.target(options_.hub, name_of_event(context, event.event));
    const auto cookies = from.cookies.header_for(url.origin());
    auto written =
        write_upstream(context, event.event, {target, options_.origin, from.signature, event.request_id, cookies});
    // It was checked before it was taken.
    return std::move(*written);
}

WEBPUBSUB_COLD_INLINE upstream_context event_sender::context_of(const detail::sender_connection& connection) const {
    upstream_context context;
    context.hub = options_.hub;
    context.connection_id = connection.id;
    context.user_id = connection.user_id;
    context.subprotocol = connection.subprotocol;
    return context;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
