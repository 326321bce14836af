// SPDX-License-Identifier: MIT

// What clients and the application send, from one node to the clients of the others.

#include "cluster/cluster_fixture.hpp"

using namespace cluster_tests;

namespace {

std::string group_text(const std::string& group, const std::string& text, const std::string& user = {}) {
    return json_frames::group_message(group, text, user);
}

std::string server_text(const std::string& text) {
    return R"({"type":"message","from":"server","dataType":"text","data":")" + text + R"("})";
}

std::string send(const std::string& group, const std::string& text, const std::string& more = {}) {
    return R"({"type":"sendToGroup","group":")" + group + R"(","dataType":"text","data":")" + text + '"' + more + '}';
}

constexpr auto orders = {bus_order_rule::by_sender, bus_order_rule::by_bus};

} // namespace

TEST_CASE("a message to a group reaches its members on all nodes, and nobody twice") {
    for (const auto order : orders) {
        cluster_fixture f(3, {.order = order});
        const auto a = f.connect(0, "alice", {"g"});
        const auto b = f.connect(1, "bob", {"g"});
        const auto c = f.connect(2, {}, {"other"});
        const auto d = f.connect(0, {}, {"g"});
        f.text(a, send("g", "hello", R"(,"ackId":1)"));
        const auto expected = group_text("g", "hello", "alice");
        CHECK(f.take(b) == strings{expected});
        CHECK(f.take(d) == strings{expected});
        CHECK(f.take(c).empty());
        auto own = f.take(a);
        std::sort(own.begin(), own.end());
        CHECK(own == strings{json_frames::ack("1"), expected});
        f.text(b, send("g", "back", R"(,"noEcho":true)"));
        CHECK(f.take(b).empty());
        CHECK(f.take(a) == strings{group_text("g", "back", "bob")});
        CHECK(f.take(d) == strings{group_text("g", "back", "bob")});
    }
}

TEST_CASE("one publication is one message of the bus, and a node without interest gets none") {
    cluster_fixture f(3);
    const auto a = f.connect(0, "alice", {"g"});
    f.connect(1, "bob", {"g"});
    const auto before = f.bus.published;
    const auto own = f.member(0).counters().own;
    f.is_immediate = false;
    f.text(a, send("g", "hello"));
    CHECK(f.bus.published == before + 1);
    while (f.bus.move_up(0)) {}
    CHECK(f.bus.down(0) == 1);
    CHECK(f.bus.down(1) == 1);
    CHECK(f.bus.down(2) == 0);
    f.settle();
    CHECK(f.member(0).counters().own == own + 1);
}

TEST_CASE("the application reaches everybody, a user, a group and a connection, from any node") {
    for (const auto order : orders) {
        cluster_fixture f(3, {.order = order});
        const auto a = f.connect(0, "u", {"g"});
        const auto b = f.connect(1, "u");
        const auto c = f.connect(2, "v", {"g"});
        const auto all = [&] { return std::vector<strings>{f.take(a), f.take(b), f.take(c)}; };
        const auto text = payload_view::text("x");
        const strings one{server_text("x")};

        REQUIRE(f.member(2).send_to_all(f.now, text));
        f.settle();
        CHECK(all() == std::vector<strings>{one, one, one});
        REQUIRE(f.member(2).send_to_user(f.now, "u", text));
        f.settle();
        CHECK(all() == std::vector<strings>{one, one, {}});
        REQUIRE(f.member(1).send_to_group(f.now, "g", text));
        f.settle();
        CHECK(all() == std::vector<strings>{{group_text("g", "x")}, {}, {group_text("g", "x")}});
        REQUIRE(f.member(1).send_to_connection(f.now, f.id_of(c), text));
        f.settle();
        CHECK(all() == std::vector<strings>{{}, {}, one});
        REQUIRE(f.member(2).send_to_connection(f.now, f.id_of(c), text));
        f.settle();
        CHECK(all() == std::vector<strings>{{}, {}, one});

        // Left out by id, by filter, and as the sender.
        REQUIRE(f.member(2).send_to_all(f.now, text, {.except = {f.id_of(a)}}));
        f.settle();
        CHECK(all() == std::vector<strings>{{}, one, one});
        REQUIRE(f.member(2).send_to_all(f.now, text, {.filter = "userId eq 'u' and 'g' in groups"}));
        f.settle();
        CHECK(all() == std::vector<strings>{one, {}, {}});
        REQUIRE(f.member(0).send_to_group(f.now, "g", text, {.sender = f.id_of(a), .no_echo = true}));
        f.settle();
        CHECK(all() == std::vector<strings>{{}, {}, {group_text("g", "x", "u")}});
        REQUIRE(f.member(2).send_to_group(f.now, "g", text, {.sender = f.id_of(a), .no_echo = true}));
        f.settle();
        CHECK(all() == std::vector<strings>{{}, {}, {group_text("g", "x")}});
    }
}

