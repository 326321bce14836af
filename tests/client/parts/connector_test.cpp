// SPDX-License-Identifier: MIT
#include <webpubsub/client/connector.hpp>

#include "support/catch.hpp"

#include <chrono>

using namespace webpubsub;
using namespace std::chrono_literals;

namespace {

const steady_time now{1h};

client_options fixed_url() {
    client_options options;
    options.url = "ws://h/?a=b";
    options.reconnect = {1s, 4s, 0};
    return options;
}

} // namespace

TEST_CASE("the first attempt is made at once, the next ones after their delays, until one was good") {
    connector c(fixed_url(), "p");
    auto event = c.begin(now, connect_purpose::fresh);
    REQUIRE(event);
    const auto first = std::get<client_events::open_transport>(*event);
    CHECK(first.url == "ws://h/?a=b");
    CHECK(first.subprotocol == "p");
    CHECK(c.transport() == first.transport);
    c.drop();
    CHECK(c.transport() == 0);
    CHECK_FALSE(c.begin(now, connect_purpose::fresh));
    CHECK(c.step() == connector::step::waiting);
    CHECK(c.deadline() == now + 1s);
    event = c.attempt(now + 1s);
    REQUIRE(event);
    CHECK(std::get<client_events::open_transport>(*event).transport != first.transport);
    CHECK(c.attempts(connect_purpose::fresh) == 2);
    c.drop();
    CHECK_FALSE(c.begin(now, connect_purpose::fresh));
    CHECK(c.deadline() == now + 2s);
    c.drop();
    c.good();
    CHECK(c.begin(now, connect_purpose::fresh));
}

TEST_CASE("attempts to connect and to recover are counted apart") {
    connector c(fixed_url(), "p");
    CHECK(c.begin(now, connect_purpose::fresh));
    c.drop();
    c.set_recovery("id", "token");
    const auto event = c.begin(now, connect_purpose::recovery);
    REQUIRE(event);
    CHECK(std::get<client_events::open_transport>(*event).url ==
          "ws://h/?a=b&awps_connection_id=id&awps_reconnection_token=token");
    c.drop();
    CHECK_FALSE(c.begin(now, connect_purpose::recovery));
    CHECK(c.deadline() == now + 1s);
}

TEST_CASE("a handshake has a deadline until the connection is established") {
    auto options = fixed_url();
    options.handshake_timeout = 7s;
    connector c(options, "p");
    CHECK(c.begin(now, connect_purpose::fresh));
    CHECK(c.deadline() == now + 7s);
    c.opened();
    CHECK(c.deadline() == now + 7s);
    c.established();
    CHECK_FALSE(c.deadline());
    options.handshake_timeout = 0s;
    connector patient(options, "p");
    CHECK(patient.begin(now, connect_purpose::fresh));
    CHECK_FALSE(patient.deadline());
}

TEST_CASE("a URL is asked for and used within its lifetime") {
    client_options options;
    options.url_renewal_margin = 10s;
    options.recovery = {0s, 0s, 0};
    connector c(options, "p");
    const auto event = c.begin(now, connect_purpose::fresh);
    REQUIRE(event);
    const auto asked = std::get<client_events::need_url>(*event);
    CHECK(c.awaits_url(asked.request));
    CHECK_FALSE(c.provide_url(now, asked.request + 1, "ws://no/", 1h));
    REQUIRE(c.provide_url(now, asked.request, "ws://h/", 60s));
    CHECK_FALSE(c.provide_url(now, asked.request, "ws://again/", 60s));
    c.drop();
    c.set_recovery("id", "token");
    CHECK(std::holds_alternative<client_events::open_transport>(c.begin(now + 49s, connect_purpose::recovery).value()));
    c.drop();
    CHECK(std::holds_alternative<client_events::need_url>(c.attempt(now + 50s).value()));
}

TEST_CASE("a URL without an end, or with one far away, does not overflow") {
    connector c(client_options{}, "p");
    const auto lifetime = GENERATE(duration::max(), duration::max() / 2);
    const auto asked = std::get<client_events::need_url>(c.begin(now, connect_purpose::fresh).value());
    REQUIRE(c.provide_url(now, asked.request, "ws://h/", lifetime));
    c.drop();
    c.set_recovery("id", "token");
    CHECK(std::holds_alternative<client_events::open_transport>(
        c.begin(now + std::chrono::hours(24 * 365), connect_purpose::recovery).value()));
}
