// SPDX-License-Identifier: MIT
#include <webpubsub/upstream/answer.hpp>
#include <webpubsub/upstream/read_answer.hpp>

#include "support/catch.hpp"

#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace webpubsub;

namespace {

using names = std::vector<std::string>;
using headers = std::vector<http_header>;

http_response json_response(std::string body, headers with = {}) { return {200, std::move(with), std::move(body)}; }

connect_answer connected(std::string body) { return read_connect_answer(json_response(std::move(body))).value(); }

errc refusal(std::string body) {
    const auto read = read_connect_answer(json_response(std::move(body)));
    REQUIRE_FALSE(read);
    return read.error().code;
}

/// Whether two answers mean the same.
bool same(const connect_answer& a, const connect_answer& b) {
    return a.user_id == b.user_id && a.groups == b.groups && a.roles == b.roles && a.subprotocol == b.subprotocol &&
           a.state == b.state && a.mqtt_user_properties == b.mqtt_user_properties;
}
bool same(const event_answer& a, const event_answer& b) {
    return a.data == b.data && a.metadata == b.metadata && a.state == b.state;
}

http_response typed(std::string type, std::string body, headers more = {}) {
    more.push_back({"content-TYPE", std::move(type)});
    return {200, std::move(more), std::move(body)};
}

} // namespace

TEST_CASE("a connect answer without a body, or with null, changes nothing") {
    for (const auto* body : {"", "null", " null\n", "{}", R"({"userId":null,"groups":null,"roles":null})",
                             R"({"subprotocol":"","groups":[],"unknown":[{}],"mqtt":null})"}) {
        CAPTURE(body);
        CHECK(same(connected(body), {}));
    }
    http_response none;
    none.status = 204;
    CHECK(same(read_connect_answer(none).value(), {}));
}

TEST_CASE("a connect answer is read by its content, and its fields without case") {
    connect_answer expected;
    expected.user_id = "u";
    expected.groups = {"g", "h"};
    expected.roles = names{"webpubsub.sendToGroup"};
    expected.subprotocol = "p";
    for (const auto* body :
         {R"({"userId":"u","groups":["g","h"],"roles":["webpubsub.sendToGroup"],"subprotocol":"p"})",
          R"({"UserID":"u","GROUPS":["g","h"],"Roles":["webpubsub.sendToGroup"],"subProtocol":"p"})"}) {
        CHECK(same(connected(body), expected));
        CHECK(same(read_connect_answer(typed("text/plain", body)).value(), expected));
    }
    CHECK(connected(R"({"userId":""})").user_id == "");
    CHECK(connected(R"({"roles":[]})").roles == names());
    CHECK(connected(R"({"userId":"a","USERID":"b"})").user_id == "b");
    CHECK(connected(R"({"userId":"a","USERID":null})").user_id == std::nullopt);
}

