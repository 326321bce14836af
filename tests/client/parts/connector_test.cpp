// SPDX-License-Identifier: MIT
#include <webpubsub/client/parts/connector.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <chrono>

using namespace webpubsub;
using namespace webpubsub::client_parts;
using namespace webpubsub::client_orders;
using namespace std::chrono_literals;
using step = enum connector::step;

namespace {

const steady_time now{1h};

client_options calm() {
    client_options options;
    options.connect.delays = {1s, 4s, 0.0};
    options.connect.first_delay = duration::zero();
    options.recovery.delays = {1s, 1s, 0.0};
    options.recovery.first_delay = duration::zero();
    return options;
}

connector with_url(client_options options = calm()) {
    options.url = "ws://h/?a=b";
    return connector(options, "p", 1);
}

result<polled<client_order>> provide(connector& c, steady_time at, url_request_id request, std::string_view url,
                                     std::optional<duration> lifetime) {
    polled<client_order> wanted;
    if (auto provided = c.provide_url(at, request, url, lifetime, wanted); !provided) return provided.error();
    return result<polled<client_order>>(std::move(wanted));
}

open_transport opened(const polled<client_order>& order) {
    REQUIRE(order);
    REQUIRE(holds_alternative<open_transport>(*order));
    return get<open_transport>(*order);
}

need_url asked(const polled<client_order>& order) {
    REQUIRE(order);
    REQUIRE(holds_alternative<need_url>(*order));
    return get<need_url>(*order);
}

} // namespace

TEST_CASE("the very first attempt is made at once, the next ones after their delays, until one was good") {
    auto c = with_url();
    const auto first = opened(c.begin(now, connect_purpose::fresh, true));
    CHECK(first.url == "ws://h/?a=b");
    CHECK(first.subprotocol == "p");
    CHECK(c.transport() == first.transport);
    c.drop();
    CHECK(c.transport() == transport_id{});
    CHECK_FALSE(c.begin(now, connect_purpose::fresh));
    CHECK(c.step() == step::waiting);
    CHECK(c.deadline() == now + 1s);
    CHECK(opened(c.attempt(now + 1s)).transport != first.transport);
    CHECK(c.attempts(connect_purpose::fresh) == 2);
    c.drop();
    CHECK_FALSE(c.begin(now, connect_purpose::fresh));
    CHECK(c.deadline() == now + 2s);
    c.drop();
    c.reset_delays();
    CHECK_FALSE(c.begin(now, connect_purpose::fresh));
    CHECK(c.deadline() == now);
    CHECK(c.transports_asked_for() == 2);
}

TEST_CASE("the first attempt after a good connection has a random delay") {
    auto options = calm();
    options.connect.first_delay = 10s;
    options.recovery.first_delay = 1s;
    options.url = "ws://h/";
    const auto purpose = GENERATE(connect_purpose::fresh, connect_purpose::recovery);
    const duration longest = purpose == connect_purpose::fresh ? 10s : 1s;
    duration least = longest;
    duration most{};
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        connector c(options, "p", seed);
        CHECK_FALSE(c.begin(now, purpose));
        const auto delay = c.deadline().value() - now;
        least = std::min(least, delay);
        most = std::max(most, delay);
    }
    CHECK(least >= 0s);
    CHECK(least < longest / 10);
    CHECK(most > longest * 9 / 10);
    CHECK(most <= longest);
}

TEST_CASE("attempts to connect and to recover are counted apart") {
    auto c = with_url();
    opened(c.begin(now, connect_purpose::fresh, true));
    c.drop();
    c.set_recovery("id", "token");
    CHECK_FALSE(c.begin(now, connect_purpose::recovery));
    CHECK(c.deadline() == now);
    CHECK(opened(c.attempt(now)).url == "ws://h/?a=b&awps_connection_id=id&awps_reconnection_token=token");
    c.drop();
    CHECK_FALSE(c.begin(now, connect_purpose::recovery));
    CHECK(c.deadline() == now + 1s);
}

