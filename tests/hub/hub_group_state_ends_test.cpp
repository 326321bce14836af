// SPDX-License-Identifier: MIT

// How group states live on, and end with memberships and connections: subprotocols.md section 11.

#include <webpubsub/hub/hub.hpp>

#include "hub/state_fixture.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using namespace states;
using namespace json_frames;
using namespace std::chrono_literals;

TEST_CASE("who leaves a group, however, loses its state there and its subscription, and the others are told") {
    state_fixture f;
    const auto client = f.member(f.plain, "ann", {"g", "other"});
    const auto watcher = f.watcher();
    f.set(client, some);
    f.set(client, some, "other");
    for (const auto* group : {"g", "other"}) f.send_json(client, subscribe_group_state_message{group});
    f.take(client);
    f.take(watcher);
    const auto cleared = [&](std::int64_t later) { return f.update(f.item(client, std::nullopt, later, "ann")); };
    bool from_all = false;
    SECTION("by itself") {
        f.text(client, R"({"type":"leaveGroup","group":"g","ackId":1})");
        CHECK(f.take(client) == strings{ack("1")});
        CHECK(f.messages(watcher) == cleared(2));
    }
    SECTION("removed by the application") {
        CHECK(f.hub.remove_from_group(f.now, f.id_of(client), "g"));
        f.drain();
        CHECK(f.messages(watcher) == cleared(2));
    }
    SECTION("removed from all groups") {
        CHECK(f.hub.remove_from_all_groups(f.now, f.id_of(client)));
        f.drain();
        CHECK(f.messages(watcher) == cleared(2));
        from_all = true;
    }
    CHECK(f.take(client).empty());
    f.set(watcher, some);
    CHECK(f.take(client).empty());
    f.take(watcher);

    // The other group's state and subscription are untouched unless that was left as well.
    f.set(client, string_map{{"x", "y"}}, "other");
    CHECK(f.messages(client).size() == (from_all ? 0 : 1));

    // Times go on growing when it comes back.
    CHECK(f.hub.add_to_group(f.now, f.id_of(client), "g"));
    f.set(client, some);
    const auto again = f.messages(watcher);
    REQUIRE(again.size() == 1);
    CHECK(get<group_state_update_message>(again[0]).items.at(0).updated_at > f.time() + 2ms);
}

TEST_CASE("leaving a group without a state there tells nothing") {
    state_fixture f;
    const auto client = f.member();
    const auto watcher = f.watcher();
    f.text(client, R"({"type":"leaveGroup","group":"g"})");
    CHECK(f.take(watcher).empty());
    CHECK(f.hub.remove_from_group(f.now, f.id_of(client), "g"));
    CHECK(f.hub.remove_from_all_groups(f.now, f.id_of(client)));
    f.drain();
    CHECK(f.take(watcher).empty());
}

TEST_CASE("a state outlives the loss of a transport and ends with its connection") {
    state_fixture f;
    const auto author = f.member(f.reliable);
    const auto watcher = f.watcher();
    f.set(author, some);
    f.take(watcher);
    f.gone(author);
    CHECK(f.take(watcher).empty());
    const auto late = f.member();
    f.send_json(late, subscribe_group_state_message{"g"});
    CHECK(get<group_state_snapshot_message>(f.messages(late).at(0)).items.size() == 1);

    f.advance(30s);
    CHECK(f.messages(watcher) == f.update(f.item(author, std::nullopt)));
    f.send_json(late, subscribe_group_state_message{"g"});
    CHECK(f.messages(late).size() == 2);
}

TEST_CASE("group state messages are numbered on a reliable connection and replayed with the rest") {
    state_fixture f;
    const auto author = f.member();
    f.set(author, some);
    const auto watcher = f.member(f.reliable);
    f.send_json(watcher, subscribe_group_state_message{"g", 1});
    const group_state_snapshot_message snapshot{1, "g", {f.item(author, some)}};
    CHECK(f.messages(watcher) == service_messages{ack_message{1}, snapshot});
    f.gone(watcher);
    f.advance(1s);
    f.set(author, std::nullopt);
    const group_state_update_message update{2, "g", {f.item(author, std::nullopt)}};
    const auto again = f.recover_of(watcher);
    auto replayed = f.messages(again);
    REQUIRE(replayed.size() == 3);
    replayed.erase(replayed.begin());
    CHECK(replayed == service_messages{snapshot, update});

    // Still subscribed.
    f.set(author, some);
    CHECK(f.messages(again).size() == 1);
}

TEST_CASE("a watcher that is too slow is closed, and its own states are announced to the others") {
    hub_options options;
    options.queues.outbound.frames = 3;
    // Nobody waits for slow receivers, so that their queues fill up.
    options.queues.stall_time = std::chrono::seconds(0);
    state_fixture f(options);
    const auto author = f.member();
    const auto watcher = f.watcher();
    const auto slow = f.watcher();
    f.set(slow, some);
    f.take(watcher);
    f.take(slow);
    f.stalled.insert(slow);
    const auto slow_id = f.id_of(slow);
    for (int i = 0; i < 6; ++i) {
        f.set(author, some);
        if (f.close_of(slow)) break;
    }
    REQUIRE(f.close_of(slow));
    const auto seen = f.messages(watcher);
    const auto& last = get<group_state_update_message>(seen.back());
    CHECK(last.items.at(0).connection_id == slow_id);
    CHECK_FALSE(last.items[0].state);
    CHECK(f.hub.counters().slow_consumers == 1);
}

TEST_CASE("an end whose news ends the next watcher, and so on, is told to the last one completely") {
    hub_options options;
    options.queues.outbound.frames = 60;
    // Nobody waits for slow receivers, so that their queues fill up.
    options.queues.stall_time = std::chrono::seconds(0);
    state_fixture f(options);
    const auto last = f.watcher();
    std::vector<transport_id> members;
    for (int i = 0; i < 40; ++i) {
        members.push_back(f.watcher());
        f.set(members.back(), some);
    }
    f.take(last);
    // One frame is being written; the queue of the first is full then, of each other there is room for one more.
    for (std::size_t i = 0; i < 40; ++i) {
        f.take(members[i]);
        f.stalled.insert(members[i]);
        for (std::size_t frame = 0; frame < 61 - i; ++frame) f.text(members[i], R"({"type":"ping"})");
    }
    CHECK(f.hub.connection_count() == 41);
    f.set(last, some);
    CHECK(f.hub.connection_count() == 1);
    const auto told = f.messages(last);
    REQUIRE(told.size() == 41);
    for (std::size_t i = 0; i < 40; ++i) {
        const auto& item = get<group_state_update_message>(told[i + 1]).items.at(0);
        CHECK(item.connection_id == f.id_of(members[i]));
        CHECK_FALSE(item.state);
    }
}
