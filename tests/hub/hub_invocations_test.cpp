// SPDX-License-Identifier: MIT

// Invocations: subprotocols.md section 10.

#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/hub/hub.hpp>

#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <vector>

using namespace webpubsub;
using namespace json_frames;
using namespace std::chrono_literals;
using strings = hub_fixture::strings;

namespace {

std::string invoke(const std::string& id, const std::string& data = "x") {
    return R"({"type":"invoke","invocationId":")" + id +
           R"(","target":"event","event":"e","dataType":"text","data":")" + data + R"("})";
}

std::string cancel(const std::string& id) { return R"({"type":"cancelInvocation","invocationId":")" + id + R"("})"; }

std::string response(const std::string& id, const std::string& rest = "") {
    return R"({"type":"invokeResponse","invocationId":")" + id + R"(","success":true)" + rest + "}";
}

std::string failure(const std::string& id, const std::string& name, const std::string& message) {
    return R"({"type":"invokeResponse","invocationId":")" + id + R"(","success":false,"error":{"name":")" + name +
           R"(","message":")" + message + R"("}})";
}

const std::string event_frame = R"({"type":"event","event":"e","dataType":"text","data":"","ackId":1})";

} // namespace

TEST_CASE("an invocation goes to the application and its answer back to the caller") {
    hub_fixture f;
    const auto client = f.connect(GENERATE(hub_fixture::plain, hub_fixture::reliable), "ann");
    f.text(client, invoke("1", "hi"));
    REQUIRE(f.invocations.size() == 1);
    const auto& asked = f.invocations[0];
    CHECK(asked.connection_id == f.id_of(client));
    CHECK(asked.user_id == "ann");
    CHECK(asked.invocation_id == "1");
    CHECK(asked.event == "e");
    CHECK(asked.data == text_payload("hi"));
    CHECK(f.take(client).empty());

    SECTION("with data") {
        CHECK(f.hub.answer_invocation(f.now, asked.id, json_payload("[1]")));
        f.drain();
        CHECK(f.take(client) == strings{response("1", R"(,"dataType":"json","data":[1])")});
    }
    SECTION("without data") {
        CHECK(f.hub.answer_invocation(f.now, asked.id));
        f.drain();
        CHECK(f.take(client) == strings{response("1")});
    }
    SECTION("a failure") {
        CHECK(f.hub.fail_invocation(f.now, asked.id, {"Own", "no"}));
        f.drain();
        CHECK(f.take(client) == strings{failure("1", "Own", "no")});
    }
    CHECK(f.hub.answer_invocation(f.now, asked.id).error() == errc::unknown_target);
    CHECK(f.hub.fail_invocation(f.now, asked.id, {}).error() == errc::unknown_target);
    CHECK(f.cancelled.empty());
    CHECK_FALSE(f.hub.poll_timeout());
}

TEST_CASE("an invocation may come without data") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    f.text(client, R"({"type":"invoke","invocationId":"1","event":"e"})");
    REQUIRE(f.invocations.size() == 1);
    CHECK_FALSE(f.invocations[0].data);
}

TEST_CASE("events and invocations have numbers of their own: an answer of the other kind finds nothing") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    f.text(client, invoke("1"));
    f.text(client, event_frame);
    REQUIRE(f.events.size() == 1);
    CHECK(f.hub.answer_event(f.now, f.invocations.at(0).id).error() == errc::unknown_target);
    CHECK(f.hub.answer_invocation(f.now, f.events[0].id).error() == errc::unknown_target);
    CHECK(f.hub.answer_invocation(f.now, f.invocations[0].id));
    CHECK(f.hub.answer_event(f.now, f.events[0].id));
}

TEST_CASE("several invocations wait at a time, hold nothing up, and are answered in any order") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    const auto other = f.connect(f.plain);
    for (const auto* id : {"a", "b", "c"}) f.text(client, invoke(id));
    f.text(other, invoke("a"));
    f.text(client, R"({"type":"joinGroup","group":"g","ackId":1})");
    CHECK(f.take(client) == strings{ack("1")});
    REQUIRE(f.invocations.size() == 4);
    for (const auto i : {2u, 3u, 0u, 1u}) CHECK(f.hub.answer_invocation(f.now, f.invocations[i].id));
    f.drain();
    CHECK(f.take(client) == strings{response("c"), response("a"), response("b")});
    CHECK(f.take(other) == strings{response("a")});
}

