// SPDX-License-Identifier: MIT

// What was wrong once, seen from outside.

#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/codec/json.hpp>
#include <webpubsub/hub/hub.hpp>
#include <webpubsub/text/utf8.hpp>

#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace webpubsub;
using namespace std::chrono_literals;
using strings = hub_fixture::strings;
using close_note = hub_fixture::close_note;

namespace {

hub_options with_every_duration(std::optional<duration> value) {
    hub_options options;
    options.application.ask_on_connect = true;
    options.streams.idle_timeout = options.recovery.window = options.recovery.token_lifetime = value;
    options.timeouts = {value, value, value, value};
    options.queues.stall_time = options.queues.slow_after = value;
    return options;
}

} // namespace

TEST_CASE("defect 20: durations without an end are never due") {
    const auto value = GENERATE(std::optional<duration>(duration::max()), std::optional<duration>());
    hub_fixture f(with_every_duration(value));
    const auto pass_a_day = [&] { f.advance(24h); };
    const auto connect = [&](std::string_view subprotocol) {
        const auto id = get<waiting>(f.hub.admit(f.now, f.request(subprotocol, {}, {"g"}))).id;
        pass_a_day();
        REQUIRE(f.hub.accept_connect(f.now, id));
        f.drain();
        const auto transport = get<accepted>(f.outcomes.at(id)).transport;
        pass_a_day();
        f.hub.handle_opened(f.now, transport);
        f.drain();
        f.first_frame[transport] = f.take(transport).at(0);
        return transport;
    };
    const auto client = connect(f.reliable);
    f.text(client, R"({"type":"sendToGroup","group":"g","stream":{"streamId":"s"}})");
    f.text(client, R"({"type":"event","event":"e","data":1,"ackId":1})");
    pass_a_day();
    CHECK_FALSE(f.close_of(client));
    CHECK(f.hub.answer_event(f.now, f.events.at(0).id));
    f.text(client, R"({"type":"streamEnd","streamId":"s"})");
    CHECK(f.messages(client).back() == service_message(stream_closed_message{"s", {}}));
    f.gone(client);
    pass_a_day();
    CHECK_FALSE(f.end_of(client));
    auto asked = f.request(f.reliable);
    asked.recovery = recovery_request{f.id_of(client), f.token_of(client)};
    const auto again = get<accepted>(f.hub.admit(f.now, asked)).transport;
    f.hub.handle_opened(f.now, again);
    f.drain();
    CHECK(f.hub.connection_of(again) == f.id_of(client));
    f.stalled.insert(again);
    REQUIRE(f.hub.send_to_all(f.now, payload_view::text("x")));
    f.drain();
    REQUIRE(f.hub.close_connection(f.now, f.id_of(client)));
    f.drain();
    pass_a_day();
    CHECK_FALSE(f.close_of(again));
}

TEST_CASE("defect 20: durations of zero are due at once, and nothing loops") {
    hub_fixture f(with_every_duration(0s));
    const auto id = get<waiting>(f.hub.admit(f.now, f.request(f.plain))).id;
    CHECK(f.hub.poll_timeout() == f.now.steady);
    f.advance(0s);
    CHECK(get<refused>(f.outcomes.at(id)).http_status == 500);
    CHECK_FALSE(f.hub.poll_timeout());
}

TEST_CASE("defect 22: what waits is counted by what is kept") {
    hub_options options;
    options.requests.waiting.bytes = 20'000;
    hub_fixture f(options, all_service_codecs());
    const auto client = f.connect("protobuf.webpubsub.azure.v1");
    f.send_protobuf(client, event_message{"e", {}, text_payload("x"), {}});
    send_to_group_message many{"g", {}, false, text_payload("x"), {}, 0};
    for (int i = 0; i < 400; ++i) many.metadata.push_back({std::to_string(i), ""});
    // A small frame, and 25 KiB in memory.
    f.send_protobuf(client, many);
    CHECK(f.close_of(client)->code == 1008);
}

TEST_CASE("defect 23: a payload is still the caller's when the call fails") {
    hub_options options;
    options.frames.max_payload_size = 3;
    hub_fixture f(options);
    const auto data = text_payload("long");
    CHECK_FALSE(f.hub.send_to_all(f.now, data));
    CHECK(data.bytes == "long");
}

