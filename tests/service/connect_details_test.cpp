// SPDX-License-Identifier: MIT
#include <webpubsub/service/connect_details.hpp>

#include "support/catch.hpp"

#include <string>

using namespace webpubsub;
using lists = std::vector<named_values>;

TEST_CASE("a connect event has the values of each name together, in the order in which they came") {
    connect_details details;
    details.claims = {{"a", {"1", "2"}}, {"b", {}}};
    details.query = {{"x", "1"}, {"X", "2"}, {"x", "3"}, {"", "4"}};
    details.headers = {{"Accept", "1"}, {"Host", "h"}, {"ACCEPT", "2"}};
    details.certificates = {{"ab", "pem"}};
    connect_request request;
    request.subprotocols = {"q", "p"};
    const auto event = make_connect_event(request, std::move(details));
    CHECK(event.claims == lists{{"a", {"1", "2"}}, {"b", {}}});
    CHECK(event.query == lists{{"x", {"1", "3"}}, {"X", {"2"}}, {"", {"4"}}});
    CHECK(event.headers == lists{{"Accept", {"1", "2"}}, {"Host", {"h"}}});
    CHECK(event.subprotocols == request.subprotocols);
    CHECK(event.certificates.size() == 1);
    CHECK_FALSE(event.mqtt);
}

TEST_CASE("secrets and the service's own headers are left out of a connect event, in any case") {
    connect_details details;
    details.query = {{"access_token", "secret"}, {"ACCESS_TOKEN", "secret"}, {"access_tokens", "kept"}};
    details.headers = {{"authorization", "secret"}, {"X-ASRS-Internal-X", "secret"}, {"x-asrs-internal-", "secret"},
                       {"X-ASRS", "kept"},          {"Proxy-Authorization", "kept"}, {"Cookie", "kept"}};
    const auto event = make_connect_event({}, std::move(details));
    CHECK(event.query == lists{{"access_tokens", {"kept"}}});
    CHECK(event.headers == lists{{"X-ASRS", {"kept"}}, {"Proxy-Authorization", {"kept"}}, {"Cookie", {"kept"}}});
}

TEST_CASE("a header that is not UTF-8 is read as ISO 8859-1") {
    connect_details details;
    details.headers = {{"A", "\xE4\xF6"}, {"B", "\xC3\xA4"}};
    const auto event = make_connect_event({}, std::move(details));
    CHECK(event.headers == lists{{"A", {"\xC3\xA4\xC3\xB6"}}, {"B", {"\xC3\xA4"}}});
}

TEST_CASE("a client that sends very many parameters is not much work") {
    connect_details details;
    for (int i = 0; i < 100'000; ++i) details.query.push_back({"q" + std::to_string(i), "v"});
    CHECK(make_connect_event({}, std::move(details)).query.size() == 100'000);
}
