// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/options.hpp>
#include <webpubsub/client/orders.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/support/backoff.hpp>
#include <webpubsub/support/queue.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/variant.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// Makes an order in `out`, whose members the caller then sets.
template <class Order>
Order& make_order(polled<client_order>& out) {
    out = polled<client_order>(new client_order);
    return out->template emplace<Order>();
}

/// Gets one transport after another: waits before an attempt, finds the URL, asks for the transport and watches over
/// its handshake. What the transport is used for is not its business. What is to be done outside it returns as an
/// order.
class connector {
public:
    enum class step : std::uint8_t { idle, waiting, awaiting_url, opening, open };

    connector(const client_options& options, std::string subprotocol, std::uint64_t seed);

    connector::step step() const noexcept { return step_; }
    connect_purpose purpose() const noexcept { return purpose_; }
    const std::string& subprotocol() const noexcept { return subprotocol_; }

    /// The transport that is being opened or is open; 0 while there is none.
    transport_id transport() const noexcept {
        return step_ == step::opening || step_ == step::open ? transport_ : transport_id{};
    }

    /// Transports that were asked for, ever.
    std::uint64_t transports_asked_for() const noexcept { return number_of(transport_); }

    /// Attempts since the last good connection, the present one included.
    unsigned attempts(connect_purpose purpose) const noexcept { return series_of(purpose).attempts; }

    /// Whether the URL is a fixed one, and the service has refused it in the present attempt.
    bool fixed_url_is_refused() const noexcept { return url_.is_fixed && refused_status_ != 0; }

    /// The id and the token of the connection to recover, needed before `begin` with that purpose.
    void set_recovery(std::string_view connection_id, std::string_view token);

    /// Plans the next attempt. `at_once` leaves out the wait before the first one, as a new client does.
    [[nodiscard]] polled<client_order> begin(steady_time now, connect_purpose purpose, bool at_once = false);

    /// Takes an answer to `need_url`; one that comes too late is ignored. `errc::invalid_url` leaves all as it was.
    [[nodiscard]] result<void> provide_url(steady_time now, url_request_id request, std::string_view url,
                                           std::optional<duration> lifetime, polled<client_order>& wanted);

    bool awaits_url(url_request_id request) const noexcept {
        return step_ == step::awaiting_url && request == url_.request;
    }

    void handle_opened() noexcept { step_ = step::open; }

    /// The open transport carries a connection: its handshake is over.
    void end_handshake() noexcept { deadline_.reset(); }

    /// The connection has been up for long enough: the next attempt is a first one again.
    void reset_delays() noexcept;

    /// The service answered the handshake with this status, and perhaps with a time before which not to come back.
    void handle_refused(unsigned http_status, std::optional<duration> retry_after) noexcept;

    /// Lets go of the transport or the attempt.
    void drop() noexcept;

    /// The time of a process that was suspended does not count, but URLs expire in it.
    void handle_suspension(duration lost) noexcept;

    /// The end of the wait before an attempt, of the wait for a URL, or of the handshake.
    std::optional<steady_time> deadline() const noexcept { return deadline_; }

    /// The wait before an attempt is over: tries.
    [[nodiscard]] polled<client_order> attempt(steady_time now);

private:
    struct series {
        backoff_options delays;
        duration first_delay;
        std::optional<duration> limit;
        unsigned attempts = 0;
    };

    struct url_source {
        std::string url;
        bool is_fixed = false;
        /// Nothing for a URL that does not expire.
        std::optional<steady_time> expires{};
        url_request_id request{};
        std::optional<duration> answer_timeout;
        duration renewal_margin;
    };

    series& series_of(connect_purpose purpose) noexcept {
        return purpose == connect_purpose::fresh ? fresh_ : recovery_;
    }
    const series& series_of(connect_purpose purpose) const noexcept {
        return purpose == connect_purpose::fresh ? fresh_ : recovery_;
    }
    duration delay(series& past) noexcept;
    bool has_url(steady_time now) const noexcept;
    polled<client_order> open(steady_time now);

    std::string subprotocol_;
    series fresh_;
    series recovery_;
    url_source url_;
    duration max_retry_after_;
    detail::jitter_source chance_;

    enum step step_ = step::idle;
    connect_purpose purpose_ = connect_purpose::fresh;
    std::optional<steady_time> deadline_;
    transport_id transport_{};
    unsigned refused_status_ = 0;
    std::optional<duration> retry_after_;
    std::string connection_id_;
    std::string token_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/connector.ipp>
#endif
