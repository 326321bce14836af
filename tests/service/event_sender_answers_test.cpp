// SPDX-License-Identifier: MIT
#include "service/sender_bench.hpp"

#include <webpubsub/upstream/answer.hpp>

using namespace webpubsub;
using namespace webpubsub::tests;

namespace {

using texts = std::vector<std::string>;

http_response json(std::string body) { return {200, {}, std::move(body)}; }

/// What a handler's response makes of a connection that asks.
sender_answer answer_to_connect(http_response response) {
    sender_bench bench;
    bench.take(asks(7, "c1", "u"));
    bench.respond(bench.event(), std::move(response));
    auto answers = bench.answers();
    REQUIRE(answers.size() == 1);
    return answers.front();
}

/// 0 for one that is let in.
unsigned refusal_by(http_response response) {
    const auto answer = answer_to_connect(std::move(response));
    const auto* const refused = get_if<sender_answers::admission_refused>(&answer);
    return refused == nullptr ? 0 : refused->http_status;
}

connect_overrides overrides_by(http_response response) {
    return get<sender_answers::admission_accepted>(answer_to_connect(std::move(response))).overrides;
}

/// What a handler's response makes of a user event.
sender_answer answer_to_event(http_response response) {
    sender_bench bench;
    bench.take(sends(7, "c1"));
    bench.respond(bench.event(), std::move(response));
    auto answers = bench.answers();
    REQUIRE(answers.size() == 1);
    return answers.front();
}

} // namespace

TEST_CASE("a handler lets a client in with what it says, or as the token says") {
    for (const auto& nothing : {status(204), status(200), status(202), json("null"), json("{}")}) {
        const auto overrides = overrides_by(nothing);
        CHECK_FALSE(overrides.user_id);
        CHECK_FALSE(overrides.roles);
        CHECK(overrides.groups.empty());
        CHECK(overrides.subprotocol.empty());
    }
    const auto all = overrides_by(json(R"({"userId":"v","groups":["g"],"roles":["r"],"subprotocol":"p"})"));
    CHECK(all.user_id == "v");
    CHECK(all.groups == texts{"g"});
    CHECK(all.roles == texts{"r"});
    CHECK(all.subprotocol == "p");
    CHECK(overrides_by(json(R"({"userId":""})")).user_id == "");
    CHECK(overrides_by(json(R"({"roles":[]})")).roles == texts{});
}

TEST_CASE("a refusal of 4xx is relayed, everything else that is no answer refuses with 500") {
    for (const unsigned code : {400u, 401u, 403u, 404u, 429u, 499u}) CHECK(refusal_by(status(code)) == code);
    for (const unsigned code : {100u, 199u, 301u, 302u, 307u, 600u, 999u}) CHECK(refusal_by(status(code)) == 500);
    for (const auto* body : {"{", "[]", R"({"userId":1})", R"({"groups":[""]})", R"({"groups":[1]})",
                             R"({"roles":[1]})", R"({"roles":"r"})"}) {
        CAPTURE(body);
        CHECK(refusal_by(json(body)) == 500);
    }
    auto long_one = json("{}");
    long_one.body.resize((std::size_t{16} << 20) + 1, ' ');
    CHECK(refusal_by(long_one) == 500);
    long_one.body.pop_back();
    CHECK(refusal_by(long_one) == 0);
    sender_bench bench;
    bench.take(asks(1, "c1"));
    bench.respond(bench.event(), status(403));
    CHECK(bench.answer<sender_answers::admission_refused>().id == admission_id{1});
    CHECK(bench.sender.counters().failed_questions == 0);
    bench.check_idle();
}

TEST_CASE("a user event is answered as the response says") {
    struct row {
        http_response response;
        std::optional<payload> data;
        string_map metadata;
    };
    const std::vector<http_header> trace{{"X-WebPubSub-Metadata-Trace", "1"}};
    const auto each = GENERATE_COPY(
        row{status(204), std::nullopt, {}}, row{status(200), std::nullopt, {}},
        row{{200, {{"Content-Type", "text/html"}}, {}}, std::nullopt, {}},
        row{{204, trace, {}}, text_payload(""), {{"trace", "1"}}},
        row{{200, {{"Content-Type", "application/json"}, trace[0]}, {}}, text_payload(""), {{"trace", "1"}}},
        row{text("hi"), text_payload("hi"), {}},
        row{{201, {{"Content-Type", "application/json; charset=utf-8"}}, "{}"}, json_payload("{}"), {}},
        row{{200, {{"Content-Type", "application/octet-stream"}}, "\xFF"}, binary_payload("\xFF"), {}},
        row{{200, {}, "\xFF"}, binary_payload("\xFF"), {}},
        row{{200, {{"Content-Type", "application/x-protobuf"}, trace[0]}, "p"},
            protobuf_payload("p"),
            {{"trace", "1"}}});
    const auto answer = answer_to_event(each.response);
    REQUIRE(holds_alternative<sender_answers::event_answered>(answer));
    const auto& answered = get<sender_answers::event_answered>(answer);
    CHECK(answered.id == event_id{7});
    CHECK(answered.data == each.data);
    CHECK(answered.metadata == each.metadata);
}

TEST_CASE("a user event fails by every response that is no answer") {
    const auto response = GENERATE(status(100), status(301), status(400), status(401), status(404), status(429),
                                   status(600), http_response{200, {{"Content-Type", "text/html"}}, "x"},
                                   http_response{200, {{"Content-Type", ""}}, "x"},
                                   http_response{200, {{"Content-Type", "text/plain"}}, "\xFF"},
                                   http_response{200, {{"Content-Type", "application/json"}}, "{"},
                                   http_response{204, {{"X-WebPubSub-Metadata-a", "\xFF"}}, {}},
                                   http_response{204, {{"X-WebPubSub-Metadata-", "1"}}, {}},
                                   http_response{204, {{"ce-connectionState", "\xFF"}}, {}});
    const auto answer = answer_to_event(response);
    CAPTURE(response.status, response.body);
    CHECK(holds_alternative<sender_answers::event_failed>(answer));
}