TEST_CASE("a handshake has a deadline until the connection is established") {
    auto options = calm();
    options.connect.handshake_timeout = 7s;
    auto c = with_url(options);
    opened(c.begin(now, connect_purpose::fresh, true));
    CHECK(c.deadline() == now + 7s);
    c.handle_opened();
    CHECK(c.step() == step::open);
    CHECK(c.deadline() == now + 7s);
    c.end_handshake();
    CHECK_FALSE(c.deadline());
    options.connect.handshake_timeout = std::nullopt;
    auto patient = with_url(options);
    opened(patient.begin(now, connect_purpose::fresh, true));
    CHECK_FALSE(patient.deadline());
}

TEST_CASE("a URL is asked for, within a limit, and used within its lifetime") {
    auto options = calm();
    options.connect.url_renewal_margin = 10s;
    connector c(options, "p", 1);
    const auto ask = asked(c.begin(now, connect_purpose::fresh, true));
    CHECK(c.deadline() == now + 30s);
    CHECK(c.awaits_url(ask.request));
    // Too late, without sense, and right.
    CHECK_FALSE(*provide(c, now, url_request_id{99}, "no URL", 1h));
    CHECK(provide(c, now, ask.request, "no URL", 1h).error().code == errc::invalid_url);
    CHECK(provide(c, now, ask.request, "ws://h/", -1s).error().code == errc::invalid_option);
    CHECK(c.awaits_url(ask.request));
    opened(provide(c, now, ask.request, "ws://h/", 60s).value());
    CHECK_FALSE(*provide(c, now, ask.request, "ws://again/", 60s));
    c.drop();
    c.set_recovery("id", "token");
    CHECK_FALSE(c.begin(now + 49s, connect_purpose::recovery));
    opened(c.attempt(now + 49s));
    c.drop();
    SECTION("it is nearly over") { asked(c.attempt(now + 50s)); }
    SECTION("the process has slept through it") {
        c.handle_suspension(1h);
        asked(c.attempt(now));
    }
    SECTION("it was refused") {
        c.handle_refused(401, {});
        CHECK(asked(c.attempt(now)).refused_status == 401);
    }
    SECTION("a new connection has a new one") {
        CHECK_FALSE(c.begin(now, connect_purpose::fresh));
        CHECK(asked(c.attempt(now)).purpose == connect_purpose::fresh);
    }
}

TEST_CASE("a URL without an end, or with one far away, does not overflow") {
    connector c(calm(), "p", 1);
    const auto lifetime = GENERATE(as<std::optional<duration>>{}, std::nullopt, duration::max(), duration::max() / 2);
    const auto ask = asked(c.begin(now, connect_purpose::fresh, true));
    opened(provide(c, now, ask.request, "ws://h/", lifetime).value());
    c.drop();
    c.set_recovery("id", "token");
    CHECK_FALSE(c.begin(now + std::chrono::hours(24 * 365), connect_purpose::recovery));
    opened(c.attempt(now + std::chrono::hours(24 * 365)));
}

TEST_CASE("a refusal with a time before which not to come back is respected, within a limit, once") {
    auto options = calm();
    options.connect.max_retry_after = 1min;
    auto c = with_url(options);
    opened(c.begin(now, connect_purpose::fresh, true));
    c.drop();
    c.handle_refused(503, 10s);
    CHECK_FALSE(c.begin(now, connect_purpose::fresh));
    // The delay of the series comes on top, with its jitter.
    CHECK(c.deadline() == now + 11s);
    c.handle_refused(503, 1h);
    CHECK_FALSE(c.begin(now, connect_purpose::fresh));
    CHECK(c.deadline() == now + 61s);
    CHECK_FALSE(c.begin(now, connect_purpose::fresh));
    CHECK(c.deadline() == now + 1s);
    c.handle_refused(503, -1s);
    CHECK_FALSE(c.begin(now, connect_purpose::fresh));
    CHECK(c.deadline() == now + 1s);
}

TEST_CASE("only a fixed URL can be refused for good") {
    auto c = with_url();
    CHECK_FALSE(c.fixed_url_is_refused());
    c.handle_refused(503, {});
    CHECK_FALSE(c.fixed_url_is_refused());
    c.handle_refused(403, {});
    CHECK(c.fixed_url_is_refused());
    connector asking(calm(), "p", 1);
    asking.handle_refused(401, {});
    CHECK_FALSE(asking.fixed_url_is_refused());
}
