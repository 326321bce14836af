// SPDX-License-Identifier: MIT

// From the request for an upgrade to a connection of a hub: sessions.md sections 2 and 4.

#include <webpubsub/access/mint_client_url.hpp>
#include <webpubsub/service/handshake.hpp>

#include "hub/hub_fixture.hpp"
#include "support/access.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <string>

using namespace webpubsub;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

/// A hub whose clients come with a token for the user `ann`, good for an hour, and the group `room`.
struct service_fixture : hub_fixture {
    client_request_rules rules;
    std::string target;

    service_fixture() {
        rules.endpoints = {here};
        rules.keys = {primary};
        client_token_options options;
        options.user_id = "ann";
        options.groups = {"room"};
        target = "/client/hubs/chat?access_token=" +
                 mint_client_token(options, client_audience(here, "chat"), primary, now.wall, hmac).value();
    }

    handshake_verdict judge() const {
        return authenticate_upgrade({target, {}, "json.webpubsub.azure.v1"}, rules, now.wall, hmac);
    }
};

} // namespace

TEST_CASE("a client with a token becomes a connection of the hub, with the token's user and groups") {
    service_fixture f;
    const auto verdict = f.judge();
    REQUIRE(verdict.has_value());
    const auto client = f.connect(verdict->request);
    CHECK(f.first_frame[client] ==
          R"({"type":"system","event":"connected","userId":"ann","connectionId":")" + f.id_of(client) + R"("})");
    CHECK(f.hub.connection_count_of_user("ann") == 1);
    CHECK(f.hub.is_in_group(f.id_of(client), "room"));
}

TEST_CASE("a connection outlives its token, with which nobody connects any more") {
    service_fixture f;
    const auto client = f.connect(f.judge()->request);
    f.advance(2h);
    CHECK(f.judge().error().http_status == 401);
    f.text(client, R"({"type":"ping"})");
    CHECK(f.take(client) == hub_fixture::strings{R"({"type":"pong"})"});
    CHECK_FALSE(f.close_of(client));
}
