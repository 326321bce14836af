// SPDX-License-Identifier: MIT
#include <webpubsub/upstream/url_template.hpp>

#include "support/catch.hpp"

#include <string>

using namespace webpubsub;

namespace {

std::string expanded(std::string_view text, std::string_view hub = "chat", std::string_view event = "connect") {
    const auto parsed = url_template::parse(text);
    REQUIRE(parsed);
    return parsed->origin() + parsed->target(hub, event);
}

error refusal_of(std::string_view text) {
    const auto parsed = url_template::parse(text);
    REQUIRE_FALSE(parsed);
    return parsed.error();
}

} // namespace

TEST_CASE("parameters of a URL stand for the hub and the event, in any case and wherever they are in path and query") {
    CHECK(expanded("https://a.net/{hub}/{event}") == "https://a.net/chat/connect");
    CHECK(expanded("https://a.net/{HUB}{Event}?e={eVENT}&code=x%20y") ==
          "https://a.net/chatconnect?e=connect&code=x%20y");
    CHECK(expanded("http://A.net:8080/eventhandler") == "http://a.net:8080/eventhandler");
    CHECK(expanded("HTTPS://a.net:443") == "https://a.net/");
    CHECK(expanded("https://a.net?code=1") == "https://a.net/?code=1");
    CHECK(expanded("https://[::1]:7/{event}") == "https://[::1]:7/connect");
}

TEST_CASE("values of parameters are percent-encoded, so that no name leaves its place in the URL") {
    CHECK(expanded("https://a.net/{hub}/{event}?x={event}", "a.b`c,d[e]", "../../admin?x=1&y") ==
          "https://a.net/a.b%60c%2Cd%5Be%5D/..%2F..%2Fadmin%3Fx%3D1%26y?x=..%2F..%2Fadmin%3Fx%3D1%26y");
    CHECK(expanded("https://a.net/{event}", "chat", "{hub}\r\nX: y") == "https://a.net/%7Bhub%7D%0D%0AX%3A%20y");
}

TEST_CASE("a URL that no event can be sent to is refused, with the place of what is wrong") {
    CHECK(refusal_of("").code == errc::invalid_url);
    CHECK(refusal_of("a.net/x").code == errc::invalid_url);
    CHECK(refusal_of("ws://a.net/").code == errc::invalid_url);
    CHECK(refusal_of("ftp://a.net/").offset == 0);
    CHECK(refusal_of("https://").code == errc::invalid_url);
    CHECK(refusal_of("https://user@a.net/").code == errc::invalid_url);
    CHECK(refusal_of("https://a.net:99999/").code == errc::invalid_url);
    CHECK(refusal_of("https://{hub}.a.net/").offset == 8);
    CHECK(refusal_of("https://a.net/{other}").offset == 14);
    CHECK(refusal_of("https://a.net/{hub").offset == 14);
    CHECK(refusal_of("https://a.net/}").offset == 14);
    CHECK(refusal_of("https://a.net/{{hub}}").offset == 14);
    CHECK(refusal_of("https://a.net/#x").offset == 14);
    CHECK(refusal_of("https://a.net/a b").offset == 15);
    CHECK(refusal_of("https://a.net/a\r\nX:y").offset == 15);
    CHECK(refusal_of("https://a.net/\xC3\xA4").offset == 14);
}

TEST_CASE("what the service knows and this library does not is refused by its name") {
    CHECK(refusal_of("tunnel:///path").message().find("tunnel") != std::string::npos);
    const auto vault = refusal_of("https://a.net/?code={@Microsoft.KeyVault(SecretUri=https://b.net/secrets/c)}");
    CHECK(vault.message().find("key vault") != std::string::npos);
    CHECK(vault.offset == 20);
}