namespace {

/// Codecs of as many encodings, which all write JSON.
template <int Number>
service_codec codec_number(std::string_view name) {
    static const service_codec real = json_service_codec();
    static constexpr service_codec_functions functions{
        [](std::string_view frame, const decode_target<client_message>& out, const codec_limits&) {
            auto notes = real.decode(frame, out.message());
            return notes;
        },
        [](const service_message& message, std::string& out) { return real.encode(message, out); },
        [](const service_message& message, std::string& out) {
            out += std::to_string(Number);
            return real.append_body(message, out);
        },
        [](std::optional<std::uint64_t>, std::string_view body, frame_prefix&) {
            return frame_parts{{}, body};
        },
    };
    return service_codec(functions, subprotocol{name, encoding::json, false});
}

} // namespace

TEST_CASE("defect 28: a hub takes more encodings than the protocol has") {
    hub_fixture f({}, {codec_number<1>("1"), codec_number<2>("2"), codec_number<3>("3"), codec_number<4>("4"),
                       codec_number<5>("5"), codec_number<6>("6"), codec_number<7>("7")});
    std::vector<transport_id> clients;
    for (const auto* const name : {"1", "2", "3", "4", "5", "6", "7", ""}) {
        clients.push_back(f.connect(name, {}, {"g"}));
    }
    CHECK(f.hub.send_to_group(f.now, "g", payload_view::text("x")) == 8u);
    f.drain();
    for (std::size_t i = 0; i < 7; ++i) CHECK(f.take(clients[i]).at(0).starts_with(std::to_string(i + 1)));
    CHECK(f.take(clients[7]) == strings{"x"});
}

TEST_CASE("defect 24: half of a surrogate pair in a name or a text is a bad request, and elsewhere nothing") {
    hub_fixture f;
    const auto client = f.connect(f.plain, {}, {"g"});
    const auto refused = [&](const std::string& frame) {
        f.text(client, frame);
        REQUIRE_FALSE(f.close_of(client));
        const auto got = f.messages(client);
        if (got.size() != 1) return false;
        const auto* const ack = get_if<ack_message>(&got[0]);
        return ack != nullptr && ack->error && ack->error->name == "BadRequest";
    };
    CHECK(refused(R"({"type":"joinGroup","group":"a\ud83d","ackId":1})"));
    CHECK(refused(R"({"type":"leaveGroup","group":"a\ud83d","ackId":2})"));
    CHECK(refused(R"({"type":"sendToGroup","group":"g","dataType":"text","data":"\ud83d","ackId":3})"));
    CHECK(refused(R"({"type":"event","event":"\udc00","data":1,"ackId":4})"));
    CHECK(refused(R"({"type":"subscribeGroupState","group":"\udc00","ackId":5})"));
    f.text(client, R"({"type":"joinGroup","group":"a\ud83d"})");
    f.text(client, R"({"type":"sendToGroup","group":"g\ud83d","stream":{"streamId":"s"}})");
    CHECK(f.take(client).empty());
    f.text(client, R"({"type":"invoke","invocationId":"1","event":"e\ud83d"})");
    CHECK(holds_alternative<service_error>(get<invoke_response_message>(f.messages(client).at(0)).outcome));
    f.text(client, R"({"type":"ping","more":"\ud83d"})");
    CHECK(f.take(client) == strings{R"({"type":"pong"})"});
    f.text(client, R"({"type":"sendToGroup","group":"g","data":{"a":"\ud83d"}})");
    CHECK(f.take(client).at(0).find(R"({"a":"\ud83d"})") != std::string::npos);
    CHECK_FALSE(f.close_of(client));
    CHECK(f.events.empty());
}

TEST_CASE("defect 31: a user id that is not UTF-8 is refused and comes into nobody's frames") {
    hub_fixture f;
    CHECK(get<refused>(f.hub.admit(f.now, f.request(f.plain, "\xFF\xFE"))).http_status == 400);
    hub_options options;
    options.application.ask_on_connect = true;
    hub_fixture g(options);
    const auto id = get<waiting>(g.hub.admit(g.now, g.request(g.plain))).id;
    connect_overrides overrides;
    overrides.user_id = "\xFF\xFE";
    CHECK(g.hub.accept_connect(g.now, id, overrides));
    g.drain();
    CHECK(get<refused>(g.outcomes.at(id)).http_status == 500);
}

