// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/link.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/websocket_address.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

WEBPUBSUB_COLD_DECL link::link(const client_options& options, link_mode mode, std::uint64_t seed)
    : settings_{options.connect, options.recovery, options.events.report_states},
      mode_(std::move(mode)),
      connector_(options, mode_.subprotocol, seed),
      keep_alive_(mode_.raw ? client_keep_alive_options{std::nullopt, std::nullopt, options.keep_alive.suspension}
                            : options.keep_alive) {}

WEBPUBSUB_COLD_DECL result<void> link::check(const client_options& options) {
    const auto is_negative = [](const std::optional<duration>& value) { return value && *value < duration::zero(); };
    const auto refuse = [](const char* name) { return error::about(errc::invalid_option, name); };
    if (!options.url.empty()) {
        if (auto valid = check_websocket_url(options.url); !valid) return valid;
    }
    const auto& connect = options.connect;
    if (is_negative(connect.first_delay)) return refuse("connect.first_delay");
    if (is_negative(connect.stable_time)) return refuse("connect.stable_time");
    if (is_negative(connect.handshake_timeout)) return refuse("connect.handshake_timeout");
    if (is_negative(connect.url_timeout)) return refuse("connect.url_timeout");
    if (is_negative(connect.url_renewal_margin)) return refuse("connect.url_renewal_margin");
    if (is_negative(connect.max_retry_after)) return refuse("connect.max_retry_after");
    // Attempts without any pause would flood the service.
    const auto has_pauses = [](const backoff_options& delays) {
        return detail::is_valid(delays) && delays.base > duration::zero() && delays.max > duration::zero();
    };
    if (!has_pauses(connect.delays)) return refuse("connect.delays");
    const auto& recovery = options.recovery;
    if (is_negative(recovery.window)) return refuse("recovery.window");
    if (is_negative(recovery.attempt_timeout)) return refuse("recovery.attempt_timeout");
    if (is_negative(recovery.confirmation)) return refuse("recovery.confirmation");
    if (is_negative(recovery.first_delay)) return refuse("recovery.first_delay");
    if (!has_pauses(recovery.delays)) return refuse("recovery.delays");
    // Nor may a connection be good at once and the next attempt be made at once.
    const bool at_once = connect.first_delay == duration::zero() || recovery.first_delay == duration::zero();
    if (connect.stable_time == duration::zero() && at_once) return refuse("connect.stable_time");
    const auto& keep_alive = options.keep_alive;
    if (keep_alive.interval && *keep_alive.interval <= duration::zero()) return refuse("keep_alive.interval");
    if (keep_alive.timeout && *keep_alive.timeout <= duration::zero()) return refuse("keep_alive.timeout");
    // A deadline that is met a little late, as every one is, would never pass.
    if (keep_alive.suspension && *keep_alive.suspension < std::chrono::seconds(1)) {
        return refuse("keep_alive.suspension");
    }
    return {};
}

WEBPUBSUB_COLD_DECL bool link::poll_step(std::optional<link_change>& change, polled<client_event>& event) {
    if (steps_.taken == steps_.size) {
        steps_ = {};
        return false;
    }
    change.reset();
    if (const auto what = steps_.what[steps_.taken++]; what == an_event) {
        event = events_.poll();
    } else {
        change = static_cast<link_change>(what);
    }
    return true;
}

WEBPUBSUB_COLD_DECL void link::enter(client_state next) {
    if (settings_.report_states && next != state()) {
        auto& event = add<client_events::state_changed>();
        event.from = state();
        event.to = next;
    }
    state_.value = next;
}

WEBPUBSUB_COLD_DECL result<void> link::start(steady_time now) {
    if (state() != client_state::idle) return state() == client_state::stopped ? errc::stopped : errc::already_started;
    if (!mode_.subprotocol.empty() && !is_http_token(mode_.subprotocol)) return errc::wrong_subprotocol;
    enter(client_state::connecting);
    order(connector_.begin(now, connect_purpose::fresh, true));
    return {};
}

WEBPUBSUB_COLD_DECL void link::stop(std::optional<error> reason) {
    if (state() == client_state::stopped) return;
    close_transport(close_code::normal, {});
    release_transport();
    const bool had_connection = has_connection();
    enter(client_state::stopped);
    if (had_connection) forget_connection(close_code::normal, {}, false);
    end(reason);
}