TEST_CASE("an id that waits already is a BadRequest, and free again after the answer") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    f.text(client, invoke("1", "first"));
    f.text(client, invoke("1", "second"));
    CHECK(f.take(client) == strings{failure("1", "BadRequest", "An invocation with this id is not answered yet.")});
    REQUIRE(f.invocations.size() == 1);
    CHECK(f.hub.answer_invocation(f.now, f.invocations[0].id));
    f.text(client, invoke("1", "third"));
    CHECK(f.take(client) == strings{response("1")});
    REQUIRE(f.invocations.size() == 2);
    CHECK(f.invocations[1].data == text_payload("third"));
}

TEST_CASE("one invocation too many and an id that is too long are BadRequests") {
    hub_options options;
    options.invocations.max_pending = 2;
    options.invocations.max_id_size = 3;
    hub_fixture f(options);
    const auto client = f.connect(f.plain);
    f.text(client, invoke("1"));
    f.text(client, invoke("long"));
    f.text(client, invoke("max"));
    f.text(client, invoke("3"));
    CHECK(f.take(client) == strings{failure("long", "BadRequest", "The invocation id is too long."),
                                    failure("3", "BadRequest", "Too many invocations are not answered yet.")});
    REQUIRE(f.invocations.size() == 2);
    const auto other = f.connect(f.plain);
    f.text(other, invoke("1"));
    CHECK(f.take(other).empty());
    CHECK(f.hub.answer_invocation(f.now, f.invocations[0].id));
    f.text(client, invoke("3"));
    CHECK(f.take(client) == strings{response("1")});
}

TEST_CASE("a cancelled invocation is forgotten, and the application is told") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    f.text(client, invoke("1"));
    f.text(client, cancel("2"));
    CHECK(f.cancelled.empty());
    f.text(client, cancel("1"));
    f.text(client, cancel("1"));
    REQUIRE(f.invocations.size() == 1);
    CHECK(f.cancelled == std::vector<event_id>{f.invocations[0].id});
    CHECK(f.hub.answer_invocation(f.now, f.invocations[0].id).error() == errc::unknown_target);
    CHECK(f.take(client).empty());
    CHECK_FALSE(f.hub.poll_timeout());
    f.text(client, invoke("1"));
    CHECK(f.invocations.size() == 2);
}

TEST_CASE("an invocation that nobody answers fails with Timeout") {
    hub_options options;
    options.timeouts.answer = 10s;
    hub_fixture f(options);
    const auto client = f.connect(f.plain);
    f.text(client, invoke("1"));
    CHECK(f.hub.poll_timeout() == f.now.steady + 10s);
    f.advance(9999ms);
    CHECK(f.take(client).empty());
    f.advance(1ms);
    CHECK(f.take(client) == strings{failure("1", "Timeout", "The application did not answer the invocation in time.")});
    CHECK(f.hub.answer_invocation(f.now, f.invocations.at(0).id).error() == errc::unknown_target);
    CHECK(f.cancelled.empty());
    CHECK_FALSE(f.close_of(client));
}

TEST_CASE("an invocation waits its turn behind an event, and its time begins with its turn") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    f.text(client, event_frame);
    f.text(client, invoke("1"));
    f.text(client, R"({"type":"joinGroup","group":"g","ackId":2})");
    CHECK(f.invocations.empty());
    f.advance(60s);
    CHECK(f.hub.answer_event(f.now, f.events.at(0).id));
    f.drain();
    CHECK(f.take(client) == strings{ack("1"), ack("2")});
    REQUIRE(f.invocations.size() == 1);
    CHECK(f.hub.poll_timeout() == f.now.steady + 100s);
}

TEST_CASE("an invocation can be cancelled while it waits its turn: the application never hears of it") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    f.text(client, event_frame);
    f.text(client, invoke("1", "cancelled"));
    f.text(client, cancel("1"));
    f.text(client, invoke("1", "again"));
    f.text(client, invoke("1", "repeated"));
    CHECK(f.take(client) == strings{failure("1", "BadRequest", "An invocation with this id is not answered yet.")});
    CHECK(f.hub.answer_event(f.now, f.events.at(0).id));
    f.drain();
    REQUIRE(f.invocations.size() == 1);
    CHECK(f.invocations[0].data == text_payload("again"));
    CHECK(f.cancelled.empty());
    CHECK(f.hub.answer_invocation(f.now, f.invocations[0].id));
    f.drain();
    CHECK(f.take(client) == strings{ack("1"), response("1")});
}

TEST_CASE("the number of an invocation that waits its turn is nobody's") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    f.text(client, event_frame);
    f.text(client, invoke("1"));
    for (std::uint64_t n = 1; n < 10; ++n) {
        const event_id id{n};
        CHECK(f.hub.answer_invocation(f.now, id).error() == errc::unknown_target);
        CHECK(f.hub.fail_invocation(f.now, id, {}).error() == errc::unknown_target);
    }
}