TEST_CASE("defect 32: metadata of the application with a key twice is refused") {
    hub_fixture f;
    const auto member = f.connect(f.plain);
    send_options how;
    how.metadata = {{"k", "1"}, {"other", "2"}, {"k", "2"}};
    CHECK(f.hub.send_to_all(f.now, payload_view::text("x"), how).error() ==
          error::about(errc::invalid_metadata, "metadata"));
    f.text(member, R"({"type":"invoke","invocationId":"1","event":"e"})");
    CHECK_FALSE(f.hub.answer_invocation(f.now, f.invocations.at(0).id, std::nullopt, how.metadata));
    f.drain();
    CHECK(f.take(member).empty());
}

namespace {

/// The least processor time of some runs in which so many messages are written by a connection that is being closed.
std::clock_t time_to_drain(int messages) {
    std::clock_t least = 0;
    for (int run = 0; run < 3; ++run) {
        hub_options options;
        options.queues.outbound.frames = 100'000;
        hub_fixture f(options);
        const auto slow = f.connect(hub_fixture::plain, {}, {"g"});
        for (int i = 0; i < messages; ++i) REQUIRE(f.hub.send_to_group(f.now, "g", payload_view::text("x")));
        REQUIRE(f.hub.close_connection(f.now, f.id_of(slow)));
        const auto start = std::clock();
        f.drain();
        const auto taken = std::clock() - start;
        REQUIRE(f.take(slow).size() == static_cast<std::size_t>(messages) + 1);
        REQUIRE(f.close_of(slow));
        least = run == 0 ? taken : std::min(least, taken);
    }
    return least;
}

} // namespace

TEST_CASE("defect 33: to drain four times as much takes some four times as long") {
    const auto some = time_to_drain(1000);
    const auto more = time_to_drain(4000);
    CAPTURE(some, more);
    // Sixteen times as long if each write walks the whole queue.
    CHECK(more < 8 * std::max<std::clock_t>(some, 1));
}

TEST_CASE("defect 35: a hub draws the seed of its hashes from the secure source") {
    std::size_t drawn = 0;
    const secure_random counting{&drawn, [](void* context, unsigned char* bytes, std::size_t size) {
                                     *static_cast<std::size_t*>(context) += size;
                                     std::fill_n(bytes, size, static_cast<unsigned char>(1));
                                 }};
    const hub one({}, {}, counting);
    CHECK(drawn == 16);
}

TEST_CASE("defect 37a: bytes that are being written stay valid when their transport is gone, and the hub") {
    std::optional<delivery> held;
    {
        hub_fixture f;
        const auto slow = f.connect(f.plain, {}, {"g"});
        REQUIRE(f.hub.send_to_group(f.now, "g", payload_view::text(std::string(100, 'a'))));
        held.emplace(*f.hub.poll_transmit(slow));
        f.hub.handle_closed(f.now, slow);
        f.connect(f.plain, {}, {"g"});
        for (int i = 0; i < 10; ++i) {
            REQUIRE(f.hub.send_to_group(f.now, "g", payload_view::text(std::string(100, 'b'))));
        }
    }
    CHECK(held->body().find(std::string(100, 'a')) != std::string_view::npos);
    CHECK(held->prefix() == "{");
}

TEST_CASE("defect 37b: an order to close says whether messages are under way") {
    hub_fixture f;
    const auto slow = f.connect(f.plain, {}, {"g"});
    const auto idle = f.connect(f.plain);
    f.stalled.insert(slow);
    REQUIRE(f.hub.send_to_group(f.now, "g", payload_view::text("x")));
    f.drain();
    CHECK(f.hub.close_all(f.now));
    f.drain();
    CHECK(f.close_of(idle)->code == 1001);
    CHECK_FALSE(f.aborted.contains(idle));
    CHECK_FALSE(f.close_of(slow));
    f.advance(5s);
    CHECK(f.close_of(slow)->code == 1001);
    CHECK(f.aborted.contains(slow));
}

