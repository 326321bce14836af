// SPDX-License-Identifier: MIT

// Group state: what members keep and watch: subprotocols.md section 11.

#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/hub/hub.hpp>

#include "hub/state_fixture.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

using namespace states;
using namespace json_frames;
using namespace std::chrono_literals;

TEST_CASE("a change is told to every member that watches, the author too, before its ack") {
    state_fixture f;
    const auto author = f.member(f.plain, "ann");
    const auto watcher = f.watcher();
    const auto other = f.member();
    f.send_json(author, subscribe_group_state_message{"g"});
    f.take(author);
    f.text(author, R"({"type":"setGroupState","group":"g","state":{"a":"b"},"ackId":1})");
    const auto expected = R"({"type":"groupStateUpdate","group":"g","items":[{"connectionId":")" + f.id_of(author) +
                          R"(","userId":"ann","state":{"a":"b"},"updatedAt":)" +
                          std::to_string(f.time().time_since_epoch().count()) + "}]}";
    CHECK(f.take(author) == strings{expected, ack("1")});
    CHECK(f.take(watcher) == strings{expected});
    CHECK(f.take(other).empty());
}

TEST_CASE("a state is replaced as a whole and cleared by none; clearing nothing is no change") {
    state_fixture f;
    const auto author = f.member();
    const auto watcher = f.watcher();
    f.set(author, some);
    f.set(author, string_map{{"c", ""}});
    f.set(author, string_map{});
    f.set(author, std::nullopt, "g", 1);
    f.set(author, std::nullopt, "g", 2);
    CHECK(f.take(author) == strings{ack("1"), ack("2")});
    CHECK(f.messages(watcher) ==
          service_messages{group_state_update_message{{}, "g", {f.item(author, some)}},
                           group_state_update_message{{}, "g", {f.item(author, string_map{{"c", ""}}, 1)}},
                           group_state_update_message{{}, "g", {f.item(author, string_map{}, 2)}},
                           group_state_update_message{{}, "g", {f.item(author, std::nullopt, 3)}}});
}

TEST_CASE("a subscription begins with its ack and a snapshot, and ends with its ack") {
    state_fixture f;
    const auto author = f.member(f.plain, "ann");
    f.set(author, some);
    const auto first = f.item(author, some, 0, "ann");
    const auto watcher = f.member();
    f.send_json(watcher, subscribe_group_state_message{"g", 1});
    CHECK(f.messages(watcher) == service_messages{ack_message{1}, group_state_snapshot_message{{}, "g", {first}}});
    f.advance(1s);
    f.set(author, string_map{{"c", "d"}});
    CHECK(f.messages(watcher) == f.update(f.item(author, string_map{{"c", "d"}}, 0, "ann")));

    // Once more: another snapshot, and still one update for each change.
    f.send_json(watcher, subscribe_group_state_message{"g"});
    CHECK(f.messages(watcher).size() == 1);
    f.set(author, some);
    CHECK(f.messages(watcher).size() == 1);

    f.send_json(watcher, unsubscribe_group_state_message{"g", 2});
    f.send_json(watcher, unsubscribe_group_state_message{"g", 3});
    CHECK(f.take(watcher) == strings{ack("2"), ack("3")});
    f.set(author, std::nullopt);
    CHECK(f.take(watcher).empty());
}

TEST_CASE("a snapshot holds the first states by connection id, as many as the option says") {
    hub_options options;
    options.groups.max_snapshot_items = 3;
    state_fixture f(options);
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i) {
        const auto author = f.member();
        f.set(author, some);
        ids.push_back(f.id_of(author));
    }
    std::sort(ids.begin(), ids.end());
    const auto watcher = f.member();
    f.send_json(watcher, subscribe_group_state_message{"g"});
    const auto got = f.messages(watcher);
    REQUIRE(got.size() == 1);
    const auto& items = get<group_state_snapshot_message>(got[0]).items;
    REQUIRE(items.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) CHECK(items[i].connection_id == ids[i]);
}

TEST_CASE("what needs a role or membership is Forbidden without it, and has no effect") {
    struct row {
        client_message message;
        std::string role;
        std::string without_role;
    };
    const auto each =
        GENERATE(row{set_group_state_message{"g", 1, some}, "webpubsub.setGroupState.g*", "Permission denied."},
                 row{set_group_state_message{"g", 1, std::nullopt}, "webpubsub.setGroupState", "Permission denied."},
                 row{subscribe_group_state_message{"g", 1}, "webpubsub.getGroupState.?",
                     "No permission to get states of group g."});
    state_fixture f;
    const auto watcher = f.watcher();
    auto asked = f.request(f.plain, {}, {"g"});
    asked.roles = {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroup", "webpubsub.getGroupState.other",
                   "webpubsub.setGroupState.other"};
    const auto without_role = f.connect(asked);
    f.send_json(without_role, each.message);
    CHECK(f.take(without_role) == strings{failed_ack("1", "Forbidden", each.without_role)});

    asked.roles = {each.role};
    asked.groups = {"h"};
    const auto stranger = f.connect(asked);
    f.send_json(stranger, each.message);
    CHECK(f.take(stranger) == strings{failed_ack("1", "Forbidden", "Not a member of group.")});

    f.set(f.member(), some);
    CHECK(f.take(without_role).empty());
    CHECK(f.take(stranger).empty());
    CHECK(f.messages(watcher).size() == 1);

    asked.groups = {"g"};
    const auto allowed = f.connect(asked);
    f.send_json(allowed, each.message);
    CHECK(f.take(allowed).front() == ack("1"));
}

