// SPDX-License-Identifier: MIT
#include <webpubsub/upstream/receive.hpp>
#include <webpubsub/upstream/send.hpp>
#include <webpubsub/upstream/signature.hpp>

#include "support/access.hpp"
#include "support/catch.hpp"

#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::tests;
using namespace webpubsub::upstream_events;

namespace {

using headers = std::vector<http_header>;

const std::string a_connection = "0bd83792-2a0c-48d3-9fbd-df63aa2ed9db";

upstream_context a_context(std::string event_name = {}) {
    upstream_context context;
    context.hub = "chat";
    context.connection_id = a_connection;
    context.event_id = "3";
    context.event_name = std::move(event_name);
    context.time = "2026-11-27T19:32:48Z";
    return context;
}

http_request written(const upstream_context& context, const upstream_event& event) {
    const auto signature = sign_connection(context.connection_id, {&primary, 1}, hmac);
    return write_upstream(context, event, {"/x", "a.net", signature, "1-2", "k=v"}).value();
}

upstream_delivery read_again(const http_request& request) {
    upstream_rules rules;
    rules.hub = "chat";
    rules.keys = {primary};
    auto read = receive_upstream(request, rules, hmac);
    if (!read) FAIL(read.error().body);
    return *read;
}

/// What was written is read as the same.
void check_round_trip(upstream_context context, const upstream_event& event) {
    const auto read = read_again(written(context, event));
    context.event_name = name_of_event(context, event);
    CHECK(read.context == context);
    CHECK(read.event == event);
}

connect_event a_connect_event() {
    connect_event event;
    event.claims = {{"sub", {"u"}}, {"role", {"a", "b"}}, {"none", {}}};
    event.query = {{"x", {"1", "\xC3\xA4"}}};
    event.headers = {{"Cookie", {"c=1"}}, {"Accept", {"a, b", "\"quoted\"\\"}}};
    event.subprotocols = {"json.webpubsub.azure.v1", "other"};
    event.certificates = {{"ab12", "-----BEGIN\nx"}};
    return event;
}

const std::string* header(const http_request& request, std::string_view name) {
    return find_header(request.headers, name);
}

} // namespace

TEST_CASE("a request has the headers of an event, each of them once") {
    auto context = a_context("hello");
    context.user_id = "u";
    context.subprotocol = "json.webpubsub.azure.v1";
    context.state = "s";
    const auto request = written(context, custom_event{text_payload("hi"), {{"Trace", "1"}}});
    CHECK(request.method == http_method::post);
    CHECK(request.target == "/x");
    CHECK(request.body == "hi");
    CHECK(request.headers ==
          headers{{"WebHook-Request-Origin", "a.net"},
                  {"Content-Type", "text/plain; charset=utf-8"},
                  {"ce-specversion", "1.0"},
                  {"ce-type", "azure.webpubsub.user.hello"},
                  {"ce-source", "/hubs/chat/client/" + a_connection},
                  {"ce-id", "3"},
                  {"ce-time", "2026-11-27T19:32:48Z"},
                  {"ce-awpsversion", "1.0"},
                  {"ce-signature", "sha256=a3bacce0affc07cdfea2b41d78c6be308fa977cedeaab37bbed03cae72578b21"},
                  {"ce-hub", "chat"},
                  {"ce-connectionId", a_connection},
                  {"ce-eventName", "hello"},
                  {"ce-userId", "u"},
                  {"ce-subprotocol", "json.webpubsub.azure.v1"},
                  {"ce-connectionState", "s"},
                  {"x-ms-client-request-id", "1-2"},
                  {"Cookie", "k=v"},
                  {"x-webpubsub-metadata-trace", "1"}});
}

TEST_CASE("what there is none of is not in the headers, but an empty state is") {
    const auto plain = write_upstream(a_context("e"), custom_event{}, {"/", "a.net"}).value();
    for (const auto* name : {"ce-signature", "ce-userId", "ce-subprotocol", "ce-connectionState",
                             "x-ms-client-request-id", "Cookie", "ce-physicalConnectionId", "ce-sessionId"}) {
        CAPTURE(name);
        CHECK(header(plain, name) == nullptr);
    }
    auto context = a_context("e");
    context.state = "";
    const auto request = write_upstream(context, custom_event{}, {"/", "a.net"}).value();
    REQUIRE(header(request, "ce-connectionState") != nullptr);
    CHECK(header(request, "ce-connectionState")->empty());
}

TEST_CASE("each event has its type and its body") {
    struct row {
        upstream_event event;
        std::string type;
        std::string content_type;
        std::string body;
    };
    const auto each = GENERATE(
        row{connect_event{}, "azure.webpubsub.sys.connect", "application/json",
            R"({"claims":{},"query":{},"headers":{},"subprotocols":[],"clientCertificates":[]})"},
        row{connected_event{}, "azure.webpubsub.sys.connected", "application/json", "{}"},
        row{disconnected_event{""}, "azure.webpubsub.sys.disconnected", "application/json", R"({"reason":""})"},
        row{disconnected_event{"a\"b"}, "azure.webpubsub.sys.disconnected", "application/json", R"({"reason":"a\"b"})"},
        row{group_joined_event{"g"}, "azure.webpubsub.gp.joined", "application/json", R"({"group":"g"})"},
        row{group_left_event{"g"}, "azure.webpubsub.gp.left", "application/json", R"({"group":"g"})"},
        row{custom_event{text_payload("t"), {}}, "azure.webpubsub.user.e", "text/plain; charset=utf-8", "t"},
        row{custom_event{json_payload(" 1.0 "), {}}, "azure.webpubsub.user.e", "application/json", " 1.0 "},
        row{custom_event{binary_payload("\xFF"), {}}, "azure.webpubsub.user.e", "application/octet-stream", "\xFF"},
        row{custom_event{protobuf_payload("p"), {}}, "azure.webpubsub.user.e", "application/x-protobuf", "p"});
    const auto request = written(a_context("e"), each.event);
    CHECK(*header(request, "ce-type") == each.type);
    CHECK(*header(request, "Content-Type") == each.content_type);
    CHECK(request.body == each.body);
    check_round_trip(a_context("e"), each.event);
}

