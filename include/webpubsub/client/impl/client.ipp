// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/client.hpp>
#include <webpubsub/variant.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

WEBPUBSUB_COLD_DECL client::client(const webpubsub::codec& codec, std::uint64_t seed, const client_options& options)
    : client(codec, codec.protocol().name, seed, options) {}

WEBPUBSUB_COLD_DECL client client::raw(std::string_view subprotocol, std::uint64_t seed,
                                       const client_options& options) {
    return client(client_parts::opaque_codec, subprotocol, seed, options);
}

#ifdef WEBPUBSUB_COMPILED
client::client(const client&) = default;
client::client(client&&) noexcept = default;
client& client::operator=(const client&) = default;
client& client::operator=(client&&) noexcept = default;
client::~client() = default;
#endif

WEBPUBSUB_COLD_DECL client::client(const webpubsub::codec& codec, std::string_view subprotocol, std::uint64_t seed,
                                   const client_options& options)
    : options_(options),
      codec_(codec),
      encoder_(codec_, options_.frames.max_sent_size),
      time_(options_.keep_alive.suspension),
      link_(options_, {std::string(subprotocol), is_raw(), codec_.protocol().reliable}, seed),
      outbox_(options_.window),
      sequence_acks_(options_.sequence_ack),
      requests_(options_.requests, options_.groups.max_rejoins_in_flight, ~seed),
      memberships_(options_.groups),
      publisher_(options_.publisher, codec_, options_.frames.max_sent_size, seed ^ 0x9e3779b97f4a7c15),
      subscriber_(options_.subscriber),
      invocations_(options_.invocations, codec_, options_.frames.max_sent_size),
      group_states_(options_.group_states),
      events_(options_.events) {}

// --- the frame of every call -----------------------------------------------------------------------------------------

WEBPUBSUB_COLD_DECL steady_time client::begin(steady_time now) {
    const auto slept = time_.begin(now, deadline());
    if (slept != duration::zero()) {
        link_.handle_suspension(time_.now(), slept, requests_.has_unanswered_event());
    }
    return time_.now();
}

WEBPUBSUB_COLD_DECL bool client::is_current(transport_id transport) {
    if (link_.is_current(transport)) return true;
    ++counters_.late_inputs;
    return false;
}

/// Carries what a call has caused to whom it concerns.
WEBPUBSUB_COLD_DECL void client::settle() {
    for (;;) {
        collect();
        std::optional<client_parts::link_change> change;
        polled<client_event> event;
        if (link_.poll_step(change, event)) {
            if (change) {
                tell_parts(*change);
            } else {
                events_.push(std::move(event));
            }
        } else if (finish_by_.set && link_.state() != client_state::stopped && is_idle()) {
            link_.stop();
        } else {
            break;
        }
    }
    events_.count();
    link_.set_reading(events_.wants_input());
}

WEBPUBSUB_COLD_DECL void client::tell_parts(client_parts::link_change change) {
    using client_parts::link_change;
    const auto now = time_.now();
    if (change == link_change::up) ++counters_.connections;
    if (change == link_change::recovered) ++counters_.recoveries;
    outbox_.handle_link(change, link_.may_write());
    sequence_acks_.handle_link(change);
    requests_.handle_link(change);
    memberships_.handle_link(change);
    publisher_.handle_link(now, change);
    subscriber_.handle_link(now, change);
    invocations_.handle_link(now, change);
    group_states_.handle_link(now, change);
}

/// Takes what the parts have to say.
WEBPUBSUB_COLD_DECL void client::collect() {
    while (auto outcome = requests_.poll_outcome()) {
        if (memberships_.handle_outcome(*outcome)) continue;
        auto& event = events_.add<client_events::request_completed>();
        event.ack_id = outcome->id;
        event.tag = outcome->tag;
        event.status = outcome->status;
        event.duplicate = outcome->duplicate;
        event.may_be_duplicate = outcome->may_be_duplicate;
        event.error.name.swap(outcome->error.name);
        event.error.message.swap(outcome->error.message);
    }
    while (const auto step = memberships_.poll_step()) {
        using action = client_parts::memberships::action;
        switch (step->action) {
        case action::rejoin:
            requests_.hold_group(step->group);
            restore(client_parts::request_kind::rejoin, step->group);
            break;
        case action::release: requests_.release_group(step->group); break;
        case action::resubscribe:
            if (!memberships_.groups().contains(step->group) &&
                requests_.has(client_parts::request_kind::join, step->group)) {
                memberships_.wait_for_join(step->group);
            } else {
                restore(client_parts::request_kind::resubscribe, step->group);
            }
            break;
        case action::forget_states:
            group_states_.forget(step->group);
            // A subscription that was asked for meanwhile begins with a snapshot of its own.
            if (requests_.has(client_parts::request_kind::subscribe, step->group)) {
                group_states_.expect(step->group, requests_.ends_subscription(step->group));
            }
            break;
        }
    }
    while (auto event = memberships_.poll_event()) events_.push(std::move(event));
    while (auto event = publisher_.poll_event()) events_.push(std::move(event));
    while (auto event = subscriber_.poll_event()) events_.push(std::move(event));
    while (auto event = invocations_.poll_event()) events_.push(std::move(event));
    while (auto event = group_states_.poll_event()) events_.push(std::move(event));
}

