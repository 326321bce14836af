// SPDX-License-Identifier: MIT
#include <webpubsub/rest/response.hpp>

#include "rest/rest_fixture.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <string>

using namespace webpubsub;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

TEST_CASE("what does not exist or is not permitted is an answer, not a failure") {
    const auto call = rest::connection_exists("c");
    CHECK(read_existence(call, {200, {}, {}}, some_time).value());
    CHECK_FALSE(
        read_existence(call, {404, {{"x-ms-error-code", "Warning.Connection.NotExisted"}}, {}}, some_time).value());
    const auto refused = read_existence(call, {401, {}, {}}, some_time);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().status == 401);
    CHECK_FALSE(refused.error().retry.may_help);
}

TEST_CASE("a failure says what the service says of it") {
    const auto call = rest::add_connection_to_group("g", "c");
    const http_response response{
        404,
        {{"X-MS-Error-Code", "Error.Connection.NotExisted"}},
        R"({"code":"Error.Connection.NotExisted","message":"Connection `c` is not found.","target":"Connection"})"};
    const auto read = read_success(call, response, some_time);
    REQUIRE_FALSE(read);
    CHECK(read.error() ==
          rest_failure{404, "Error.Connection.NotExisted", "Connection `c` is not found.", "Connection", {}});
    SECTION("also where only the body has the code, or wraps it") {
        const auto wrapped = read_rest_failure(call, {400, {}, R"({"error":{"code":"a","message":"b"}})"}, some_time);
        CHECK(wrapped.code == "a");
        CHECK(wrapped.message == "b");
        CHECK(read_rest_failure(call, {400, {}, R"({"code":"a"})"}, some_time).code == "a");
    }
    SECTION("and nothing where there is nothing to read") {
        for (const auto* body : {"", "<html>", "[]", "null", R"({"code":1,"message":null})"}) {
            CHECK(read_rest_failure(call, {500, {}, body}, some_time).message.empty());
        }
    }
}

TEST_CASE("a token of the service is read, and an answer without one is a failure") {
    const auto call = rest::generate_client_token();
    CHECK(read_client_token(call, {200, {}, R"({"token":"a.b.c"})"}, some_time).value() == "a.b.c");
    for (const auto* body : {"", "{}", R"({"token":1})", R"({"token":""})", R"(["a.b.c"])"}) {
        const auto read = read_client_token(call, {200, {}, body}, some_time);
        REQUIRE_FALSE(read);
        CHECK(read.error().status == 200);
        CHECK_FALSE(read.error().message.empty());
    }
}

TEST_CASE("a list comes in pages, each of which tells what to call for the next") {
    const auto call = rest::list_connections_in_group("g", {.max_page_size = 2, .top = 5});
    const auto page = read_connection_page(call,
                                           {200,
                                            {},
                                            R"({"value":[{"connectionId":"c1","userId":"u1"},{"connectionId":"c2"},)"
                                            R"({"connectionId":"c3","userId":null}],"nextLink":"https://elsewhere/x/y)"
                                            R"(?api-version=1&maxpagesize=2&top=3&continuationToken=a%2Fb"})"},
                                           some_time);
    REQUIRE(page);
    CHECK(page->connections == std::vector<listed_connection>{{"c1", "u1"}, {"c2", ""}, {"c3", ""}});
    REQUIRE(page->next);
    // The same list of the same service, whatever the link names.
    CHECK(made(*page->next).target == "/api/hubs/chat/groups/g/connections?api-version=2024-12-01&maxpagesize=2&top=3"
                                      "&continuationToken=a%2Fb");
    const auto last = read_connection_page(*page->next, {200, {}, R"({"value":[]})"}, some_time);
    REQUIRE(last);
    CHECK(last->connections.empty());
    CHECK_FALSE(last->next);
    SECTION("and a link that leads back to the beginning is refused") {
        for (const auto* link : {"https://h/x", "https://h/x?continuationToken=", "?continuationToken=%"}) {
            const std::string body = std::string(R"({"value":[],"nextLink":")") + link + "\"}";
            CHECK_FALSE(read_connection_page(call, {200, {}, body}, some_time));
        }
    }
    SECTION("and what is no list is refused") {
        for (const auto* body : {"", "[]", "{}", R"({"value":{}})", R"({"value":[1]})", R"({"value":[{}]})"}) {
            CHECK_FALSE(read_connection_page(call, {200, {}, body}, some_time));
        }
    }
}

TEST_CASE("what may pass is worth another try, and only a message may arrive twice by it") {
    const auto advise = [](rest_operation operation, unsigned status, std::string after = {}) {
        http_response response{status, {}, {}};
        if (!after.empty()) response.headers.push_back({"retry-after", after});
        return advise_retry(operation, response, some_time);
    };
    const auto send = rest_operation::send_to_group;
    for (const unsigned status : {200u, 202u, 204u, 301u, 400u, 401u, 403u, 404u, 409u, 413u, 415u, 501u}) {
        CHECK(advise(send, status) == retry_advice{});
    }
    for (const unsigned status : {408u, 500u, 502u, 504u}) {
        CHECK(advise(send, status) == retry_advice{true, true, {}});
        CHECK(advise(rest_operation::close_connection, status) == retry_advice{true, false, {}});
    }
    CHECK(advise(send, 429, "7") == retry_advice{true, false, 7s});
    CHECK(advise(send, 503, "0") == retry_advice{true, false, 0s});
    CHECK(advise(send, 503, "soon") == retry_advice{true, false, {}});
    // some_time is Tue, 14 Nov 2023 22:13:20 GMT.
    CHECK(advise(send, 503, "Tue, 14 Nov 2023 22:14:00 GMT").after == 40s);
}

TEST_CASE("Retry-After has seconds or a date") {
    const auto read = [](std::string_view text) { return parse_retry_after(text, some_time); };
    CHECK(read("120") == 120s);
    CHECK(read("99999999999999999999") == 365 * 24h);
    CHECK(read("Wed, 15 Nov 2023 00:00:00 GMT") == 6400s);
    CHECK(read("Thu, 29 Feb 2024 22:13:20 GMT") == 107 * 24h);
    CHECK(read("Sun, 06 Nov 1994 08:49:37 GMT") == 0s);
    CHECK(read("Fri, 31 Dec 9999 23:59:60 GMT") == 365 * 24h);
    for (const auto* bad :
         {"", " ", "-1", "+1", "1.5", "1 s", "Sun, 06 Nov 1994 08:49:37", "Sun, 32 Nov 2023 08:49:37 GMT",
          "Thu, 29 Feb 2023 22:13:20 GMT", "Sun, 06 nov 2023 08:49:37 GMT", "Sun, 06 Nov 2023 24:00:00 GMT",
          "Sun, 06 Nov 2023 08:60:00 GMT", "Sun, 0a Nov 2023 08:00:00 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"}) {
        CAPTURE(bad);
        CHECK_FALSE(read(bad));
    }
}