TEST_CASE("a connect event says nothing of what is not decided yet, and an MQTT client's says that it is one") {
    auto context = a_context();
    context.user_id = "u";
    context.subprotocol = "x";
    context.state = "s";
    const auto request = written(context, connect_event{});
    CHECK(header(request, "ce-subprotocol") == nullptr);
    CHECK(header(request, "ce-connectionState") == nullptr);
    CHECK(*header(request, "ce-userId") == "u");

    auto mqtt = a_context();
    mqtt.subprotocol = "mqtt";
    mqtt.physical_connection_id = "p";
    CHECK(*header(written(mqtt, connect_event{}), "ce-subprotocol") == "mqtt");
    CHECK(*header(written(mqtt, connect_event{}), "ce-source") == "/hubs/chat/client/" + a_connection + "/p");
}

TEST_CASE("an event that was written is read as the same event") {
    check_round_trip(a_context(), a_connect_event());
    auto mqtt = a_connect_event();
    mqtt.mqtt = mqtt_connect{5, "u", std::string("\0\xFF", 2), {{"n", "v"}, {"n", "w"}}};
    auto context = a_context();
    context.subprotocol = "mqtt";
    context.physical_connection_id = "p";
    check_round_trip(context, mqtt);
    mqtt.mqtt = mqtt_connect{4, std::nullopt, std::nullopt, {}};
    check_round_trip(context, mqtt);
    context = a_context("hello");
    context.user_id = "u v";
    context.state = "eyJhIjoxfQ==";
    context.subprotocol = "custom";
    check_round_trip(context, custom_event{json_payload("{}"), {{"a", ""}, {"b", "x,y"}}});
}

TEST_CASE("events of any content are read as they were") {
    std::mt19937 random(7);
    const std::vector<std::string> texts{"", "a", "\xC3\xA4\xE2\x82\xAC", "\"\\\n\t\x01", "\xF0\x9F\x98\x80", "a,b"};
    const auto text = [&] { return texts[random() % texts.size()]; };
    for (int i = 0; i < 2000; ++i) {
        connect_event event;
        for (auto n = random() % 3; n != 0; --n) {
            event.claims.push_back({"c" + std::to_string(n) + text(), {}});
            for (auto m = random() % 3; m != 0; --m) event.claims.back().values.push_back(text());
            event.subprotocols.push_back(text());
            event.certificates.push_back({text(), text()});
        }
        check_round_trip(a_context(), event);
        check_round_trip(a_context(), disconnected_event{text()});
        check_round_trip(a_context("e"), custom_event{text_payload(text()), {}});
    }
}

TEST_CASE("what no header can hold fails the event, and nothing is put into a header") {
    const std::string bad = GENERATE(std::string("\xC3\xA4"), std::string("a\r\nX: y"), std::string("a\n"),
                                     std::string("\t"), std::string("a\0b", 3), std::string(" a"), std::string("a "));
    const auto refusal = [](const upstream_context& context, const upstream_event& event) {
        const auto made = write_upstream(context, event, {"/", "a.net"});
        REQUIRE_FALSE(made);
        CHECK(check_sendable(context, event).error() == made.error());
        return made.error();
    };
    const auto about = [](const char* name) { return error::about(errc::invalid_argument, name); };
    CHECK(refusal(a_context(bad), custom_event{}) == about("event_name"));
    auto context = a_context("e");
    context.user_id = bad;
    CHECK(refusal(context, connected_event{}) == about("user_id"));
    context = a_context("e");
    context.state = bad;
    CHECK(refusal(context, connected_event{}) == about("state"));
    context = a_context("e");
    context.subprotocol = bad;
    CHECK(refusal(context, connected_event{}) == about("subprotocol"));
    context = a_context("e");
    context.connection_id = bad;
    CHECK(refusal(context, connected_event{}) == about("connection_id"));
    CHECK(refusal(a_context("e"), custom_event{{}, {{"k", bad}}}) == error(errc::invalid_metadata));
    CHECK(refusal(a_context("e"), custom_event{{}, {{bad, "v"}}}) == error(errc::invalid_metadata));
}

TEST_CASE("texts of a body that are not UTF-8 are an error") {
    connect_event event;
    event.headers = {{"a", {"\xFF"}}};
    CHECK(check_sendable(a_context(), event).error() == error::about(errc::invalid_argument, "body"));
    CHECK_FALSE(check_sendable(a_context(), disconnected_event{"\xFF"}));
}

TEST_CASE("of metadata whose keys differ in case only the last counts") {
    const auto request = written(a_context("e"), custom_event{{}, {{"A", "1"}, {"b", "2"}, {"a", "3"}}});
    CHECK(read_again(request).event == custom_event{{}, {{"a", "3"}, {"b", "2"}}});
}