TEST_CASE("what can't be sent is refused, and reaches nobody") {
    for (const auto order : orders) {
        cluster_fixture f(2, {.order = order});
        const auto a = f.connect(0);
        const auto b = f.connect(1);
        const auto published = f.bus.published;
        CHECK(f.member(0).send_to_all(f.now, payload_view::json("{")).error().code == errc::invalid_payload);
        CHECK(f.member(0).send_to_group(f.now, "", payload_view::text("x")).error() == errc::invalid_group_name);
        CHECK(f.member(0).send_to_all(f.now, payload_view::text("x"), {.filter = "userId eq"}).error() ==
              error::about(errc::invalid_argument, "filter"));
        CHECK(f.member(0).send_to_all(f.now, payload_view::text("x"), {.time_to_live = 301s}).error() ==
              error::about(errc::invalid_field, "time_to_live"));
        CHECK(f.member(0).send_to_connection(f.now, f.id_of(b), payload_view::json("{")).error().code ==
              errc::invalid_payload);
        f.settle();
        CHECK(f.bus.published == published);
        CHECK(f.take(a).empty());
        CHECK(f.take(b).empty());
    }
}

TEST_CASE("a time to live and metadata go with a message to other nodes") {
    cluster_fixture f(2);
    const auto b = f.connect(1);
    f.host(1).stalled.insert(b.transport);
    // The first message is with the host.
    REQUIRE(f.member(0).send_to_all(f.now, payload_view::text("first")));
    REQUIRE(f.member(0).send_to_all(f.now, payload_view::text("short"), {.time_to_live = 2s}));
    REQUIRE(
        f.member(0).send_to_all(f.now, payload_view::text("long"), {.time_to_live = 20s, .metadata = {{"k", "v"}}}));
    f.settle();
    f.pass(3s);
    f.host(1).stalled.clear();
    f.hub_of(1).handle_written(f.now, b.transport);
    f.pump(1);
    const auto got = f.take(b);
    REQUIRE(got.size() == 1);
    CHECK(got[0].find("long") != std::string::npos);
    CHECK(got[0].find(R"("k":"v")") != std::string::npos);
}

TEST_CASE("a join's ack comes when nothing that others send is missed any more") {
    cluster_fixture f(2);
    const auto a = f.connect(0, "alice", {"g"});
    const auto b = f.connect(1, "bob");
    f.is_immediate = false;
    f.text(b, R"({"type":"joinGroup","group":"g","ackId":1})");
    f.text(b, R"({"type":"sendToGroup","group":"h","data":1,"ackId":2})");
    // The broker does not have the subscription yet: this is not for b, who was told nothing.
    f.text(a, send("g", "early"));
    CHECK(f.bus.move_up(0));
    CHECK(f.take(b).empty());
    CHECK_FALSE(f.hub_of(1).is_in_group(f.id_of(b), "g"));
    SECTION("the broker has it") {
        while (f.bus.move_up(1)) {}
        f.text(a, send("g", "late"));
        f.settle();
        const auto got = f.take(b);
        REQUIRE(got.size() == 3);
        CHECK(got[0] == json_frames::ack("1"));
        CHECK(got[1] == json_frames::ack("2"));
        CHECK(got[2] == group_text("g", "late", "alice"));
    }
    SECTION("the broker does not answer") {
        f.pass(8s);
        const auto got = f.take(b);
        REQUIRE(got.size() == 2);
        CHECK(got[0].find("InternalServerError") != std::string::npos);
        CHECK(got[1] == json_frames::ack("2"));
        CHECK_FALSE(f.hub_of(1).is_in_group(f.id_of(b), "g"));
        CHECK(f.member(1).waiting_count() == 0);
    }
    SECTION("the bus is lost") {
        f.lose_bus(1);
        CHECK(f.take(b) == strings{json_frames::ack("1"), json_frames::ack("2")});
        CHECK(f.hub_of(1).is_in_group(f.id_of(b), "g"));
    }
    SECTION("the client goes") {
        f.gone(b);
        f.is_immediate = true;
        f.pass(80s);
        CHECK(f.member(1).waiting_count() == 0);
        CHECK(f.member(1).channel_count() == 2);
    }
}

TEST_CASE("a client is let in when nothing that others send to its user and groups is missed any more") {
    cluster_fixture f(2);
    f.is_immediate = false;
    const auto outcome = f.hub_of(1).admit(f.now, f.request("u", {"g", "h"}));
    const auto id = get<waiting>(outcome).id;
    f.pump(1);
    CHECK_FALSE(f.host(1).outcomes.contains(id));
    f.bus.move_up(1);
    f.bus.move_up(1);
    while (const auto input = f.bus.move_down(1)) f.hear(1, *input);
    CHECK_FALSE(f.host(1).outcomes.contains(id));
    SECTION("the broker has it") {
        f.settle();
        REQUIRE(f.host(1).outcomes.contains(id));
        const auto transport = get<accepted>(f.host(1).outcomes.at(id)).transport;
        // The channels are kept until the client has come.
        f.is_immediate = true;
        f.pass(20s);
        f.hub_of(1).handle_opened(f.now, transport);
        f.settle();
        f.host(1).take(transport);
        REQUIRE(f.member(0).send_to_user(f.now, "u", payload_view::text("x")));
        REQUIRE(f.member(0).send_to_group(f.now, "h", payload_view::text("y")));
        f.settle();
        CHECK(f.host(1).take(transport) == strings{server_text("x"), group_text("h", "y")});
    }
    SECTION("the broker does not answer") {
        f.pass(8s);
        CHECK(get<refused>(f.host(1).outcomes.at(id)).http_status == 503);
        f.is_immediate = true;
        f.pass(100s);
        CHECK(f.member(1).channel_count() == 2);
    }
    SECTION("the client goes away") {
        f.hub_of(1).handle_abandoned(f.now, id);
        f.settle();
        CHECK(f.host(1).outcomes.empty());
    }
}