WEBPUBSUB_COLD_DECL void link::end(std::optional<error> reason) {
    connector_.drop();
    deadlines_ = {};
    session_ = {};
    enter(client_state::stopped);
    tell(link_change::stopped);
    add<client_events::stopped>().error = reason;
}

WEBPUBSUB_COLD_DECL result<void> link::provide_url(steady_time now, url_request_id request, std::string_view url,
                                                   std::optional<duration> lifetime) {
    polled<client_order> wanted;
    auto provided = connector_.provide_url(now, request, url, lifetime, wanted);
    order(std::move(wanted));
    return provided;
}

WEBPUBSUB_COLD_DECL void link::fail_url(steady_time now, url_request_id request) {
    if (connector_.awaits_url(request)) lose_transport(now, 0, message_of(errc::no_url_provided));
}

WEBPUBSUB_COLD_DECL void link::handle_opened(steady_time now, std::string_view subprotocol, bool event_unanswered) {
    if (connector_.step() != connector::step::opening) return;
    if (!mode_.raw && !equal_ignoring_case(subprotocol, mode_.subprotocol)) {
        add<client_events::protocol_error>().error = errc::wrong_subprotocol;
        close_transport(close_code::protocol_error, message_of(errc::wrong_subprotocol));
        lose_transport(now, 0, message_of(errc::wrong_subprotocol));
        return;
    }
    connector_.handle_opened();
    reading_paused_ = false;
    if (state() == client_state::recovering) {
        connector_.end_handshake();
        keep_alive_.start(now);
        if (keep_alive_.may_ping()) keep_alive_.ask_without_limit();
        const bool may_be_held_back = event_unanswered && keep_alive_.may_ping();
        deadlines_.confirmation = add_saturating(now, settings_.recovery.confirmation);
        if (may_be_held_back && session_.recovery_ends > *deadlines_.confirmation) {
            deadlines_.confirmation = session_.recovery_ends;
        }
        transport_announced_ = true;
        tell(link_change::recovering);
    } else if (mode_.raw) {
        connected_message none;
        establish(now, none);
    }
}

WEBPUBSUB_COLD_DECL void link::handle_open_failed(steady_time now, unsigned http_status,
                                                  std::optional<duration> retry_after, std::string_view reason) {
    connector_.handle_refused(http_status, retry_after);
    // A transport that was open can only be lost.
    lose_transport(now, is_open() ? close_code::abnormal : std::uint16_t{0}, reason, http_status);
}

WEBPUBSUB_COLD_DECL void link::handle_closed(steady_time now, std::uint16_t code, std::string_view reason) {
    lose_transport(now, code == 0 ? close_code::abnormal : code, reason);
}

WEBPUBSUB_COLD_DECL void link::establish(steady_time now, connected_message& message) {
    session_ = {};
    session_.connection_id.swap(message.connection_id);
    session_.user_id.swap(message.user_id);
    session_.reconnection_token.swap(message.reconnection_token);
    enter(client_state::connected);
    had_connection_ = true;
    transport_announced_ = true;
    connector_.end_handshake();
    keep_alive_.start(now);
    if (reading_paused_) keep_alive_.set_reading(false);
    deadlines_ = {};
    deadlines_.stable = add_saturating(now, settings_.connect.stable_time);
    auto& event = add<client_events::connected>();
    event.connection_id = session_.connection_id;
    event.user_id = session_.user_id;
    tell(link_change::up);
}

WEBPUBSUB_COLD_DECL void link::confirm(steady_time now) {
    if (state() != client_state::recovering) return;
    enter(client_state::connected);
    deadlines_ = {};
    deadlines_.stable = add_saturating(now, settings_.connect.stable_time);
    add<client_events::recovered>().connection_id = session_.connection_id;
    tell(link_change::recovered);
}

WEBPUBSUB_COLD_DECL void link::handle_connected(steady_time now, connected_message& message) {
    if (has_connection() && message.connection_id == session_.connection_id) {
        confirm(now);
        // It may bring a new token (sessions.md section 7.1).
        if (!message.reconnection_token.empty()) session_.reconnection_token.swap(message.reconnection_token);
        return;
    }
    if (has_connection()) {
        // The service has made another connection on the same transport.
        if (std::exchange(transport_announced_, false)) tell(link_change::down);
        forget_connection(close_code::none, {}, false);
    }
    establish(now, message);
}

