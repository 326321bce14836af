// SPDX-License-Identifier: MIT
#include <webpubsub/access/mint_client_url.hpp>
#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/access/token_expiry.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <string>

using namespace webpubsub;
using namespace std::chrono_literals;

namespace {

std::string unsigned_token(std::string_view payload) { return "e30." + detail::base64url(payload) + ".x"; }

} // namespace

TEST_CASE("the expiry of a token is read, whoever signed it") {
    const auto read = [](std::string_view payload) { return read_token_expiry(unsigned_token(payload)); };
    CHECK(read(R"({"exp":1700003600})") == std::chrono::sys_seconds(1700003600s));
    CHECK(read(R"({"sub":"a","exp":1700003600.9,"x":[{"exp":5}]})") == std::chrono::sys_seconds(1700003600s));
    CHECK(read(R"({"exp":1.7E9})") == std::chrono::sys_seconds(1700000000s));
    CHECK(read(R"({"exp":-0.5})") == std::chrono::sys_seconds(-1s));
    CHECK(read(R"({"exp":1,"exp":2})") == std::chrono::sys_seconds(2s));
    CHECK(read(R"({"exp":9007199254740992})") == std::chrono::sys_seconds(9007199254740992s));
}

TEST_CASE("a token without a readable expiry is malformed") {
    const std::string_view payload =
        GENERATE("{}", "[]", R"({"exp":null})", R"({"exp":"1700003600"})", R"({"exp":[1]})", R"({"exp":1,"exp":"x"})",
                 R"({"exp":9007199254740993})", R"({"exp":18446744073709551616})", R"({"exp":1e400})",
                 R"({"exp":true})", R"({"x":{"exp":1}})", "{\"exp\":1", "");
    CAPTURE(payload);
    CHECK(read_token_expiry(unsigned_token(payload)).error() == error(errc::token_malformed));
    CHECK(read_token_expiry("no token").error() == error(errc::token_malformed));
    jwt_limits limits;
    limits.max_bytes = 10;
    CHECK(read_token_expiry(unsigned_token(R"({"exp":1})"), limits).error() == error(errc::token_malformed));
}

TEST_CASE("the expiry of a client access URL is that of its token") {
    const auto service = parse_connection_string(
        "Endpoint=https://"
        "demo.webpubsub.azure.com;AccessKey=abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH;Version=1.0;");
    const auto url = mint_client_url(*service, "chat", {}, wall_time(1700000000s), openssl_hmac{}).value();
    CHECK(read_client_url_expiry(url) == std::chrono::sys_seconds(1700003600s));
    CHECK(read_client_url_expiry(url.substr(0, url.find('?'))).error() == error(errc::token_missing));
    CHECK(read_client_url_expiry("wss://h/client/hubs/chat?access_token=abc").error() == error(errc::token_malformed));
    CHECK(read_client_url_expiry("https://h/elsewhere?access_token=a.b.c").error().code == errc::invalid_url);
}