TEST_CASE("a channel is kept for a while when the last member has gone") {
    cluster_fixture f(2);
    const bus_channel group{bus_channel_kind::group, "g"};
    const bus_channel user{bus_channel_kind::user, "u"};
    const auto a = f.connect(0, "u");
    f.text(a, R"({"type":"joinGroup","group":"g"})");
    CHECK(f.bus.is_subscribed(0, group));
    CHECK(f.bus.is_subscribed(0, user));
    f.gone(a);
    f.pass(4s);
    CHECK(f.bus.is_subscribed(0, group));
    f.pass(70s);
    CHECK_FALSE(f.bus.is_subscribed(0, group));
    CHECK_FALSE(f.bus.is_subscribed(0, user));
    CHECK(f.member(0).channel_count() == 2);
}

TEST_CASE("without a bus clients of one node reach each other, or are told that they can't") {
    SECTION("local only") {
        cluster_fixture f(2, {.order = bus_order_rule::by_bus});
        const auto a = f.connect(0, {}, {"g"});
        const auto b = f.connect(1, {}, {"g"});
        f.lose_bus(0);
        const auto c = f.connect(0, "carol", {"g"});
        f.text(c, send("g", "alone", R"(,"ackId":1)"));
        CHECK(f.take(a) == strings{group_text("g", "alone", "carol")});
        CHECK(f.take(c).size() == 2);
        CHECK(f.member(0).counters().unsent == 1);
        f.connect_bus(0);
        f.settle();
        CHECK(f.take(b).empty());
        f.text(c, send("g", "again"));
        CHECK(f.take(a) == strings{group_text("g", "again", "carol")});
        CHECK(f.take(b) == strings{group_text("g", "again", "carol")});
    }
    SECTION("fail") {
        cluster_fixture f(2, {.alone = without_bus::fail});
        const auto a = f.connect(0, {}, {"g"});
        const auto b = f.connect(1, {}, {"g"});
        f.lose_bus(0);
        f.text(a, send("g", "alone", R"(,"ackId":1)"));
        f.text(a, R"({"type":"joinGroup","group":"h","ackId":2})");
        const auto told = f.take(a);
        REQUIRE(told.size() == 2);
        CHECK(told[0].find("InternalServerError") != std::string::npos);
        CHECK(told[1].find("InternalServerError") != std::string::npos);
        f.connect_bus(0);
        f.settle();
        f.text(a, send("g", "again", R"(,"ackId":1)"));
        CHECK(f.take(a).size() == 2);
        CHECK(f.take(b) == strings{group_text("g", "again")});
    }
}

TEST_CASE("a stream goes to all nodes, and ends for its subscribers when its node is lost") {
    cluster_fixture f(2);
    const auto a = f.connect(0, "alice", {"g"});
    const auto b = f.connect(1, {}, {"g"});
    f.text(a, R"({"type":"sendToGroup","group":"g","stream":{"streamId":"s"}})");
    f.text(a, R"({"type":"streamData","streamId":"s","streamSequenceId":1,"dataType":"text","data":"one"})");
    auto got = f.host(1).messages(b.transport);
    REQUIRE(got.size() == 1);
    const auto& part = get<group_data_message>(got[0]);
    CHECK(part.from_user_id == "alice");
    CHECK(part.stream == stream_position{"s", 1, std::nullopt});
    SECTION("it ends by itself") {
        f.text(a, R"({"type":"streamEnd","streamId":"s"})");
        got = f.host(1).messages(b.transport);
        REQUIRE(got.size() == 1);
        CHECK(get<group_data_message>(got[0]).stream == stream_position{"s", 2, stream_end{}});
        f.crash(0);
        f.pass(11s);
        CHECK(f.take(b).empty());
    }
    SECTION("its node is lost") {
        f.crash(0);
        f.pass(11s);
        got = f.host(1).messages(b.transport);
        REQUIRE(got.size() == 1);
        const auto& end = get<group_data_message>(got[0]);
        CHECK(end.from_user_id == "alice");
        REQUIRE(end.stream);
        CHECK(end.stream->stream_sequence_id == 2);
        REQUIRE(end.stream->end);
        REQUIRE(end.stream->end->error);
        CHECK(end.stream->end->error->name == "Cancelled");
    }
}
