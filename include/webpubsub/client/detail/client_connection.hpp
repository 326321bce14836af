// SPDX-License-Identifier: MIT
#pragma once

// The part of `client` that makes, recovers, replaces and ends connections.

#include <webpubsub/client/client.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {

inline bool client::is_current(transport_id transport) {
    if (transport != 0 && transport == connector_.transport()) return true;
    ++counters_.late_inputs;
    return false;
}

inline client_counters client::counters() const noexcept {
    auto all = counters_;
    all.attempts = connector_.attempts_made();
    all.retries = requests_.retries_made();
    return all;
}

inline void client::enter(client_state next) {
    if (options_.report_states && next != state_) push(client_events::state_changed{state_, next});
    state_ = next;
}

inline result<void> client::start(steady_time now) {
    if (state_ == client_state::stopped) return errc::stopped;
    if (state_ != client_state::idle) return errc::already_started;
    enter(client_state::connecting);
    push_if(connector_.begin(now, connect_purpose::fresh));
    return {};
}

inline void client::stop(steady_time) {
    if (state_ == client_state::stopped) return;
    if (const auto transport = connector_.transport(); transport != 0) {
        push(client_events::close_transport{transport, close_code::normal, {}});
    }
    release_transport();
    const bool had_connection = state_ == client_state::connected || state_ == client_state::recovering;
    if (had_connection) forget_connection(close_code::normal, {});
    end();
}

inline void client::finish(steady_time now, duration limit) {
    if (state_ != client_state::stopped) finish_by_ = now + limit;
}

inline void client::end() {
    finish_by_.reset();
    inbound_.clear();
    for (auto& outcome : requests_.give_up()) complete(std::move(outcome));
    timers_.cancel_all();
    enter(client_state::stopped);
    push(client_events::stopped{});
}

inline void client::provide_url(steady_time now, std::uint64_t request, std::string url, duration lifetime) {
    push_if(connector_.provide_url(now, request, std::move(url), lifetime));
}

inline void client::fail_url(steady_time now, std::uint64_t request) {
    if (!connector_.awaits_url(request)) return;
    lose_transport(now, 0, {});
}

inline void client::handle_opened(steady_time now, transport_id transport, std::string_view subprotocol) {
    if (!is_current(transport)) return;
    if (connector_.step() != connector::step::opening) return;
    if (!is_raw() && !equal_ignoring_case(subprotocol, connector_.subprotocol())) {
        push_protocol_error(errc::wrong_subprotocol);
        drop_transport(now, close_code::protocol_error, "The subprotocol was not selected.");
        return;
    }
    connector_.opened();
    if (state_ == client_state::recovering) {
        connector_.established();
        keep_alive_.start(now);
        sequence_.request();
        timers_.set(timer::recovery_confirmation, now + options_.recovery_confirmation);
    } else if (is_raw()) {
        establish(now, {});
    }
}

inline void client::handle_open_failed(steady_time now, transport_id transport, unsigned http_status) {
    if (!is_current(transport)) return;
    connector_.refused(http_status);
    // An open transport can only be lost.
    lose_transport(now, connector_.step() == connector::step::open ? close_code::abnormal : 0, {}, http_status);
}

inline void client::handle_written(steady_time now, transport_id transport) {
    if (!is_current(transport)) return;
    writing_ = false;
    if (std::exchange(stream_writing_, false)) streams_.written(now);
}

inline void client::handle_closed(steady_time now, transport_id transport, std::uint16_t code,
                                  std::string_view reason) {
    if (is_current(transport)) lose_transport(now, code == 0 ? close_code::abnormal : code, reason);
}

inline void client::establish(steady_time now, connected_message message) {
    session_ = {std::move(message.connection_id),
                std::move(message.user_id),
                std::move(message.reconnection_token),
                std::nullopt,
                0,
                {},
                {}};
    enter(client_state::connected);
    ++counters_.connections;
    connector_.established();
    sequence_.reset();
    if (!is_raw()) keep_alive_.start(now);
    timers_.set(timer::stable, now + options_.stable_time);
    push(client_events::connected{session_.connection_id, session_.user_id});
    restore_groups(now);
}

