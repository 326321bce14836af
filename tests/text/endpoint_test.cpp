// SPDX-License-Identifier: MIT
#include <webpubsub/text/endpoint.hpp>

#include "support/catch.hpp"

#include <optional>
#include <string>
#include <string_view>

using namespace webpubsub;

TEST_CASE("an endpoint is read from a URL of either scheme and written back in both") {
    struct row {
        std::string_view url, http, websocket;
    };
    const auto [url, http, websocket] = GENERATE(values<row>({
        {"https://a.webpubsub.azure.com", "https://a.webpubsub.azure.com", "wss://a.webpubsub.azure.com"},
        {"https://a.webpubsub.azure.com/", "https://a.webpubsub.azure.com", "wss://a.webpubsub.azure.com"},
        {"https://a.webpubsub.azure.com///", "https://a.webpubsub.azure.com", "wss://a.webpubsub.azure.com"},
        {"HTTP://LocalHost:8080", "http://localhost:8080", "ws://localhost:8080"},
        {"ws://127.0.0.1:80/", "http://127.0.0.1", "ws://127.0.0.1"},
        {"wss://host_1:443", "https://host_1", "wss://host_1"},
        {"https://host:80", "https://host:80", "wss://host:80"},
        {"http://host:443", "http://host:443", "ws://host:443"},
        {"http://host:0008080", "http://host:8080", "ws://host:8080"},
        {"http://[::1]", "http://[::1]", "ws://[::1]"},
        {"http://[2001:DB8::1]:65535/", "http://[2001:db8::1]:65535", "ws://[2001:db8::1]:65535"},
    }));
    CAPTURE(url);
    const auto where = parse_endpoint(url);
    REQUIRE(where);
    CHECK(http_origin(*where) == http);
    CHECK(websocket_origin(*where) == websocket);
    CHECK(parse_endpoint(http) == where);
    CHECK(parse_endpoint(websocket) == where);
}

TEST_CASE("what is not an origin is no endpoint") {
    const auto* const url =
        GENERATE("", "https", "https:", "https:/", "https://", "https:///", "://host", "host", "//host", "ftp://host",
                 "httpss://host", " https://host", "https://host/path", "https://host/?q=1", "https://host?q",
                 "https://host#f", "https://user@host", "https://user:secret@host", "https://ho st",
                 "https://host:", "https://host:0", "https://host:65536", "https://host:99999999999999999999",
                 "https://host:-1", "https://host:+1", "https://host:80x", "https://host:8080:1", "https://[::1",
                 "https://::1", "https://[]", "https://[g::1]", "https://[::1]x", "https://[::1]x:80", "https://h%6fst",
                 "https://h\xc3\xb6st", "https://host\r\nX: y", "https://host\\path");
    CAPTURE(url);
    const auto where = parse_endpoint(url);
    REQUIRE_FALSE(where);
    CHECK(where.error().code == errc::invalid_url);
}
