// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/connector.hpp>
#include <webpubsub/client/recovery_url.hpp>
#include <webpubsub/text/websocket_address.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

WEBPUBSUB_COLD_DECL connector::connector(const client_options& options, std::string subprotocol, std::uint64_t seed)
    : subprotocol_(std::move(subprotocol)),
      fresh_{options.connect.delays, options.connect.first_delay, options.connect.handshake_timeout},
      recovery_{options.recovery.delays, options.recovery.first_delay, options.recovery.attempt_timeout},
      url_{options.url, !options.url.empty(), {}, {}, options.connect.url_timeout, options.connect.url_renewal_margin},
      max_retry_after_(options.connect.max_retry_after),
      chance_(seed) {}

WEBPUBSUB_COLD_DECL void connector::set_recovery(std::string_view connection_id, std::string_view token) {
    connection_id_ = connection_id;
    token_ = token;
}

WEBPUBSUB_COLD_DECL polled<client_order> connector::begin(steady_time now, connect_purpose purpose, bool at_once) {
    purpose_ = purpose;
    if (at_once) return attempt(now);
    auto wait = delay(series_of(purpose));
    // The clients that a service has sent away together don't come back together.
    if (retry_after_) wait += *retry_after_;
    retry_after_.reset();
    step_ = step::waiting;
    deadline_ = add_saturating(now, wait);
    return {};
}

WEBPUBSUB_COLD_DECL duration connector::delay(series& past) noexcept {
    if (past.attempts != 0) return detail::backoff_delay(past.delays, past.attempts, chance_);
    return duration(static_cast<duration::rep>(static_cast<double>(past.first_delay.count()) * chance_.next()));
}

WEBPUBSUB_COLD_DECL result<void> connector::provide_url(steady_time now, url_request_id request, std::string_view url,
                                                        std::optional<duration> lifetime,
                                                        polled<client_order>& wanted) {
    if (!awaits_url(request)) return {};
    if (auto valid = check_websocket_url(url); !valid) return valid;
    if (lifetime && *lifetime < duration::zero()) return error::about(errc::invalid_option, "lifetime");
    url_.url = url;
    url_.expires = add_saturating(now, lifetime);
    wanted = open(now);
    return {};
}

WEBPUBSUB_COLD_DECL void connector::reset_delays() noexcept {
    fresh_.attempts = 0;
    recovery_.attempts = 0;
}

WEBPUBSUB_COLD_DECL void connector::handle_refused(unsigned http_status, std::optional<duration> retry_after) noexcept {
    if (http_status == 401 || http_status == 403) refused_status_ = http_status;
    retry_after_.reset();
    if (!retry_after || *retry_after <= duration::zero()) return;
    retry_after_ = *retry_after < max_retry_after_ ? *retry_after : max_retry_after_;
}

WEBPUBSUB_COLD_DECL void connector::drop() noexcept {
    step_ = step::idle;
    deadline_.reset();
}

WEBPUBSUB_COLD_DECL void connector::handle_suspension(duration lost) noexcept {
    if (url_.expires) url_.expires = *url_.expires - lost;
}

WEBPUBSUB_COLD_DECL polled<client_order> connector::attempt(steady_time now) {
    ++series_of(purpose_).attempts;
    if (has_url(now)) return open(now);
    step_ = step::awaiting_url;
    deadline_ = add_saturating(now, url_.answer_timeout);
    url_.request = url_request_id{number_of(url_.request) + 1};
    polled<client_order> wanted;
    auto& need = make_order<client_orders::need_url>(wanted);
    need.request = url_.request;
    need.purpose = purpose_;
    need.refused_status = refused_status_;
    return wanted;
}

WEBPUBSUB_COLD_DECL bool connector::has_url(steady_time now) const noexcept {
    if (url_.is_fixed) return true;
    if (purpose_ == connect_purpose::fresh || url_.url.empty() || refused_status_ != 0) return false;
    return !url_.expires || add_saturating(now, url_.renewal_margin) < *url_.expires;
}

WEBPUBSUB_COLD_DECL polled<client_order> connector::open(steady_time now) {
    step_ = step::opening;
    deadline_ = add_saturating(now, series_of(purpose_).limit);
    transport_ = transport_id{number_of(transport_) + 1};
    // What was said of an earlier attempt says nothing of this one.
    refused_status_ = 0;
    polled<client_order> wanted;
    auto& open = make_order<client_orders::open_transport>(wanted);
    open.transport = transport_;
    open.url = url_.url;
    if (purpose_ == connect_purpose::recovery) open.url = recovery_url(url_.url, connection_id_, token_);
    open.subprotocol = subprotocol_;
    return wanted;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