inline void client::confirm_recovery(steady_time now) {
    enter(client_state::connected);
    ++counters_.recoveries;
    timers_.cancel(timer::recovery_window);
    timers_.cancel(timer::recovery_confirmation);
    timers_.set(timer::stable, now + options_.stable_time);
    push(client_events::recovered{session_.connection_id});
    streams_.resume();
}

inline bool client::begins_another_connection() const noexcept {
    const auto* message = std::get_if<connected_message>(&incoming_);
    return message != nullptr && message->connection_id != session_.connection_id;
}

inline bool client::may_be_recovered(std::uint16_t code) const noexcept {
    // After these the service has ended the connection (sessions.md section 7.3).
    for (const auto final_code :
         {close_code::normal, close_code::protocol_error, close_code::unsupported_data, close_code::invalid_payload,
          close_code::policy_violation, close_code::message_too_big}) {
        if (code == final_code) return false;
    }
    return !is_raw() && codec_->protocol().reliable && !session_.reconnection_token.empty() && !session_.closing;
}

/// Forgets the transport. What was written to it and not acknowledged is to be written again on the next.
inline void client::release_transport() {
    connector_.drop();
    keep_alive_.stop();
    timers_.cancel(timer::recovery_confirmation);
    timers_.cancel(timer::stable);
    timers_.cancel(timer::sequence_ack);
    requests_.transport_lost();
    streams_.pause();
    give_up_invocations();
    writing_ = false;
    confirmed_last_ = false;
    stream_writing_ = false;
}

/// The transport is lost or could not be had.
inline void client::lose_transport(steady_time now, std::uint16_t code, std::string_view reason, unsigned http_status) {
    release_transport();
    const bool recovering = state_ == client_state::recovering;
    if (state_ == client_state::connecting) {
        // The service may say why in a message, and close without a reason.
        const auto message = std::exchange(session_.closing, std::nullopt);
        fail_attempt(now, {connect_purpose::fresh, 0, http_status, code,
                           message && reason.empty() ? *message : std::string(reason), std::nullopt});
    } else if (!may_be_recovered(code)) {
        lose_connection(now, code, reason);
    } else if (recovering && now >= session_.recovery_ends) {
        give_up_recovery(now);
    } else if (recovering) {
        fail_attempt(now, {connect_purpose::recovery, 0, http_status, code, std::string(reason), std::nullopt});
    } else {
        enter(client_state::recovering);
        session_.lost_code = code;
        session_.lost_reason = reason;
        session_.recovery_ends = now + options_.recovery_window;
        timers_.set(timer::recovery_window, session_.recovery_ends);
        push(client_events::recovering{session_.connection_id, code, std::string(reason)});
        connector_.set_recovery(session_.connection_id, session_.reconnection_token);
        push_if(connector_.begin(now, connect_purpose::recovery));
    }
}

/// Gives up a transport that is still there.
inline void client::drop_transport(steady_time now, std::uint16_t send_code, std::string_view reason) {
    push(client_events::close_transport{connector_.transport(), send_code, std::string(reason)});
    const bool was_open = connector_.step() == connector::step::open;
    lose_transport(now, send_code != close_code::none ? send_code : was_open ? close_code::abnormal : 0, reason);
}

/// Tells of an attempt that failed and plans the next one.
inline void client::fail_attempt(steady_time now, client_events::connect_failed failure) {
    failure.attempt = connector_.attempts(failure.purpose);
    const auto limit = options_.max_connect_attempts;
    const bool last =
        (limit != 0 && failure.attempt >= limit) || (!options_.retry_first_connect && counters_.connections == 0);
    if (failure.purpose == connect_purpose::fresh && last) {
        push(std::move(failure));
        end();
        return;
    }
    auto request = connector_.begin(now, failure.purpose);
    const auto next = connector_.deadline().value_or(now);
    if (failure.purpose == connect_purpose::recovery && next >= session_.recovery_ends) {
        connector_.drop();
    } else {
        failure.retry_in = next - now;
    }
    push(std::move(failure));
    push_if(std::move(request));
}

/// The recovery window is over.
inline void client::give_up_recovery(steady_time now) {
    const auto reason = session_.lost_reason;
    lose_connection(now, session_.lost_code, reason);
}