WEBPUBSUB_COLD_DECL bool client::is_idle() const noexcept {
    return requests_.empty() && invocations_.size() == 0 && publisher_.size() == 0 && outbox_.under_way() == 0;
}

WEBPUBSUB_COLD_DECL std::optional<steady_time> client::deadline() const {
    if (link_.state() == client_state::stopped) return std::nullopt;
    auto first = earlier(link_.deadline(), outbox_.deadline());
    first = earlier(first, sequence_acks_.deadline());
    first = earlier(first, requests_.deadline());
    first = earlier(first, publisher_.deadline());
    first = earlier(first, subscriber_.deadline());
    first = earlier(first, invocations_.deadline());
    return earlier(first, finish_by_.limit);
}

WEBPUBSUB_COLD_DECL std::vector<std::string> client::groups() const {
    std::vector<std::string> all;
    const auto& groups = memberships_.groups();
    for (const auto* each = groups.first(); each != nullptr; each = groups.next_after(each->name())) {
        all.emplace_back(each->name());
    }
    return all;
}

WEBPUBSUB_COLD_DECL client_counters client::counters() const noexcept {
    auto all = counters_;
    all.attempts = link_.attempts();
    all.protocol_errors = events_.protocol_errors();
    all.retries = requests_.retries_made();
    return all;
}

// --- something happened outside --------------------------------------------------------------------------------------

WEBPUBSUB_COLD_DECL void client::handle_opened(steady_time now, transport_id transport, std::string_view subprotocol) {
    const auto time = begin(now);
    if (is_current(transport)) link_.handle_opened(time, subprotocol, requests_.has_unanswered_event());
    settle();
}

WEBPUBSUB_COLD_DECL void client::handle_open_failed(steady_time now, transport_id transport,
                                                    const open_failure& failure) {
    const auto time = begin(now);
    if (is_current(transport)) {
        link_.handle_open_failed(time, failure.http_status, failure.retry_after, failure.reason);
    }
    settle();
}

WEBPUBSUB_COLD_DECL void client::handle_written(steady_time now, transport_id transport, std::size_t count) {
    const auto time = begin(now);
    if (is_current(transport) && !outbox_.handle_written(time, count)) {
        events_.add<client_events::host_error>().error = errc::too_many_written;
    }
    settle();
}

WEBPUBSUB_COLD_DECL void client::handle_closed(steady_time now, transport_id transport, std::uint16_t code,
                                               std::string_view reason) {
    const auto time = begin(now);
    if (is_current(transport)) link_.handle_closed(time, code, reason);
    settle();
}

WEBPUBSUB_COLD_DECL void client::handle_timeout(steady_time now) {
    const auto time = begin(now);
    link_.handle_timeout(time);
    settle();
    if (const auto misuse = outbox_.handle_timeout(time)) events_.add<client_events::host_error>().error = *misuse;
    sequence_acks_.handle_timeout(time);
    requests_.handle_timeout(time);
    publisher_.handle_timeout(time);
    subscriber_.handle_timeout(time);
    invocations_.handle_timeout(time);
    if (finish_by_.limit && *finish_by_.limit <= time) link_.stop();
    settle();
}

// --- commands --------------------------------------------------------------------------------------------------------

WEBPUBSUB_COLD_DECL result<void> client::start(steady_time now) {
    auto checked = client_parts::link::check(options_);
    if (checked) checked = client_parts::requests::check(options_.requests);
    if (checked) checked = client_parts::memberships::check(options_.groups);
    if (checked) checked = client_parts::sequence_acks::check(options_.sequence_ack);
    if (checked) checked = client_parts::outbox::check(options_.window);
    if (checked) checked = client_parts::publisher::check(options_.publisher);
    if (checked) checked = client_parts::subscriber::check(options_.subscriber);
    if (checked) checked = client_parts::invocations::check(options_.invocations);
    if (checked) checked = client_parts::group_states::check(options_.group_states);
    if (!checked) return checked;
    const auto time = begin(now);
    auto started = link_.start(time);
    settle();
    return started;
}

WEBPUBSUB_COLD_DECL void client::stop(steady_time now) {
    begin(now);
    link_.stop();
    settle();
}

WEBPUBSUB_COLD_DECL void client::finish(steady_time now, std::optional<duration> limit) {
    const auto time = begin(now);
    if (link_.state() != client_state::stopped) finish_by_ = {true, add_saturating(time, limit)};
    settle();
}