TEST_CASE("a user event brings its data and metadata, of each type") {
    struct row {
        payload data;
        std::string type;
    };
    const auto each = GENERATE(
        row{text_payload("t"), "text/plain; charset=utf-8"}, row{json_payload("[1]"), "application/json"},
        row{binary_payload("\xFF"), "application/octet-stream"}, row{protobuf_payload("p"), "application/x-protobuf"});
    sender_bench bench;
    bench.take(sends(1, "c1", "my.event", each.data, {{"Key", "v"}}));
    const auto call = bench.event();
    CHECK(call.url == "https://a.net/my.event");
    CHECK(header(call, "ce-type") == "azure.webpubsub.user.my.event");
    CHECK(header(call, "ce-eventName") == "my.event");
    CHECK(header(call, "Content-Type") == each.type);
    CHECK(header(call, "x-webpubsub-metadata-key") == "v");
    CHECK(call.request.body == each.data.bytes);
}

TEST_CASE("an invocation goes as a user event does, and its answer to the caller") {
    sender_bench bench;
    bench.take(invokes(1, "c1", json_payload("[1]")));
    auto call = bench.event();
    CHECK(header(call, "ce-type") == "azure.webpubsub.user.e");
    CHECK(header(call, "Content-Type") == "application/json");
    CHECK(call.request.body == "[1]");
    auto response = text("done");
    response.headers.push_back({"X-WebPubSub-Metadata-A", "1"});
    bench.respond(call, response);
    const auto answered = bench.answer<sender_answers::invocation_answered>();
    CHECK(answered.id == event_id{1});
    CHECK(answered.data == text_payload("done"));
    CHECK(answered.metadata == string_map{{"a", "1"}});

    bench.take(invokes(2, "c1"));
    call = bench.event();
    CHECK(call.request.body.empty());
    bench.respond(call, status(404));
    const auto failed = bench.answer<sender_answers::invocation_failed>();
    CHECK(failed.id == event_id{2});
    CHECK(failed.error == service_error{"InternalServerError", "Internal server error"});
}

TEST_CASE("a connect event tells what the handshake said, but for secrets") {
    sender_bench bench;
    hub_events::connect_requested asked{admission_id{1}, "c1", {}};
    asked.request.user_id = "u";
    asked.request.subprotocols = {"p", "q"};
    connect_details details;
    details.claims = {{"sub", {"u"}}, {"role", {"a", "b"}}};
    details.query = {{"x", "1"}, {"Access_Token", "secret"}, {"x", "2"}};
    details.headers = {{"Cookie", "c=1"}, {"AUTHORIZATION", "Bearer secret"},
                       {"Accept", "a"},   {"x-asrs-internal-host", "secret"},
                       {"accept", "b"},   {"X-Latin", "\xE4"}};
    bench.take(asked, details);
    const auto call = bench.event();
    CHECK(header(call, "ce-type") == "azure.webpubsub.sys.connect");
    CHECK(header(call, "ce-userId") == "u");
    CHECK(header(call, "ce-id") == "0");
    CHECK(header(call, "ce-subprotocol") == "(none)");
    // The client's cookies are in the body only.
    CHECK(header(call, "Cookie") == "(none)");
    CHECK(call.request.body == R"({"claims":{"sub":["u"],"role":["a","b"]},"query":{"x":["1","2"]},)"
                               R"("headers":{"Cookie":["c=1"],"Accept":["a","b"],"X-Latin":["ä"]},)"
                               R"("subprotocols":["p","q"],"clientCertificates":[]})");
}

TEST_CASE("who a client is comes from the hub once it has connected") {
    sender_bench bench;
    bench.take(asks(1, "c1", "of the token"));
    bench.respond(bench.event(), json(R"({"userId":"of the handler"})"));
    bench.take(connects("c1", "of the handler", "json.webpubsub.azure.v1"));
    CHECK(header(bench.event(), "ce-userId") == "of the handler");
    bench.take(asks(2, "c2", "of the token"));
    bench.respond(bench.event(), json(R"({"userId":""})"));
    bench.take(connects("c2"));
    bench.take(sends(1, "c2"));
    for (const auto& call : bench.events()) {
        CHECK(header(call, "ce-userId") == "(none)");
        CHECK(header(call, "ce-subprotocol") == "(none)");
    }
}

TEST_CASE("what happens to groups and at the end is told in its body") {
    sender_bench bench;
    bench.take(joins("c1", "g\"1"));
    bench.take(leaves("c1", "g\"1"));
    bench.take(disconnects("c1", "because"));
    const auto calls = bench.events();
    REQUIRE(calls.size() == 3);
    CHECK(header(calls[0], "ce-type") == "azure.webpubsub.gp.joined");
    CHECK(header(calls[0], "ce-eventName") == "joined");
    CHECK(calls[0].request.body == R"({"group":"g\"1"})");
    CHECK(header(calls[1], "ce-type") == "azure.webpubsub.gp.left");
    CHECK(calls[1].request.body == R"({"group":"g\"1"})");
    CHECK(header(calls[2], "ce-type") == "azure.webpubsub.sys.disconnected");
    CHECK(calls[2].request.body == R"({"reason":"because"})");
    for (const auto& call : calls) bench.respond(call, status(500));
    bench.take(disconnects("c2", "\xFF"));
    CHECK(bench.event().request.body == R"({"reason":"ÿ"})");
}