/// The connection can't be recovered; a new one takes its place.
inline void client::lose_connection(steady_time now, std::uint16_t code, std::string_view reason) {
    forget_connection(code, reason);
    if (!options_.auto_reconnect) {
        end();
        return;
    }
    enter(client_state::connecting);
    push_if(connector_.begin(now, connect_purpose::fresh));
}

inline void client::forget_connection(std::uint16_t code, std::string_view reason) {
    timers_.cancel_all();
    push(client_events::disconnected{session_.connection_id, code, std::string(reason),
                                     session_.closing.value_or(std::string())});
    // A frame that made the service close must not make it close again.
    const bool harmless = code != close_code::unsupported_data && code != close_code::invalid_payload &&
                          code != close_code::message_too_big;
    using resending = ack_tracker::resending;
    const auto which = !harmless                           ? resending::none
                       : options_.resend_on_new_connection ? resending::all
                                                           : resending::idempotent;
    for (auto& outcome : requests_.connection_lost(which)) complete(std::move(outcome));
    while (streams_.size() != 0) {
        close_stream(std::string(streams_.first_id()), client_events::stream_status::lost, {});
    }
    for (auto& [group, states] : states_) states.clear();
    if (!options_.auto_rejoin) {
        groups_.clear();
        subscriptions_.clear();
        states_.clear();
    }
    session_ = {};
}

/// Subscriptions come after the memberships that they need.
inline void client::restore_groups(steady_time now) {
    for (const auto& group : groups_) restore<join_group_message>(now, purpose::rejoin, group);
    for (const auto& group : subscriptions_) restore<subscribe_group_state_message>(now, purpose::resubscribe, group);
}

template <class Message>
void client::restore(steady_time now, purpose why, const std::string& group) {
    tracked_request request;
    request.id = ++last_ack_id_;
    request.why = why;
    request.group = group;
    if (options_.rejoin_timeout > duration::zero()) request.deadline = now + options_.rejoin_timeout;
    std::string frame;
    codec_->encode(client_message{Message{group, request.id}}, frame);
    request.kind = codec_->protocol().frames();
    request.frame = std::make_shared<const std::string>(std::move(frame));
    requests_.add(std::move(request));
}

inline void client::handle_timeout(steady_time now) {
    if (finish_by_ && *finish_by_ <= now) return stop(now);
    if (const auto deadline = connector_.deadline(); deadline && *deadline <= now) {
        if (connector_.step() == connector::step::waiting) {
            push_if(connector_.attempt(now));
        } else {
            drop_transport(now, close_code::none, "The handshake took too long.");
        }
    }
    if (keep_alive_.expired(now)) drop_transport(now, close_code::none, "Nothing was received for too long.");
    while (const auto due = timers_.pop_due(now)) {
        switch (*due) {
        case timer::recovery_window: {
            // An open transport is not refused yet; that or its confirmation comes soon.
            if (connector_.step() == connector::step::open) break;
            if (const auto transport = connector_.transport(); transport != 0) {
                push(client_events::close_transport{transport, close_code::none, {}});
            }
            release_transport();
            give_up_recovery(now);
            break;
        }
        case timer::recovery_confirmation: confirm_recovery(now); break;
        case timer::stable: connector_.good(); break;
        case timer::sequence_ack: sequence_.request(); break;
        }
    }
    requests_.retry_due(now);
    while (auto outcome = requests_.take_expired(now)) complete(std::move(*outcome));
    while (auto invocation = invocations_.take_expired(now)) {
        complete(std::move(*invocation), client_events::invocation_status::timed_out);
    }
    streams_.handle_timeout(now);
    abandon_streams(now);
}

inline std::optional<steady_time> client::poll_timeout() const {
    std::optional<steady_time> earliest;
    for (const auto& deadline : {connector_.deadline(), keep_alive_.deadline(), timers_.next(), requests_.deadline(),
                                 invocations_.deadline(), streams_.deadline(), inbound_.deadline(), finish_by_}) {
        if (deadline && (!earliest || *deadline < *earliest)) earliest = deadline;
    }
    return earliest;
}

} // namespace webpubsub