TEST_CASE("defect 38: the application lists members, users, groups and connections, and sees queues") {
    hub_fixture f;
    const auto a = f.connect(f.plain, "ann", {"g", "h"});
    const auto b = f.connect(f.reliable, "bob", {"g"});
    f.connect("", "ann");
    strings members{f.id_of(a), f.id_of(b)};
    std::sort(members.begin(), members.end());
    CHECK(f.hub.list_members("g", {}, 10) == members);
    CHECK(f.hub.list_members("g", members[1], 10) == strings{members[1]});
    CHECK(f.hub.list_members("nobody", {}, 10).empty());
    CHECK(f.hub.list_users({}, 10) == strings{"ann", "bob"});
    CHECK(f.hub.list_users("b", 10) == strings{"bob"});
    CHECK(f.hub.list_groups({}, 10) == strings{"g", "h"});
    CHECK(f.hub.list_connections({}, 10).size() == 3);
    CHECK(f.hub.list_connections_of_user("ann", {}, 10).size() == 2);
    CHECK_FALSE(f.hub.queue_of("nobody"));
    CHECK(f.hub.queue_of(f.id_of(b)) == queue_depth{});
    REQUIRE(f.hub.send_to_user(f.now, "bob", payload_view::text("x")));
    const auto waiting = *f.hub.queue_of(f.id_of(b));
    CHECK(waiting.messages == 1);
    CHECK(waiting.unacknowledged == 0);
    f.drain();
    CHECK(f.hub.queue_of(f.id_of(b)) == queue_depth{1, waiting.bytes, 1, 0, 0});
    f.text(b, R"({"type":"sequenceAck","sequenceId":1})");
    CHECK(f.hub.queue_of(f.id_of(b)) == queue_depth{});
}

TEST_CASE("defect 55: a connection that its client closes with another code than 1000 can be recovered") {
    const auto code = GENERATE(as<std::uint16_t>{}, 1002, 1003, 1007, 1009);
    CAPTURE(code);
    hub_fixture f;
    const auto client = f.connect(f.reliable, {}, {"g"});
    f.gone(client, code);
    REQUIRE(f.hub.send_to_group(f.now, "g", payload_view::text("meanwhile")));
    const auto again = f.recover_of(client);
    CHECK_FALSE(f.close_of(again));
    CHECK(f.take(again).at(1).find("meanwhile") != std::string::npos);
}

TEST_CASE("defect 55c: an error says which limit was exceeded, and by what") {
    hub_options options;
    options.frames.max_payload_size = 3;
    hub_fixture f(options);
    const auto sent = f.hub.send_to_all(f.now, payload_view::text("long"));
    CHECK(sent.error() == error::exceeds(errc::frame_too_large, "frames.max_payload_size", 3, 4));
    CHECK(sent.error().message().find("frames.max_payload_size is 3") != std::string::npos);
}

TEST_CASE("a join that the host holds is undone when it is not released, and what follows goes on") {
    hub_options options;
    options.application.hold_joins = true;
    hub_fixture f(options);
    const auto client = f.connect(f.plain);
    f.text(client, R"({"type":"joinGroup","group":"g","ackId":1})");
    f.text(client, R"({"type":"sendToGroup","group":"h","data":1,"ackId":2})");
    f.text(client, R"({"type":"ping"})");
    REQUIRE(f.held_requests.size() == 1);
    CHECK(f.take(client) == strings{R"({"type":"pong"})"});
    SECTION("released") {
        CHECK(f.hub.release_request(f.now, f.held_requests[0].id));
        f.drain();
        CHECK(f.take(client) == strings{json_frames::ack("1"), json_frames::ack("2")});
        CHECK(f.hub.is_in_group(f.id_of(client), "g"));
    }
    SECTION("refused") {
        CHECK(f.hub.refuse_request(f.now, f.held_requests[0].id, {"Forbidden", "no"}));
        f.drain();
        CHECK(f.take(client) == strings{json_frames::failed_ack("1", "Forbidden", "no"), json_frames::ack("2")});
    }
    SECTION("late") {
        f.advance(10s);
        CHECK(f.take(client).at(0).find("InternalServerError") != std::string::npos);
        CHECK_FALSE(f.hub.is_in_group(f.id_of(client), "g"));
        CHECK(f.hub.release_request(f.now, f.held_requests[0].id).error() == errc::unknown_target);
    }
}

TEST_CASE("a hub that was moved from has nobody, and what it is told is late") {
    hub_fixture f;
    const auto client = f.connect(f.reliable, "u", {"g"});
    hub moved = std::move(f.hub);
    CHECK(moved.connection_count() == 1);
    CHECK(moved.send_to_group(f.now, "g", payload_view::text("x")) == 1u);
    CHECK(moved.poll_transmit(client));
    hub& old = f.hub;
    CHECK(old.connection_count() == 0);
    CHECK(old.group_count() == 0);
    old.handle_frame(f.now, client, frame_kind::text, R"({"type":"ping"})");
    CHECK(old.counters().late_inputs == 1);
    CHECK_FALSE(old.poll_timeout());
    CHECK(old.send_to_all(f.now, payload_view::text("x")) == 0u);
}