TEST_CASE("a state that is too large, or one in too many groups, is a BadRequest and changes nothing") {
    hub_options options;
    options.groups.max_states_per_connection = 2;
    state_fixture f(options);
    const auto author = f.member(f.plain, {}, {"g", "h", "i"});
    f.set(author, string_map{{"k", std::string(511, 'x')}}, "g", 1);
    f.set(author, string_map{{"k", std::string(512, 'x')}}, "g", 2);
    f.set(author, string_map{{"k", std::string(500, 'x')}, {std::string(10, 'k'), "12"}}, "h", 3);
    f.set(author, some, "h", 4);
    f.set(author, some, "i", 5);
    f.set(author, some, "h", 6);
    f.set(author, std::nullopt, "h", 7);
    f.set(author, some, "i", 5);
    const std::string too_large = "State payload exceeds maximum size 512 bytes.";
    CHECK(f.take(author) ==
          strings{ack("1"), failed_ack("2", "BadRequest", too_large), failed_ack("3", "BadRequest", too_large),
                  ack("4"),
                  failed_ack("5", "BadRequest", "The connection has a state in as many groups as it may have."),
                  ack("6"), ack("7"), ack("5")});
    const auto watcher = f.member();
    f.send_json(watcher, subscribe_group_state_message{"g"});
    const auto got = f.messages(watcher);
    REQUIRE(got.size() == 1);
    const auto& items = get<group_state_snapshot_message>(got[0]).items;
    REQUIRE(items.size() == 1);
    CHECK(items[0].state == string_map{{"k", std::string(511, 'x')}});
}

TEST_CASE("an ack id that succeeded is a Duplicate for group state too, and nothing is done again") {
    const client_message repeated = GENERATE(client_message(set_group_state_message{"g", 7, std::nullopt}),
                                             client_message(subscribe_group_state_message{"g", 7}),
                                             client_message(unsubscribe_group_state_message{"g", 7}));
    state_fixture f;
    const auto client = f.member();
    const auto watcher = f.watcher();
    f.set(client, some, "g", 7);
    f.take(client);
    f.take(watcher);
    f.send_json(client, repeated);
    CHECK(f.take(client) == strings{failed_ack("7", "Duplicate", "Message with ack-id: 7 has been processed")});
    CHECK(f.take(watcher).empty());
    f.set(watcher, some);
    CHECK(f.take(client).empty());
}

TEST_CASE("members on all subprotocols watch and set, and simple clients see nothing of it") {
    state_fixture f({}, all_service_codecs());
    const auto simple = f.connect("", {}, {"g"});
    std::vector<transport_id> members;
    for (const auto& form : all_service_codecs()) members.push_back(f.member(form.protocol().name, "u"));
    // In the order of all_codecs: which of them speak protobuf, and number their messages.
    const auto send = [&](std::size_t i, const client_message& message) {
        const bool is_json = all_service_codecs()[i].protocol().encoding == encoding::json;
        is_json ? f.send_json(members[i], message) : f.send_protobuf(members[i], message);
    };
    for (std::size_t i = 0; i < members.size(); ++i) send(i, subscribe_group_state_message{"g"});
    for (const auto member : members) f.take(member);
    f.ids[members[2]] = std::string(f.hub.connection_of(members[2]));
    for (const std::size_t author : {std::size_t{0}, std::size_t{2}}) {
        const string_map state{{"k\xc3\xa9y", "\"v\""}, {"", "x"}};
        send(author, set_group_state_message{"g", {}, state});
        for (std::size_t i = 0; i < members.size(); ++i) {
            const auto got = f.messages(members[i]);
            REQUIRE(got.size() == 1);
            const auto& update = get<group_state_update_message>(got[0]);
            CHECK(update.sequence_id.has_value() == all_service_codecs()[i].protocol().reliable);
            CHECK(update.items == std::vector<group_state_item>{f.item(members[author], state, 0, "u")});
        }
    }
    CHECK(f.take(simple).empty());
}

TEST_CASE("group state requests wait their turn behind an event") {
    state_fixture f;
    const auto client = f.member();
    const auto watcher = f.watcher();
    f.text(client, R"({"type":"event","event":"e","data":1,"ackId":1})");
    f.set(client, some, "g", 2);
    CHECK(f.take(watcher).empty());
    CHECK(f.hub.answer_event(f.now, f.events.at(0).id));
    f.drain();
    CHECK(f.take(client) == strings{ack("1"), ack("2")});
    CHECK(f.messages(watcher).size() == 1);
}
