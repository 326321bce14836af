// SPDX-License-Identifier: MIT
#include <webpubsub/text/websocket_address.hpp>

#include "support/catch.hpp"

using namespace webpubsub;

TEST_CASE("a WebSocket URL is taken apart for a transport") {
    CHECK(parse_websocket_address("wss://Chat.Example.com/client/hubs/h?access_token=t%2B&x=a/b?c").value() ==
          websocket_address{true, "chat.example.com", 443, "chat.example.com",
                            "/client/hubs/h?access_token=t%2B&x=a/b?c"});
    CHECK(parse_websocket_address("ws://127.0.0.1:8080/client").value() ==
          websocket_address{false, "127.0.0.1", 8080, "127.0.0.1:8080", "/client"});
}

TEST_CASE("an IPv6 host has brackets in the header only") {
    CHECK(parse_websocket_address("ws://[2001:DB8::1]:81/a").value() ==
          websocket_address{false, "2001:db8::1", 81, "[2001:db8::1]:81", "/a"});
    CHECK(parse_websocket_address("wss://[::1]").value() == websocket_address{true, "::1", 443, "[::1]", "/"});
}

TEST_CASE("the scheme's own port is not in the header") {
    CHECK(parse_websocket_address("ws://h:80/").value() == websocket_address{false, "h", 80, "h", "/"});
    CHECK(parse_websocket_address("wss://h:443/").value() == websocket_address{true, "h", 443, "h", "/"});
    CHECK(parse_websocket_address("ws://h:443/").value() == websocket_address{false, "h", 443, "h:443", "/"});
}

TEST_CASE("a URL without a path asks for the root") {
    CHECK(parse_websocket_address("ws://h?q=1").value().target == "/?q=1");
}

TEST_CASE("what is not a WebSocket URL is refused where it goes wrong") {
    CHECK(parse_websocket_address("ftp://h/").error() == error(errc::invalid_url, 0));
    CHECK(parse_websocket_address("h/client").error().code == errc::invalid_url);
    CHECK(parse_websocket_address("wss://user@h/").error() == error(errc::invalid_url, 6));
    CHECK(parse_websocket_address("wss://h:0/").error() == error(errc::invalid_url, 8));
    CHECK(parse_websocket_address("wss://h/a#b").error() == error(errc::invalid_url, 9));
}
