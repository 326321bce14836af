// SPDX-License-Identifier: MIT
#include <webpubsub/access/client_token.hpp>
#include <webpubsub/access/mint_client_url.hpp>
#include <webpubsub/access/openssl_hmac.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <vector>

using namespace webpubsub;

TEST_CASE("a connection string makes a URL whose token the service accepts") {
    const openssl_hmac hmac;
    const auto now = wall_time(std::chrono::seconds(1700000000));
    const auto service = parse_connection_string(
        "Endpoint=http://127.0.0.1:8080;AccessKey=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH;Version=1.0;");
    REQUIRE(service);
    client_token_options options;
    options.user_id = "user1";
    const auto url = mint_client_url(*service, "chat", options, now, hmac);
    REQUIRE(url);

    const std::string expected_audience = "http://127.0.0.1:8080/client/hubs/chat";
    const auto token = mint_client_token(options, expected_audience, service->key, now, hmac).value();
    CHECK(*url == "ws://127.0.0.1:8080/client/hubs/chat?access_token=" + token);
    const auto read = parse_client_url(*url);
    REQUIRE(read);
    CHECK(verify_client_token(read->target.access_token, {&service->key, 1}, {&expected_audience, 1}, now, hmac)
              ->user_id == "user1");
}

TEST_CASE("no URL is made for a bad hub or bad claims") {
    const openssl_hmac hmac;
    const connection_string service{{true, "h", {}}, access_key::make(std::string(32, 'k')).value(), "1.0"};
    CHECK(mint_client_url(service, "a/b", {}, {}, hmac).error() == error(errc::invalid_hub_name));
    client_token_options options;
    options.groups = {""};
    CHECK(mint_client_url(service, "chat", options, {}, hmac).error() == error(errc::invalid_group_name));
}