WEBPUBSUB_COLD_DECL void link::abandon(steady_time now, std::uint16_t code, std::string_view reason) {
    close_transport(code, reason);
    if (!has_connection()) return lose_transport(now, 0, reason);
    release_transport();
    lose_connection(now, close_code::abnormal, reason, false);
}

WEBPUBSUB_COLD_DECL bool link::may_be_recovered(std::uint16_t code) const noexcept {
    switch (code) {
    // After these the service has ended the connection (sessions.md section 7.3).
    case close_code::normal:
    case close_code::protocol_error:
    case close_code::unsupported_data:
    case close_code::invalid_payload:
    case close_code::policy_violation:
    case close_code::message_too_big: return false;
    default: break;
    }
    return settings_.recovery.enabled && mode_.reliable && !session_.reconnection_token.empty() &&
           !session_.end_is_announced;
}

WEBPUBSUB_COLD_DECL void link::close_transport(std::uint16_t code, std::string_view reason) {
    const auto transport = connector_.transport();
    if (transport == transport_id{}) return;
    polled<client_order> wanted;
    auto& close = make_order<client_orders::close_transport>(wanted);
    close.transport = transport;
    close.code = code;
    close.reason = reason;
    order(std::move(wanted));
}

/// Forgets the transport, and tells the parts if they knew of it.
WEBPUBSUB_COLD_DECL void link::release_transport() {
    connector_.drop();
    keep_alive_.stop();
    deadlines_.confirmation.reset();
    deadlines_.stable.reset();
    if (std::exchange(transport_announced_, false)) tell(link_change::down);
}

/// The transport is lost or could not be had. A code of 0 says that it never was open.
WEBPUBSUB_COLD_DECL void link::lose_transport(steady_time now, std::uint16_t code, std::string_view reason,
                                              unsigned http_status) {
    release_transport();
    switch (state()) {
    case client_state::idle:
    case client_state::stopped: return;
    case client_state::connecting: {
        // The service may say why in a message, and close without a reason.
        const auto message = std::exchange(session_.announced_end, {});
        session_.end_is_announced = false;
        const auto why = reason.empty() ? std::string_view(message) : reason;
        return fail_attempt(now, connect_purpose::fresh, code, why, http_status);
    }
    case client_state::recovering:
        if (!may_be_recovered(code)) break;
        if (now >= session_.recovery_ends) {
            return lose_connection(now, session_.lost_code, session_.lost_reason, false);
        }
        return fail_attempt(now, connect_purpose::recovery, code, reason, http_status);
    case client_state::connected:
        if (!may_be_recovered(code)) break;
        enter(client_state::recovering);
        session_.lost_code = code;
        session_.lost_reason = reason;
        session_.recovery_ends = add_saturating(now, settings_.recovery.window);
        deadlines_.recovery_window = session_.recovery_ends;
        auto& event = add<client_events::recovering>();
        event.connection_id = session_.connection_id;
        event.code = code;
        event.reason = reason;
        connector_.set_recovery(session_.connection_id, session_.reconnection_token);
        return order(connector_.begin(now, connect_purpose::recovery));
    }
    const bool verdict = code == close_code::unsupported_data || code == close_code::invalid_payload ||
                         code == close_code::message_too_big;
    lose_connection(now, code, reason, verdict);
}

/// Gives up a transport that does not do what it should, without a close frame: the connection may go on.
WEBPUBSUB_COLD_DECL void link::drop_transport(steady_time now, std::string_view reason) {
    const bool was_open = is_open();
    close_transport(close_code::none, reason);
    lose_transport(now, was_open ? close_code::abnormal : std::uint16_t{0}, reason);
}

