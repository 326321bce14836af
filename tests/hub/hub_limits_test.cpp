// SPDX-License-Identifier: MIT

// What a hub limits unless its options say otherwise: sessions.md section 11.

#include <webpubsub/codec/all_service_codecs.hpp>

#include "hub/state_fixture.hpp"
#include "support/catch.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace states;
using namespace json_frames;
using namespace std::chrono_literals;
using close_note = hub_fixture::close_note;

namespace {

constexpr std::uint32_t mib = 1 << 20;

/// How many messages of that size a reader that never reads is sent before it is closed; one more is with its host.
std::size_t sent_until_closed(std::string_view subprotocol, std::size_t bytes) {
    hub_fixture f;
    const auto reader = f.connect(subprotocol, {}, {"g"});
    f.stalled.insert(reader);
    std::size_t sent = 0;
    for (; !f.close_of(reader); ++sent) {
        REQUIRE(sent < 2000);
        REQUIRE(f.hub.send_to_group(f.now, "g", text_payload(std::string(bytes, 'x'))));
        f.drain();
    }
    return sent - 1;
}

} // namespace

TEST_CASE("a reliable connection has room for 1000 messages that are not confirmed, or 16 MiB") {
    CHECK(sent_until_closed(hub_fixture::reliable, 1) == 1000);
    CHECK(sent_until_closed(hub_fixture::reliable, mib) == 15);
    CHECK(sent_until_closed(hub_fixture::reliable, mib - 200) == 16);
}

TEST_CASE("any other connection has room for 1000 frames that are not sent, or 16 MiB") {
    for (const auto subprotocol : {hub_fixture::plain, std::string_view()}) {
        CHECK(sent_until_closed(subprotocol, 1) == 1000 + 1);
        CHECK(sent_until_closed(subprotocol, mib - 200) == 16 + 1);
    }
}

TEST_CASE("the last 1000 ackIds that succeeded are remembered, the oldest is forgotten first") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    const auto join = [&](int id) {
        f.send_json(client, join_group_message{"g", static_cast<std::uint64_t>(id)});
        return get<ack_message>(f.messages(client).at(0)).error.has_value();
    };
    for (int id = 1; id <= 1000; ++id) REQUIRE_FALSE(join(id));
    CHECK(join(1));
    CHECK_FALSE(join(1001));
    CHECK(join(2));
    CHECK_FALSE(join(1));
}

TEST_CASE("a frame may have 1 MiB and what the application sends too, but not more") {
    hub_fixture f;
    const auto client = f.connect("");
    f.text(client, std::string(mib, 'x'));
    CHECK(f.events.size() == 1);
    CHECK(f.hub.send_to_all(f.now, text_payload(std::string(mib, 'x'))) == 1u);
    CHECK(f.hub.send_to_all(f.now, text_payload(std::string(mib + 1, 'x'))).error().code == errc::frame_too_large);
    f.text(client, std::string(mib + 1, 'x'));
    CHECK(f.close_of(client) == close_note{1009, "The client message is too large."});
}

TEST_CASE("a connection may have 1000 named groups for a permission, and nine patterns") {
    hub_fixture f;
    auto asked = f.request(f.plain);
    asked.roles.clear();
    for (int i = 1; i <= 10; ++i) asked.roles.push_back("webpubsub.sendToGroups." + std::to_string(i) + "*");
    const auto id = f.id_of(f.connect(asked));
    // In sorted order: 1, 10, 2 and so on up to 9, of which the tenth is one too many.
    CHECK(f.hub.has_permission(id, permission::send_to_group, "8x"));
    CHECK_FALSE(f.hub.has_permission(id, permission::send_to_group, "9x"));
    for (int i = 1; i <= 1000; ++i) {
        REQUIRE(f.hub.grant(f.now, id, permission::send_to_group, "g" + std::to_string(i)));
    }
    CHECK(f.hub.grant(f.now, id, permission::send_to_group, "h").error() == errc::too_many_rules);
    CHECK_FALSE(f.hub.has_permission(id, permission::send_to_group, "h"));
}

TEST_CASE("a snapshot of group states has at most 200 items") {
    state_fixture f;
    for (int i = 0; i < 201; ++i) f.set(f.member(), some);
    const auto watcher = f.member();
    f.send_json(watcher, subscribe_group_state_message{"g"});
    const auto got = f.messages(watcher);
    REQUIRE(got.size() == 1);
    CHECK(get<group_state_snapshot_message>(got[0]).items.size() == 200);
}

TEST_CASE("a connection may have 100 open streams, 100 open invocations and states in 100 groups") {
    state_fixture f;
    strings groups;
    for (int i = 0; i < 101; ++i) groups.push_back(std::to_string(i));
    const auto client = f.member(f.plain, {}, groups);
    const auto errors = [&] {
        std::size_t count = 0;
        for (const auto& message : f.messages(client)) {
            if (const auto* closed = get_if<stream_closed_message>(&message)) count += closed->error.has_value();
            if (const auto* ack = get_if<ack_message>(&message)) count += ack->error.has_value();
            if (holds_alternative<invoke_response_message>(message)) ++count;
        }
        return count;
    };
    for (const auto& id : groups) {
        CHECK(errors() == 0);
        f.send_json(client, start_stream_message{"g", false, {id}});
        f.send_json(client, invoke_message{id, "e"});
        f.send_json(client, set_group_state_message{id, std::stoull(id), some});
    }
    CHECK(errors() == 3);
}

TEST_CASE("events that the application does not take are limited, and a client that adds more is closed") {
    hub_options options;
    options.application.max_pending_event_bytes = 10'000;
    hub_fixture f(options);
    const auto client = f.connect(f.reliable);
    const auto say = [&](const std::string& frame) { f.hub.handle_frame(f.now, client, frame_kind::text, frame); };
    std::optional<hub_orders::close_transport> closed;
    int asked = 0;
    for (; asked < 100 && !closed; ++asked) {
        const auto id = std::to_string(asked);
        say(R"({"type":"invoke","invocationId":")" + id +
            R"(","target":"event","event":"e","dataType":"text","data":")" + std::string(1000, 'x') + "\"}");
        say(R"({"type":"cancelInvocation","invocationId":")" + id + "\"}");
        while (const auto order = f.hub.poll_order()) {
            if (const auto* close = get_if<hub_orders::close_transport>(&*order)) closed = *close;
        }
        while (f.hub.poll_transmit(client)) f.hub.handle_written(f.now, client);
    }
    REQUIRE(closed);
    CHECK(closed->code == close_code::internal_error);
    CHECK(asked <= 12);
    CHECK(get<refused>(f.hub.admit(f.now, f.request(f.reliable))).http_status == 503);
    // Once they are taken, all goes on.
    while (f.hub.poll_event()) continue;
    CHECK(holds_alternative<accepted>(f.hub.admit(f.now, f.request(f.reliable))));
}