TEST_CASE("a connect answer that is malformed, or has a wrong type or group, is an error") {
    for (const auto* body : {"{", "x", " ", "{}{}", "\xFF", "{\"userId\":\"\xFF\"}", "NaN"}) {
        CAPTURE(body);
        CHECK(refusal(body) == errc::invalid_json);
    }
    for (const auto* body : {"[]", "1", "\"x\"", "true"}) CHECK(refusal(body) == errc::not_one_object);
    for (const auto* body :
         {R"({"userId":1})", R"({"groups":"g"})", R"({"groups":[1]})", R"({"groups":[null]})", R"({"roles":{}})",
          R"({"roles":[1]})", R"({"subprotocol":[]})", R"({"mqtt":1})", R"({"mqtt":{"userProperties":{}}})"}) {
        CAPTURE(body);
        CHECK(refusal(body) == errc::invalid_field);
    }
    for (const auto* body : {R"({"groups":[""]})", R"({"groups":["fine"," "]})"}) {
        CHECK(refusal(body) == errc::invalid_group_name);
    }
    CHECK(refusal(R"({"x":)" + std::string(100, '[') + std::string(100, ']') + "}") == errc::too_deep);
    CHECK(refusal(std::string(100'000, '[')) == errc::too_deep);
}

TEST_CASE("the last of several states counts, an empty one is one, and one that can't be sent again is an error") {
    const auto state_of = [](headers with) { return read_event_answer({204, std::move(with), {}}).value().state; };
    CHECK(state_of({}) == std::nullopt);
    CHECK(state_of({{"CE-connectionstate", "a"}}) == "a");
    CHECK(state_of({{"ce-connectionState", "a"}, {"ce-connectionState", "b"}}) == "b");
    CHECK(state_of({{"ce-connectionState", "a"}, {"ce-connectionState", ""}}) == "");
    CHECK(read_connect_answer({204, {{"ce-connectionState", "c"}}, {}}).value().state == "c");
    for (const auto* bad : {"\xC3\xA4", "a\nb", "\x7F"}) {
        const headers with{{"ce-connectionState", bad}};
        CHECK(read_event_answer({204, with, {}}).error() == error::about(errc::invalid_field, "ce-connectionState"));
        CHECK_FALSE(read_connect_answer({204, with, {}}));
    }
    upstream_answer_limits limits;
    limits.max_state_bytes = 3;
    CHECK(read_event_answer({204, {{"ce-connectionState", "abc"}}, {}}, limits));
    CHECK(read_event_answer({204, {{"ce-connectionState", "abcd"}}, {}}, limits).error() ==
          error::exceeds(errc::invalid_field, "max_state_bytes", 3, 4));
}

TEST_CASE("the data of an event's answer is what its content type says") {
    struct row {
        std::string type;
        std::string body;
        std::optional<payload> expected;
    };
    const auto each =
        GENERATE(row{"text/plain", "t", text_payload("t")}, row{"TEXT/plain; charset=utf-8", "t", text_payload("t")},
                 row{"application/json", "{}", json_payload("{}")},
                 row{"application/octet-stream", "\xFF", binary_payload("\xFF")},
                 row{"application/x-protobuf", "p", protobuf_payload("p")}, row{"text/plain", "", std::nullopt},
                 row{"text/html", "", std::nullopt}, row{"application/json", "", std::nullopt});
    CHECK(read_event_answer(typed(each.type, each.body)).value().data == each.expected);
    CHECK(read_event_answer(typed(each.type, each.body)).value().metadata.empty());
}

TEST_CASE("a body without a content type is binary, and one of another type is an error") {
    CHECK(read_event_answer({200, {}, "x"}).value().data == binary_payload("x"));
    for (const auto* type : {"text/html", "", "image/png", "application/jsonx", "text"}) {
        CHECK(read_event_answer(typed(type, "x")).error() == error(errc::invalid_data_type));
    }
    CHECK(read_event_answer(typed("text/plain", "\xFF")).error() == error(errc::invalid_payload));
    CHECK(read_event_answer(typed("application/json", "{")).error() == error(errc::invalid_payload));
    const auto deep = std::string(65, '[') + std::string(65, ']');
    CHECK(read_event_answer(typed("application/json", deep)).error() == error(errc::invalid_payload));
}

TEST_CASE("metadata of an answer has lower-case keys, and of values what is behind the last comma") {
    const auto metadata_of = [](headers with) { return read_event_answer({204, std::move(with), {}}); };
    CHECK(metadata_of({{"X-WebPubSub-Metadata-Trace", "1"}}).value().metadata == string_map{{"trace", "1"}});
    CHECK(metadata_of({{"x-webpubsub-metadata-a", " x , y "}}).value().metadata == string_map{{"a", "y"}});
    CHECK(metadata_of({{"x-webpubsub-metadata-a", "x,"}}).value().metadata == string_map{{"a", ""}});
    CHECK(metadata_of({{"x-webpubsub-metadata-A", "1"}, {"x-webpubsub-metadata-a", "2"}}).value().metadata ==
          string_map{{"a", "2"}});
    CHECK(metadata_of({{"x-webpubsub-metadata", "1"}, {"x-metadata-a", "1"}}).value().metadata.empty());
    for (const auto& bad : {headers{{"x-webpubsub-metadata-", "1"}}, headers{{"x-webpubsub-metadata-a", "\xC3\xA4"}},
                            headers{{"x-webpubsub-metadata-a", std::string(1025, 'v')}},
                            headers{{"x-webpubsub-metadata-" + std::string(257, 'k'), "1"}}}) {
        CHECK(metadata_of(bad).error().code == errc::invalid_metadata);
    }
    headers many;
    for (int i = 0; i < 10; ++i) many.push_back({"x-webpubsub-metadata-" + std::to_string(i), std::string(1000, 'v')});
    CHECK(metadata_of(many).error().code == errc::invalid_metadata);
}

TEST_CASE("an answer that this library's handlers write is read as it was meant") {
    std::mt19937 random(3);
    const std::vector<std::string> texts{"", "a", "b c", "\xC3\xA4", "\"\\"};
    const auto text = [&] { return texts[random() % texts.size()]; };
    for (int i = 0; i < 2000; ++i) {
        connect_answer answer;
        if (random() % 2 == 0) answer.user_id = text();
        for (auto n = random() % 3; n != 0; --n) answer.groups.push_back("g" + text());
        if (random() % 2 == 0) answer.roles = names{text(), text()};
        if (random() % 2 == 0) answer.subprotocol = "p" + text();
        if (random() % 2 == 0) answer.state = "state";
        if (random() % 4 == 0) answer.mqtt_user_properties = {{text(), text()}};
        REQUIRE(same(read_connect_answer(accept_connect(answer).value()).value(), answer));

        event_answer event;
        const payload data[] = {text_payload("\xC3\xA4"), json_payload("[1]"), binary_payload("\xFF"),
                                protobuf_payload("p")};
        if (random() % 4 != 0) event.data = data[random() % 4];
        if (random() % 2 == 0) event.metadata = {{"a", "1"}, {"b", ""}};
        if (random() % 2 == 0) event.state = random() % 2 == 0 ? "" : "s";
        REQUIRE(same(read_event_answer(answer_event(event).value()).value(), event));
    }
}

TEST_CASE("no bytes of a response bring the reader out of order") {
    std::mt19937 random(1);
    const std::vector<std::string> bodies{R"({"userId":"u","groups":["g"],"roles":["r"],"subprotocol":"p"})", "[[[]]]"};
    for (int i = 0; i < 20'000; ++i) {
        auto body = bodies[random() % bodies.size()];
        for (auto n = random() % 4; n != 0; --n) body[random() % body.size()] = static_cast<char>(random());
        if (const auto read = read_connect_answer(json_response(body))) {
            if (read->user_id) CHECK(is_utf8(*read->user_id));
        }
        static_cast<void>(read_event_answer(typed("application/json", body)));
    }
}
