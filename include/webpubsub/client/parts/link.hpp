// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/events.hpp>
#include <webpubsub/client/options.hpp>
#include <webpubsub/client/orders.hpp>
#include <webpubsub/client/parts/connector.hpp>
#include <webpubsub/client/parts/keep_alive.hpp>
#include <webpubsub/client/parts/link_change.hpp>
#include <webpubsub/client/parts/pending_events.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/support/queue.hpp>
#include <webpubsub/time.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// What kind of connections a link makes.
struct link_mode {
    std::string subprotocol;
    /// Frames are opaque: there is no `connected` message, no ping and no recovery.
    bool raw = false;
    /// Connections can be recovered.
    bool reliable = false;
};

/// Makes connections, keeps them alive, recovers them, replaces them and ends: the states of a client.
///
///     idle        start                                      connecting
///     connecting  `connected` message                        connected
///     connecting  attempt failed                             connecting, or stopped by the options
///     connected   transport lost, may be recovered           recovering
///     connected   transport lost otherwise                   connecting, or stopped by the options
///     connected   `connected` message of another id          connected, to another connection
///     recovering  readable frame                             connected
///     recovering  attempt failed                             recovering
///     recovering  closed with a final code, or window over   connecting, or stopped by the options
///     any         stop                                       stopped, for good
class link {
public:
    link(const client_options& options, link_mode mode, std::uint64_t seed);

    static result<void> check(const client_options& options);

    client_state state() const noexcept { return state_.value; }
    const std::string& connection_id() const noexcept { return session_.connection_id; }
    const std::string& user_id() const noexcept { return session_.user_id; }
    std::uint64_t attempts() const noexcept { return connector_.transports_asked_for(); }

    /// Whether what comes of this transport still counts.
    bool is_current(transport_id transport) const noexcept {
        return transport != transport_id{} && transport == connector_.transport() && state() != client_state::stopped;
    }
    transport_id transport() const noexcept { return connector_.transport(); }
    bool is_open() const noexcept { return connector_.step() == connector::step::open; }
    /// Whether there is a transport on which the client's messages may be written.
    bool may_write() const noexcept { return is_open() && has_connection(); }

    // What happened. After each call take the steps and the orders.

    [[nodiscard]] result<void> start(steady_time now);
    void stop(std::optional<error> reason = {});
    [[nodiscard]] result<void> provide_url(steady_time now, url_request_id request, std::string_view url,
                                           std::optional<duration> lifetime);
    void fail_url(steady_time now, url_request_id request);

    /// `event_unanswered` tells that the service may hold a ping back, behind an event of this connection.
    void handle_opened(steady_time now, std::string_view subprotocol, bool event_unanswered);
    void handle_open_failed(steady_time now, unsigned http_status, std::optional<duration> retry_after,
                            std::string_view reason);
    void handle_closed(steady_time now, std::uint16_t code, std::string_view reason);

    /// Some frame came, readable or not.
    void handle_received(steady_time now) noexcept { keep_alive_.handle_received(now); }
    /// A frame came that the service sends on an established connection.
    void confirm(steady_time now);
    void handle_connected(steady_time now, connected_message& message);
    void handle_disconnected(disconnected_message& message) {
        session_.end_is_announced = true;
        session_.announced_end.swap(message.message);
    }

    /// Gives the connection up and makes a new one, since the service has sent what can't be read. The reason has at
    /// most 123 bytes, as a close frame can carry.
    void abandon(steady_time now, std::uint16_t code, std::string_view reason);

    /// The process was suspended, and this much time does not count.
    void handle_suspension(steady_time now, duration lost, bool event_unanswered);

    /// Asks the host to stop or to go on reading, when that is new. To stop it is asked once a connection is up only.
    void set_reading(bool wanted);

    std::optional<steady_time> deadline() const;
    void handle_timeout(steady_time now);

    // What is to be written.

    bool ping_due() const noexcept { return may_write() && keep_alive_.ping_due(); }
    void begin_ping() noexcept { keep_alive_.begin_ping(); }
    /// Asks for a sign of life, behind what was just written.
    void want_ping() noexcept { keep_alive_.ask_without_limit(); }

    /// What others are told, one after the other: either a change for the parts, or an event for the application.
    /// False when there is no more.
    bool poll_step(std::optional<link_change>& change, polled<client_event>& event);
    polled<client_order> poll_order() noexcept { return orders_.poll(); }

private:
    struct session {
        std::string connection_id;
        std::string user_id;
        std::string reconnection_token;
        /// The service has said that it will close, and why.
        bool end_is_announced = false;
        std::string announced_end;
        /// How the transport was lost that is to be replaced, and until when it can be.
        std::uint16_t lost_code = 0;
        std::string lost_reason;
        steady_time recovery_ends{};
    };
    struct settings {
        client_connect_options connect;
        client_recovery_options recovery;
        bool report_states = false;
    };
    /// In the order of what happened: an event, or a `link_change`. One call causes no more than there is room for.
    struct told {
        std::uint8_t what[16] = {};
        std::uint8_t size = 0;
        std::uint8_t taken = 0;
    };
    static constexpr std::uint8_t an_event = 255;
    /// A link that was moved from is stopped.
    struct present_state {
        client_state value = client_state::idle;

        present_state() = default;
        present_state(const present_state&) = default;
        present_state(present_state&& other) noexcept : value(std::exchange(other.value, client_state::stopped)) {}
        present_state& operator=(const present_state&) = default;
        present_state& operator=(present_state&& other) noexcept {
            value = other.value;
            if (this != &other) other.value = client_state::stopped;
            return *this;
        }
    };
    struct deadlines {
        std::optional<steady_time> recovery_window{};
        std::optional<steady_time> confirmation{};
        std::optional<steady_time> stable{};
    };

    void enter(client_state next);
    void tell(link_change change) { add_step(static_cast<std::uint8_t>(change)); }
    template <class Event>
    Event& add() {
        add_step(an_event);
        return events_.add<Event>();
    }
    void add_step(std::uint8_t what) noexcept {
        assert(steps_.size < sizeof steps_.what);
        steps_.what[steps_.size++] = what;
    }
    void order(polled<client_order>&& wanted) {
        if (wanted) orders_.push(std::move(wanted));
    }
    bool has_connection() const noexcept {
        return state() == client_state::connected || state() == client_state::recovering;
    }
    bool may_be_recovered(std::uint16_t code) const noexcept;
    void establish(steady_time now, connected_message& message);
    void close_transport(std::uint16_t code, std::string_view reason);
    void release_transport();
    void lose_transport(steady_time now, std::uint16_t code, std::string_view reason, unsigned http_status = 0);
    void drop_transport(steady_time now, std::string_view reason);
    void fail_attempt(steady_time now, connect_purpose purpose, std::uint16_t code, std::string_view reason,
                      unsigned http_status);
    void lose_connection(steady_time now, std::uint16_t code, std::string_view reason, bool verdict);
    void forget_connection(std::uint16_t code, std::string_view reason, bool verdict);
    void end(std::optional<error> reason);

    settings settings_;
    link_mode mode_;
    present_state state_;
    connector connector_;
    keep_alive keep_alive_;
    session session_;
    deadlines deadlines_;
    told steps_;
    pending_events events_;
    detail::queue<client_order> orders_;
    bool had_connection_ = false;
    bool reading_paused_ = false;
    /// Whether the transport was told to the parts, by `up` or `recovering`.
    bool transport_announced_ = false;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/link.ipp>
#endif
