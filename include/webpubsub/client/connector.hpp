// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/event.hpp>
#include <webpubsub/client/options.hpp>
#include <webpubsub/client/recovery_url.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/track/backoff.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Gets one transport after another: waits before an attempt, finds the URL, asks for the transport and watches over
/// its handshake. What the transport is used for is not its business.
class connector {
public:
    enum class step : std::uint8_t { idle, waiting, awaiting_url, opening, open };

    connector(const client_options& options, std::string subprotocol)
        : subprotocol_(std::move(subprotocol)),
          handshake_timeout_(options.handshake_timeout),
          url_renewal_margin_(options.url_renewal_margin),
          fresh_{options.reconnect, 0},
          recovery_{options.recovery, 0},
          chance_(options.seed),
          url_(options.url),
          url_is_fixed_(!options.url.empty()) {}

    connector::step step() const noexcept { return step_; }
    const std::string& subprotocol() const noexcept { return subprotocol_; }

    /// The transport that is being opened or is open, else 0.
    transport_id transport() const noexcept { return step_ == step::opening || step_ == step::open ? transport_ : 0; }

    /// Transports that were asked for, ever.
    std::uint64_t attempts_made() const noexcept { return transport_; }

    /// Attempts since the last good connection, the present one included.
    unsigned attempts(connect_purpose purpose) const noexcept { return series_of(purpose).attempts; }

    /// The id and the token of the connection to recover, needed before `begin` with that purpose.
    void set_recovery(std::string_view connection_id, std::string_view token) {
        connection_id_ = connection_id;
        token_ = token;
    }

    /// Plans the next attempt: now for the first one, else after a delay. Returns what to ask for, if anything yet.
    std::optional<client_event> begin(steady_time now, connect_purpose purpose) {
        purpose_ = purpose;
        const auto& past = series_of(purpose);
        if (past.attempts == 0) return attempt(now);
        step_ = step::waiting;
        deadline_ = now + backoff_delay(past.options, past.attempts, chance_);
        return std::nullopt;
    }

    /// Takes an answer to `need_url`; one that comes too late is ignored.
    std::optional<client_event> provide_url(steady_time now, std::uint64_t request, std::string url,
                                            duration lifetime) {
        if (!awaits_url(request)) return std::nullopt;
        url_ = std::move(url);
        // Some lifetimes don't fit behind `now`.
        url_expires_ = lifetime < steady_time::max() - now ? now + lifetime : steady_time::max();
        refused_status_ = 0;
        return open(now);
    }

    bool awaits_url(std::uint64_t request) const noexcept {
        return step_ == step::awaiting_url && request == url_request_;
    }

    void opened() noexcept { step_ = step::open; }

    /// The open transport carries a connection: its handshake is over.
    void established() noexcept { deadline_.reset(); }

    /// The connection has been up for long enough: the next attempt follows without delay.
    void good() noexcept {
        fresh_.attempts = 0;
        recovery_.attempts = 0;
    }

    /// The service answered the handshake with this status.
    void refused(unsigned http_status) noexcept {
        if (http_status == 401 || http_status == 403) refused_status_ = http_status;
    }

    /// Lets go of the transport or the attempt.
    void drop() noexcept {
        step_ = step::idle;
        deadline_.reset();
    }

    /// The end of the wait before an attempt, or of the handshake.
    std::optional<steady_time> deadline() const noexcept { return deadline_; }

    /// The wait is over: tries.
    std::optional<client_event> attempt(steady_time now) {
        deadline_.reset();
        ++series_of(purpose_).attempts;
        const bool usable = url_is_fixed_ || (purpose_ == connect_purpose::recovery && url_is_good(now));
        if (usable) return open(now);
        step_ = step::awaiting_url;
        return client_events::need_url{++url_request_, purpose_, refused_status_};
    }

private:
    struct series {
        backoff_options options;
        unsigned attempts = 0;
    };

    series& series_of(connect_purpose purpose) noexcept {
        return purpose == connect_purpose::fresh ? fresh_ : recovery_;
    }
    const series& series_of(connect_purpose purpose) const noexcept {
        return purpose == connect_purpose::fresh ? fresh_ : recovery_;
    }

    bool url_is_good(steady_time now) const noexcept {
        return !url_.empty() && refused_status_ == 0 && now < url_expires_ - url_renewal_margin_;
    }

    client_event open(steady_time now) {
        step_ = step::opening;
        if (handshake_timeout_ > duration::zero()) deadline_ = now + handshake_timeout_;
        const bool recovery = purpose_ == connect_purpose::recovery;
        return client_events::open_transport{++transport_, recovery ? recovery_url(url_, connection_id_, token_) : url_,
                                             subprotocol_};
    }

    std::string subprotocol_;
    duration handshake_timeout_;
    duration url_renewal_margin_;
    series fresh_;
    series recovery_;
    jitter_source chance_;

    enum step step_ = step::idle;
    connect_purpose purpose_ = connect_purpose::fresh;
    std::optional<steady_time> deadline_;
    transport_id transport_ = 0;

    std::string url_;
    bool url_is_fixed_;
    steady_time url_expires_ = steady_time::max();
    std::uint64_t url_request_ = 0;
    unsigned refused_status_ = 0;
    std::string connection_id_;
    std::string token_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
