// SPDX-License-Identifier: MIT
#include <webpubsub/access/audience.hpp>

#include "support/catch.hpp"

#include <string_view>

using namespace webpubsub;

TEST_CASE("the audience of a hub is its client URL with the scheme http or https") {
    CHECK(client_audience({true, "demo.webpubsub.azure.com", {}}, "chat") ==
          "https://demo.webpubsub.azure.com/client/hubs/chat");
    CHECK(client_audience({false, "127.0.0.1", 37133}, "chat") == "http://127.0.0.1:37133/client/hubs/chat");
}

TEST_CASE("audiences that cover a client URL") {
    const auto* const audience = GENERATE(
        "https://h.example:8080/client/hubs/chat", "http://h.example:8080/client/hubs/chat",
        "wss://h.example:8080/client/hubs/chat", "ws://h.example:8080/client/hubs/chat",
        "HTTPS://H.EXAMPLE:8080/CLIENT/HUBS/CHAT", "https://h.example:8080/client/hubs/chat/",
        "https://h.example:8080/client/hubs/chat?x=1", "https://h.example:8080/client/hubs/chat?access_token=a/b",
        "https://h.example:8080/client/hubs/chat#f", "https://h.example:8080/client/hubs",
        "https://h.example:8080/client/hubs/", "https://h.example:8080/client/", "https://h.example:8080/client?hub=x",
        "https://h.example:8080/", "https://h.example:8080", "https://h.example:8080/client/hubs/%63hat",
        "https://h.example:8080/client%2Fhubs%2fchat");
    CAPTURE(audience);
    CHECK(audience_covers(audience, "https://h.example:8080/client/hubs/chat"));
    CHECK(audience_covers(audience, "http://H.example:8080/client/hubs/chat/?y=2"));
}

TEST_CASE("audiences that do not cover a client URL") {
    const auto* const audience = GENERATE(
        "", "chat", "/client/hubs/chat", "h.example:8080/client/hubs/chat", "ftp://h.example:8080/client/hubs/chat",
        "https://h.example:8080/client/hubs/cha", "https://h.example:8080/client/hubs/chat2",
        "https://h.example:8080/client/hubs/chat/x", "https://h.example:8080/client/hu",
        "https://h.example:8080/client/hubs/other", "https://h.example:8080/clients/mqtt/hubs/chat",
        "https://h.example:8080/client//hubs/chat", "https://h.example/client/hubs/chat",
        "https://h.example:8081/client/hubs/chat", "https://evil.example:8080/client/hubs/chat",
        "https://h.example.evil.example:8080/client/hubs/chat", "https://x@h.example:8080/client/hubs/chat",
        "https://h.example:8080@evil.example/client/hubs/chat", "https://", "https://:8080/client/hubs/chat",
        "https://h.example:8080/client/hubs/%2563hat", "https://h.example:8080/client/hubs/cha%", "*");
    CAPTURE(audience);
    CHECK_FALSE(audience_covers(audience, "https://h.example:8080/client/hubs/chat"));
}

TEST_CASE("the default ports of the schemes are the same as no port") {
    struct row {
        std::string_view audience, url;
        bool covers;
    };
    const auto [audience, url, covers] = GENERATE(values<row>({
        {"https://h:443/client", "https://h/client", true},
        {"https://h/client", "wss://h:443/client", true},
        {"http://h:80/client", "https://h/client", true},
        {"https://h:80/client", "https://h/client", false},
        {"http://h:443/client", "http://h/client", false},
    }));
    CAPTURE(audience, url);
    CHECK(audience_covers(audience, url) == covers);
}

TEST_CASE("a hub whose name a URL library escapes is covered in both spellings") {
    const auto expected = client_audience({true, "h", {}}, "a`b[c]");
    CHECK(audience_covers("https://h/client/hubs/a`b[c]", expected));
    CHECK(audience_covers("https://h/client/hubs/a%60b%5Bc%5D", expected));
    CHECK_FALSE(audience_covers("https://h/client/hubs/a%60b%5Bd%5D", expected));
}