WEBPUBSUB_COLD_DECL result<void> client::provide_url(steady_time now, url_request_id request, std::string_view url,
                                                     std::optional<duration> lifetime) {
    const auto time = begin(now);
    auto provided = link_.provide_url(time, request, url, lifetime);
    settle();
    return provided;
}

WEBPUBSUB_COLD_DECL void client::fail_url(steady_time now, url_request_id request) {
    const auto time = begin(now);
    link_.fail_url(time, request);
    settle();
}

WEBPUBSUB_COLD_DECL result<std::string> client::open_stream(steady_time now, std::string_view group,
                                                            const stream_options& options) {
    const auto time = begin(now);
    if (auto allowed = may_request(); !allowed) return allowed.error();
    if (link_.state() != client_state::connected && link_.state() != client_state::recovering) {
        return errc::not_connected;
    }
    return publisher_.open(time, outbox_.draw_ticket(), link_.connection_id(), group, options);
}

WEBPUBSUB_COLD_DECL result<std::uint64_t> client::write_stream(steady_time now, std::string_view stream_id,
                                                               payload_view data) {
    return publisher_.write(begin(now), stream_id, data);
}

WEBPUBSUB_COLD_DECL result<void> client::end_stream(steady_time now, std::string_view stream_id,
                                                    std::optional<stream_abort> error) {
    return publisher_.end(begin(now), stream_id, error);
}

WEBPUBSUB_COLD_DECL result<void> client::abort_stream(steady_time now, std::string_view stream_id,
                                                      const stream_abort& error) {
    auto aborted = publisher_.abort(begin(now), stream_id, error);
    settle();
    return aborted;
}

WEBPUBSUB_COLD_DECL result<std::string> client::invoke(steady_time now, std::string_view event,
                                                       std::optional<payload_view> data,
                                                       const invoke_options& options) {
    const auto time = begin(now);
    if (auto allowed = may_request(); !allowed) return allowed.error();
    if (link_.state() != client_state::connected) return errc::not_connected;
    return invocations_.invoke(time, outbox_.draw_ticket(), event, data, options);
}

WEBPUBSUB_COLD_DECL result<void> client::cancel_invocation(steady_time now, std::string_view invocation_id) {
    auto cancelled = invocations_.cancel(begin(now), outbox_.draw_ticket(), invocation_id);
    settle();
    return cancelled;
}

// --- what to do next -------------------------------------------------------------------------------------------------

WEBPUBSUB_COLD_DECL polled<client_event> client::poll_event() {
    auto event = events_.poll();
    link_.set_reading(events_.wants_input());
    return event;
}

WEBPUBSUB_COLD_DECL std::optional<transmit> client::poll_transmit() {
    if (!link_.may_write() || !outbox_.has_room()) return std::nullopt;
    using client_parts::outbox;
    using client_parts::write_order;
    const auto now = time_.now();
    const auto frames = codec_.protocol().frames();
    const auto who = outbox_.choose({sequence_acks_.due(), link_.ping_due(), requests_.next_write(),
                                     invocations_.next_write(), publisher_.next_write(write_order::by_ticket),
                                     publisher_.next_write(write_order::streaming), requests_.waits_for_answers()});
    switch (who) {
    case outbox::writer::none: break;
    case outbox::writer::sequence_ack: {
        ++counters_.sequence_acks_sent;
        return hand_out(who, {frames, encoder_.encode_own(sequence_ack_message{sequence_acks_.begin_write()})});
    }
    case outbox::writer::ping: {
        ++counters_.pings_sent;
        link_.begin_ping();
        requests_.handle_ping_written();
        return hand_out(who, {frames, encoder_.encode_own(ping_message{})});
    }
    case outbox::writer::requests: {
        auto frame = requests_.begin_write(now);
        if (requests_.wants_sign_of_life()) link_.want_ping();
        collect();
        return hand_out(who, std::move(frame));
    }
    case outbox::writer::invocations: return hand_out(who, {frames, invocations_.begin_write(now)});
    case outbox::writer::stream_start:
        return hand_out(who, {frames, publisher_.begin_write(now, write_order::by_ticket)});
    case outbox::writer::stream: return hand_out(who, {frames, publisher_.begin_write(now, write_order::streaming)});
    }
    return std::nullopt;
}

WEBPUBSUB_COLD_DECL std::optional<transmit> client::hand_out(client_parts::outbox::writer who,
                                                             client_parts::outgoing_frame frame) {
    outbox_.begin_write(time_.now(), who, frame.bytes.size());
    ++counters_.frames_sent;
    counters_.bytes_sent += frame.bytes.size();
    transmit message{link_.transport(), frame.kind, std::move(frame.bytes)};
    // A request that nobody acknowledges ends with its writing, and may have been the last one.
    if (finish_by_.set) settle();
    return message;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
