// SPDX-License-Identifier: MIT

// Events that were sent to the official Express middleware, and its answers: this library reads the same events, and
// makes answers that mean the same.

#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/text/base64.hpp>
#include <webpubsub/upstream/answer.hpp>
#include <webpubsub/upstream/receive.hpp>
#include <webpubsub/upstream/state.hpp>

#include "support/catch.hpp"

#include <boost/json.hpp>

#include <fstream>
#include <map>
#include <string>
#include <utility>

using namespace webpubsub;
using namespace webpubsub::upstream_events;

namespace {

struct exchange {
    http_request request;
    /// Empty where the middleware did not answer.
    boost::json::object answer;
};

std::map<std::string, exchange> read_exchanges() {
    std::ifstream file(std::string(WEBPUBSUB_SOURCE_DIR) + "/tests/upstream/official_exchanges.jsonl");
    std::map<std::string, exchange> all;
    for (std::string line; std::getline(file, line);) {
        const auto read = boost::json::parse(line).as_object();
        exchange one;
        const auto& method = read.at("method").as_string();
        one.request.method = method == "POST"  ? http_method::post
                             : method == "GET" ? http_method::get
                                               : http_method::options;
        for (const auto& header : read.at("headers").as_object()) {
            one.request.headers.push_back({std::string(header.key()), std::string(header.value().as_string())});
        }
        REQUIRE(base64_decode_append(read.at("body").as_string(), one.request.body));
        if (const auto* const answer = read.if_contains("answer")) one.answer = answer->as_object();
        all.emplace(std::string(read.at("name").as_string()), std::move(one));
    }
    return all;
}

upstream_rules with_the_key() {
    upstream_rules rules;
    rules.hub = "chat";
    rules.keys = {access_key::make("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH").value()};
    return rules;
}

upstream_receipt receive(const std::string& name, const upstream_rules& rules = with_the_key()) {
    static const auto all = read_exchanges();
    INFO(name);
    return receive_upstream(all.at(name).request, rules, openssl_hmac{});
}

upstream_event event_of(const std::string& name) {
    auto received = receive(name);
    REQUIRE(received);
    return std::move(received->event);
}

void check_answer(const std::string& name, const http_response& ours) {
    CAPTURE(name);
    const auto theirs = read_exchanges().at(name).answer;
    CHECK(ours.status == theirs.at("status").as_int64());
    std::string body;
    REQUIRE(base64_decode_append(theirs.at("body").as_string(), body));
    CHECK(ours.body == body);
    const auto* const type = find_header(ours.headers, "Content-Type");
    if (!body.empty() && theirs.at("contentType").is_string()) {
        REQUIRE(type != nullptr);
        CHECK(data_type_of(*type) == data_type_of(theirs.at("contentType").as_string()));
    }
    const auto* const state = find_header(ours.headers, "ce-connectionState");
    if (theirs.at("state").is_string()) {
        REQUIRE(state != nullptr);
        CHECK(*state == theirs.at("state").as_string());
    } else {
        CHECK(state == nullptr);
    }
}

std::string state_of(const char* json) { return encode_connection_state(boost::json::parse(json).as_object()); }

} // namespace

TEST_CASE("the events that the official middleware was sent are read") {
    const auto received = receive("connect");
    REQUIRE(received);
    const auto& context = received->context;
    CHECK(context.hub == "chat");
    CHECK(context.connection_id == "conn-1");
    CHECK(context.event_id == "1");
    CHECK(context.event_name == "connect");
    CHECK(context.user_id == "user1");
    CHECK(context.time == "2026-01-01T00:00:00Z");
    CHECK_FALSE(context.state);
    CHECK_FALSE(context.is_mqtt());
    CHECK(event_of("connect") ==
          connect_event{{{"sub", {"user1"}}}, {}, {{"User-Agent", {"x"}}}, {"json.webpubsub.azure.v1"}, {}, {}});
    CHECK(event_of("connected") == connected_event{});
    CHECK(receive("connected")->context.subprotocol == "json.webpubsub.azure.v1");
    CHECK(decode_connection_state(*receive("connected")->context.state) ==
          boost::json::parse(R"({"calledTime":1})").as_object());
    CHECK(event_of("disconnected") == disconnected_event{"bye"});
    CHECK(event_of("group joined") == group_joined_event{"g1"});
    CHECK(event_of("group left") == group_left_event{"g1"});
    CHECK(event_of("user event text") == custom_event{text_payload("hello"), {}});
    CHECK(receive("user event text")->context.event_name == "message");
    CHECK(event_of("user event json") == custom_event{json_payload(R"({"a":1})"), {}});
    CHECK(event_of("user event binary") == custom_event{binary_payload("\x01\x02\xFF"), {}});
    CHECK(event_of("user event protobuf (unsupported)") == custom_event{protobuf_payload(std::string("\n\0", 2)), {}});
    CHECK(decode_connection_state(*receive("corrupt connectionState ignored")->context.state).empty());
}

TEST_CASE("answers are those of the official middleware") {
    check_answer("OPTIONS validation", receive("OPTIONS validation").error());
    CHECK(*find_header(receive("OPTIONS validation").error().headers, "WebHook-Allowed-Origin") == "*");
    check_answer("connect", accept_connect({.user_id = "u-from-handler",
                                            .groups = {"g1"},
                                            .roles = {{"webpubsub.sendToGroup"}},
                                            .subprotocol = "json.webpubsub.azure.v1",
                                            .state = state_of(R"({"calledTime":1})")})
                                .value());
    check_answer("connect deny 401", refuse_connect(401, "denied"));
    check_answer("connect success() -> 204", accept_connect().value());
    for (const auto* name : {"connected", "disconnected", "group joined", "group left"}) {
        CHECK_FALSE(is_blocking(event_of(name)));
        check_answer(name, acknowledge_event());
    }
    check_answer("user event text",
                 answer_event({.data = text_payload("echo:hello"), .state = state_of(R"({"n":1})")}).value());
    check_answer("user event json",
                 answer_event({.data = json_payload(R"({"echo":{"a":1}})"), .state = state_of(R"({"n":5})")}).value());
    check_answer("user event binary",
                 answer_event({.data = binary_payload("\x01\x02\xFF"), .state = state_of(R"({"n":1})")}).value());
    check_answer("user event fail 500", fail_event("boom", 500));
    // No message either way; a status without a body says so by itself.
    CHECK(answer_event()->status == 204);
}

TEST_CASE("what the official middleware passes on, this library refuses by itself") {
    CHECK(receive("OPTIONS without origin").error().status == 400);
    CHECK(receive("GET (fallback validation)").error().status == 405);
    CHECK(receive("other hub -> 404").error().status == 404);
    CHECK(receive("unknown ce-type -> 404").error().status == 400);
}

TEST_CASE("what the official middleware takes unseen is looked at") {
    auto rules = with_the_key();
    CHECK(receive("bad signature is accepted", rules).error().status == 401);
    rules.allowed_origins = {"x.webpubsub.azure.com"};
    CHECK(receive("OPTIONS validation", rules).error().status == 403);
    rules.allowed_origins = {"localhost:8080", "LOCALHOST"};
    const auto answer = receive("OPTIONS allow-list", rules).error();
    CHECK(answer.status == 200);
    // The origin that was asked for, and no other.
    CHECK(answer.headers == std::vector<http_header>{{"WebHook-Allowed-Origin", "localhost"}});
}