TEST_CASE("audiences that are a REST request") {
    const endpoint here{true, "h.example", 8443};
    const auto* const audience = GENERATE(
        // As the documentation, official clients and others write it.
        "https://h.example:8443/api/hubs/chat/groups/g%2F1/:send",
        "https://h.example:8443/api/hubs/chat/groups/g%2F1/:send?api-version=2024-12-01&excluded=a%2Fb",
        "http://h.example:8443/api/hubs/chat/groups/g%2F1/:send",
        "wss://h.example:8443/api/hubs/chat/groups/g%2f1/:send", "WS://H.EXAMPLE:8443/API/hubs/Chat/groups/G%2F1/:SEND",
        "https://h.example:8443/api/hubs/chat/groups/g%2F1/:send/",
        "https://h.example:8443/api/hubs/chat/groups/g%2F1/:send/more",
        "https://h.example:8443/api/hubs/chat/groups/g%2F1/%3Asend",
        "https://h.example:8443/api/hubs/%63hat/groups/g%2F1/:send");
    CAPTURE(audience);
    CHECK(audience_is_request(audience, here, "/api/hubs/chat/groups/g%2F1/:send?api-version=2021-10-01"));
    CHECK(audience_is_request(audience, here, "/api/hubs/chat/groups/g%2F1/:send"));
    CHECK(audience_is_request(audience, here, "/api/hubs/chat/groups/g%2F1/%3Asend/"));
}

TEST_CASE("audiences that are not a REST request") {
    const endpoint here{true, "h.example", 8443};
    const auto* const audience =
        GENERATE("", "chat", "/api/hubs/chat/:send", "ftp://h.example:8443/api/hubs/chat/:send",
                 "https://h.example:8443", "https://h.example:8443/", "https://h.example:8443/api/hubs/chat",
                 "https://h.example:8443/api/hubs/chat/", "https://h.example:8443/api/hubs/chat/:sendx",
                 "https://h.example:8443/api/hubs/chat/:sen", "https://h.example:8443/api/hubs/chat%2F:send",
                 "https://h.example:8443/api/hubs/other/:send", "https://h.example/api/hubs/chat/:send",
                 "https://other.example:8443/api/hubs/chat/:send", "https://h.example:8443/client/hubs/chat",
                 "https://h.example:8443/api/hubs/chat?/:send", "https://h.example:8443/api/hubs/chat#/:send");
    CAPTURE(audience);
    CHECK_FALSE(audience_is_request(audience, here, "/api/hubs/chat/:send"));
}

TEST_CASE("names of a REST request are compared as they are after one decoding") {
    const endpoint here{true, "h", {}};
    const auto is_request = [&here](std::string_view audience_path, std::string_view path) {
        return audience_is_request("https://h" + std::string(audience_path), here, path);
    };
    CHECK(is_request("/api/users/a%20b", "/api/users/a%20b"));
    CHECK(is_request("/api/users/a b", "/api/users/a%20b"));
    CHECK(is_request("/api/users/%61", "/api/users/a"));
    CHECK(is_request("/api/users/100%", "/api/users/100%25"));
    CHECK(is_request("/api/users/a%2520b", "/api/users/a%2520b"));
    // As it is, it may be the decoded path of a request whose name has the escape in it.
    CHECK(is_request("/api/users/a%20b", "/api/users/a%2520b"));
    CHECK_FALSE(is_request("/api/users/a%2520b", "/api/users/a%20b"));
    // A slash in a name is no end of it.
    CHECK_FALSE(is_request("/api/users/a/b", "/api/users/a%2Fb"));
    CHECK_FALSE(is_request("/api/users/a%2Fb", "/api/users/a"));
    CHECK_FALSE(is_request("/api/users/a%3Fb", "/api/users/a"));
    CHECK_FALSE(is_request("/api", "/"));
    CHECK_FALSE(is_request("/api", ""));
    CHECK_FALSE(is_request("/api/users/%zz", "/api/users/%zz"));
}

TEST_CASE("an endpoint with the default port of its scheme is the one without") {
    CHECK(audience_is_request("https://h/api/x", {true, "H", 443}, "/api/x"));
    CHECK(audience_is_request("https://h:443/api/x", {true, "h", {}}, "/api/x"));
    CHECK(audience_is_request("http://h/api/x", {true, "h", {}}, "/api/x"));
    CHECK_FALSE(audience_is_request("https://h/api/x", {true, "h", 80}, "/api/x"));
}