/// Tells of an attempt that failed and plans the next one.
WEBPUBSUB_COLD_DECL void link::fail_attempt(steady_time now, connect_purpose purpose, std::uint16_t code,
                                            std::string_view reason, unsigned http_status) {
    auto& failure = add<client_events::connect_failed>();
    failure.purpose = purpose;
    failure.attempt = connector_.attempts(purpose);
    failure.http_status = http_status;
    failure.code = code;
    failure.reason = reason;
    if (purpose == connect_purpose::fresh) {
        const auto& limit = settings_.connect.max_attempts;
        if (settings_.connect.stop_when_url_is_refused && connector_.fixed_url_is_refused()) {
            return end(error(errc::url_refused));
        }
        if ((limit && failure.attempt >= *limit) || (!settings_.connect.retry_first && !had_connection_)) {
            return end({});
        }
    }
    order(connector_.begin(now, purpose));
    const auto next = connector_.deadline().value_or(now);
    if (purpose == connect_purpose::recovery && next >= session_.recovery_ends) {
        connector_.drop();
    } else {
        failure.retry_in = next - now;
    }
}

/// The connection can't be recovered; a new one takes its place.
WEBPUBSUB_COLD_DECL void link::lose_connection(steady_time now, std::uint16_t code, std::string_view reason,
                                               bool verdict) {
    enter(settings_.connect.auto_reconnect ? client_state::connecting : client_state::stopped);
    forget_connection(code, reason, verdict);
    if (!settings_.connect.auto_reconnect) return end({});
    order(connector_.begin(now, connect_purpose::fresh));
}

WEBPUBSUB_COLD_DECL void link::forget_connection(std::uint16_t code, std::string_view reason, bool verdict) {
    deadlines_ = {};
    auto& event = add<client_events::disconnected>();
    event.connection_id = session_.connection_id;
    event.code = code;
    event.reason = reason;
    event.message = session_.announced_end;
    tell(verdict ? link_change::replaced_after_rejected_frame : link_change::replaced);
    session_ = {};
}

WEBPUBSUB_COLD_DECL void link::handle_suspension(steady_time now, duration lost, bool event_unanswered) {
    connector_.handle_suspension(lost);
    if (!may_write()) return;
    // A ping may wait behind an event, and without pings silence means nothing.
    if (keep_alive_.may_ping() && !event_unanswered) {
        keep_alive_.ask(now, settings_.recovery.confirmation);
    } else {
        keep_alive_.ask_without_limit();
    }
}

WEBPUBSUB_COLD_DECL void link::set_reading(bool wanted) {
    // Before a connection is up there is nothing to pause: what is read then is its first message.
    if (wanted != reading_paused_ || (wanted ? !is_open() : !may_write())) return;
    reading_paused_ = !wanted;
    keep_alive_.set_reading(wanted);
    polled<client_order> change;
    if (wanted) {
        make_order<client_orders::resume_reading>(change).transport = transport();
    } else {
        make_order<client_orders::pause_reading>(change).transport = transport();
    }
    order(std::move(change));
}

WEBPUBSUB_COLD_DECL std::optional<steady_time> link::deadline() const {
    const auto attempt = earlier(connector_.deadline(), deadlines_.recovery_window);
    return earlier(earlier(attempt, keep_alive_.deadline()), earlier(deadlines_.confirmation, deadlines_.stable));
}

WEBPUBSUB_COLD_DECL void link::handle_timeout(steady_time now) {
    const auto is_due = [now](const std::optional<steady_time>& when) { return when && *when <= now; };
    if (is_due(deadlines_.stable)) {
        deadlines_.stable.reset();
        connector_.reset_delays();
    }
    if (is_due(deadlines_.confirmation)) {
        deadlines_.confirmation.reset();
        if (keep_alive_.excuses_silence()) {
            deadlines_.confirmation = add_saturating(now, settings_.recovery.confirmation);
        } else if (keep_alive_.may_ping()) {
            drop_transport(now, "The recovery was not confirmed in time.");
        } else {
            confirm(now);
        }
    }
    if (is_due(deadlines_.recovery_window)) {
        deadlines_.recovery_window.reset();
        // An open transport is confirmed or refused soon.
        if (!is_open()) {
            close_transport(close_code::none, {});
            release_transport();
            return lose_connection(now, session_.lost_code, session_.lost_reason, false);
        }
    }
    if (is_due(connector_.deadline())) {
        switch (connector_.step()) {
        case connector::step::waiting: order(connector_.attempt(now)); break;
        case connector::step::awaiting_url: lose_transport(now, 0, message_of(errc::no_url_provided)); break;
        default: drop_transport(now, "The handshake took too long."); break;
        }
    }
    if (keep_alive_.handle_timeout(now)) drop_transport(now, "Nothing was received for too long.");
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