TEST_CASE("the loss of the transport cancels the invocations that were raised and those that wait their turn") {
    hub_fixture f;
    const auto client = f.connect(f.reliable);
    f.text(client, invoke("1"));
    f.text(client, invoke("2"));
    f.text(client, event_frame);
    f.text(client, invoke("3"));
    REQUIRE(f.invocations.size() == 2);
    transport_id again{};
    if (GENERATE(false, true)) {
        f.gone(client);
        CHECK(f.cancelled.size() == 2);
        again = f.recover_of(client);
    } else {
        again = f.recover_of(client);
    }
    CHECK(f.cancelled == std::vector<event_id>{f.invocations[0].id, f.invocations[1].id});
    CHECK(f.hub.answer_invocation(f.now, f.invocations[0].id).error() == errc::unknown_target);
    CHECK(f.hub.answer_event(f.now, f.events.at(0).id));
    f.drain();
    CHECK(f.invocations.size() == 2);
    f.take(again);

    // The ids are free.
    f.text(again, invoke("1"));
    f.text(again, invoke("3"));
    CHECK(f.take(again).empty());
    CHECK(f.invocations.size() == 4);
}

TEST_CASE("the end of a connection cancels its invocations before the application hears of the end") {
    hub_fixture f;
    const auto client = f.connect(GENERATE(hub_fixture::plain, hub_fixture::reliable));
    f.text(client, invoke("1"));
    f.hub.handle_closed(f.now, client, 1000);
    const auto first = f.hub.poll_event();
    const auto second = f.hub.poll_event();
    REQUIRE(first);
    REQUIRE(second);
    REQUIRE(holds_alternative<invocation_cancelled>(*first));
    CHECK(get<invocation_cancelled>(*first).id == f.invocations.at(0).id);
    CHECK(holds_alternative<client_disconnected>(*second));
    CHECK_FALSE(f.hub.poll_event());
    CHECK_FALSE(f.hub.poll_timeout());
}

TEST_CASE("after an answer that can't be sent the invocation still waits") {
    hub_options options;
    options.frames.max_payload_size = 10;
    hub_fixture f(options);
    const auto client = f.connect(f.plain);
    f.text(client, invoke("1"));
    const auto id = f.invocations.at(0).id;
    CHECK(f.hub.answer_invocation(f.now, id, json_payload("{")).error().code == errc::invalid_payload);
    CHECK(f.hub.answer_invocation(f.now, id, text_payload(std::string(11, 'x'))).error().code == errc::frame_too_large);
    CHECK(f.hub.answer_invocation(f.now, id, std::nullopt, {{" ", ""}}).error() == errc::invalid_metadata);
    CHECK(f.hub.fail_invocation(f.now, id, {"\xff", ""}).error() == errc::invalid_utf8);
    CHECK(f.hub.fail_invocation(f.now, id, {"", "\xff"}).error() == errc::invalid_utf8);
    CHECK(f.hub.fail_invocation(f.now, id, {"123456", "12345"}).error().code == errc::frame_too_large);
    f.drain();
    CHECK(f.take(client).empty());
    CHECK(f.hub.answer_invocation(f.now, id, json_payload("{}")));
    f.drain();
    CHECK(f.take(client).size() == 1);
}

TEST_CASE("a protobuf client invokes with metadata, and is answered with some") {
    hub_fixture f({}, all_service_codecs());
    const auto client = f.connect("protobuf.webpubsub.azure.v1");
    f.send_protobuf(client, invoke_message{"1", "e", json_payload("[1]"), {{"k", "v"}}});
    REQUIRE(f.invocations.size() == 1);
    CHECK(f.invocations[0].data == json_payload("[1]"));
    CHECK(f.invocations[0].metadata == string_map{{"k", "v"}});
    CHECK(f.hub.answer_invocation(f.now, f.invocations[0].id, binary_payload("b"), {{"a", "z"}}));
    f.drain();
    CHECK(f.messages(client) ==
          std::vector<service_message>{invoke_response_message{"1", binary_payload("b"), {{"a", "z"}}}});
    f.send_protobuf(client, invoke_message{"2", "e", json_payload("{"), {}});
    REQUIRE(f.close_of(client));
    CHECK(f.close_of(client)->code == close_code::invalid_payload);
}

TEST_CASE("a copy of a hub answers its own invocations") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    f.text(client, invoke("1"));
    auto copy = f.hub;
    CHECK(f.hub.answer_invocation(f.now, f.invocations.at(0).id));
    CHECK(copy.answer_invocation(f.now, f.invocations[0].id));
    CHECK(copy.poll_ready() == client);
}
