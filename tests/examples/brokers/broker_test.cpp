// SPDX-License-Identifier: MIT
#include "broker_scene.hpp"

#include "support/catch.hpp"

using namespace examples;
using webpubsub::bus_channel;
using webpubsub::bus_channel_kind;

TEST_CASE("a message's bytes come as they were published") {
    broker_scene scene;
    const auto receiver = scene.connected_member(), sender = scene.connected_member();
    REQUIRE(receiver);
    REQUIRE(sender);
    REQUIRE(scene.subscribe(*receiver, group("g")));

    std::string all_bytes;
    for (int byte = 0; byte < 256; ++byte) all_bytes += static_cast<char>(byte);
    std::string large(tested_kind.large, '\0');
    for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 7 / 3);
    for (const auto& bytes : {all_bytes, std::string(), large, std::string("\r\n")}) {
        sender->link->publish(group("g"), bytes);
    }
    CHECK(receiver->heard.messages.empty()); // nothing is told from within a call

    REQUIRE(scene.run_until([&] { return receiver->heard.messages.size() == 4; }));
    CHECK(receiver->heard.messages[0] == recorder::message{group("g"), all_bytes});
    CHECK(receiver->heard.messages[1] == recorder::message{group("g"), ""});
    const bool is_same = receiver->heard.messages[2].bytes == large; // which nobody wants printed
    CHECK(is_same);
    CHECK(receiver->heard.messages[3] == recorder::message{group("g"), "\r\n"});
    CHECK(sender->heard.messages.empty());
    CHECK(receiver->heard.lost + sender->heard.lost == 0);
}

TEST_CASE("what is published once a subscription is confirmed arrives") {
    broker_scene scene;
    const auto receiver = scene.connected_member(), sender = scene.connected_member();
    REQUIRE(receiver);
    REQUIRE(sender);
    constexpr int count = 300;
    std::size_t published = 0;
    receiver->heard.then = [&] {
        for (; published < receiver->heard.subscribed.size(); ++published) {
            sender->link->publish(receiver->heard.subscribed[published], "now");
        }
    };
    std::vector<bus_channel> channels;
    for (int i = 0; i < count; ++i) {
        channels.push_back(group(std::to_string(i)));
        receiver->link->subscribe(channels.back());
    }
    REQUIRE(scene.run_until([&] { return receiver->heard.messages.size() == count; }));
    CHECK(receiver->heard.subscribed == channels);
    for (int i = 0; i < count; ++i)
        CHECK(receiver->heard.messages[static_cast<std::size_t>(i)].channel == channels[static_cast<std::size_t>(i)]);
}

TEST_CASE("messages of one publisher keep their order across channels") {
    broker_scene scene;
    const auto receiver = scene.connected_member(), sender = scene.connected_member();
    REQUIRE(receiver);
    REQUIRE(sender);
    constexpr std::size_t channels = 50, count = 20'000;
    for (std::size_t i = 0; i < channels; ++i) receiver->link->subscribe(group("g" + std::to_string(i)));
    REQUIRE(scene.run_until([&] { return receiver->heard.subscribed.size() == channels; }));

    // With the long ones, more comes at once than a client library is given.
    const std::string padding(GENERATE(std::size_t{0}, std::size_t{1000}), '.');
    for (std::size_t i = 0; i < count; ++i) {
        sender->link->publish(group("g" + std::to_string(i * 31 % channels)), std::to_string(i) + padding);
    }
    REQUIRE(scene.run_until([&] { return receiver->heard.messages.size() == count; }));
    std::size_t out_of_order = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const recorder::message expected{group("g" + std::to_string(i * 31 % channels)), std::to_string(i) + padding};
        if (receiver->heard.messages[i] != expected) ++out_of_order;
    }
    CHECK(out_of_order == 0);
    CHECK(sender->link->counts().dropped == 0);
}

TEST_CASE("each order to subscribe is confirmed, in order") {
    broker_scene scene;
    const auto it = scene.connected_member();
    REQUIRE(it);
    for (int round = 0; round < 2; ++round) {
        it->heard.subscribed.clear();
        it->heard.messages.clear();
        it->link->subscribe(group("a"));
        it->link->subscribe(group("b"));
        it->link->unsubscribe(group("a"));
        it->link->unsubscribe(group("a"));
        it->link->subscribe(group("a"));
        it->link->subscribe(group("a")); // wanted already
        it->link->unsubscribe(group("c"));
        const std::vector<bus_channel> ordered{group("a"), group("b"), group("a"), group("a")};
        REQUIRE(scene.run_until([&] { return it->heard.subscribed.size() == ordered.size(); }));
        CHECK(it->heard.subscribed == ordered);

        it->link->publish(group("a"), "once");
        it->link->publish(group("b"), "last");
        REQUIRE(scene.run_until([&] { return it->heard.messages.size() >= 2; }));
        CHECK(it->heard.messages == std::vector<recorder::message>{{group("a"), "once"}, {group("b"), "last"}});
        // What comes next begins with no subscription at all.
        it->link->unsubscribe(group("a"));
        it->link->unsubscribe(group("b"));
    }
    // Questions are asked meanwhile.
    scene.run_for(std::chrono::milliseconds(2500));
    CHECK(it->heard.lost == 0);
}

TEST_CASE("a channel is silent once it is unsubscribed") {
    broker_scene scene;
    const auto receiver = scene.connected_member(), sender = scene.connected_member();
    REQUIRE(receiver);
    REQUIRE(sender);
    REQUIRE(scene.subscribe(*receiver, group("a")));
    REQUIRE(scene.subscribe(*receiver, group("b")));
    // The first may be on its way when the subscription is ended.
    sender->link->publish(group("a"), "1");
    receiver->link->unsubscribe(group("a"));
    sender->link->publish(group("a"), "2");
    sender->link->publish(group("b"), "3");
    REQUIRE(scene.run_until([&] { return !receiver->heard.messages.empty(); }));
    CHECK(receiver->heard.messages == std::vector<recorder::message>{{group("b"), "3"}});
    REQUIRE(scene.subscribe(*receiver, group("a")));
    sender->link->publish(group("a"), "4");
    REQUIRE(scene.run_until([&] { return receiver->heard.messages.size() == 2; }));
    CHECK(receiver->heard.messages[1] == recorder::message{group("a"), "4"});
}

TEST_CASE("channels of any name are apart") {
    broker_scene scene;
    const auto receiver = scene.connected_member(), sender = scene.connected_member();
    REQUIRE(receiver);
    REQUIRE(sender);
    std::vector<bus_channel> channels{
        {bus_channel_kind::all}, {bus_channel_kind::user, "g"}, {bus_channel_kind::node, "0123456789ab"}};
    for (const auto* name : {"g", "g.x", "g.*", "g.>", "*", ">", ".", "a b", " ", "\t", "\r\n", "x:g:y", "%s%b",
                             "gr\xc3\xbc\xc3\x9f"
                             "e",
                             "\xf0\x9f\x98\x80", "\"'\\"}) {
        channels.push_back(group(name));
    }
    channels.push_back(group(std::string("zero\0byte", 9)));
    channels.push_back(group(std::string(3072, 'n')));
    for (const auto& channel : channels) REQUIRE(scene.subscribe(*receiver, channel));
    for (std::size_t i = 0; i < channels.size(); ++i) sender->link->publish(channels[i], std::to_string(i));
    REQUIRE(scene.run_until([&] { return receiver->heard.messages.size() >= channels.size(); }));
    REQUIRE(receiver->heard.messages.size() == channels.size());
    for (std::size_t i = 0; i < channels.size(); ++i) {
        CHECK(receiver->heard.messages[i] == recorder::message{channels[i], std::to_string(i)});
    }
}

TEST_CASE("hubs whose names have dots are apart") {
    broker_scene scene;
    const auto a = scene.connected_member("a"), ag = scene.connected_member("a.g"),
               ag_x = scene.connected_member("a.g.x");
    REQUIRE((a && ag && ag_x));
    for (auto* hub : {a.get(), ag.get(), ag_x.get()}) {
        for (const auto& channel : {bus_channel{}, group("x"), group("g.x"), group("a")}) {
            REQUIRE(scene.subscribe(*hub, channel));
        }
    }
    a->link->publish(group("g.x"), "1");
    ag->link->publish(group("x"), "2");
    ag_x->link->publish({}, "3");
    a->link->publish(group("a"), "4");
    ag->link->publish({}, "5");
    REQUIRE(scene.run_until(
        [&] { return a->heard.messages.size() + ag->heard.messages.size() + ag_x->heard.messages.size() == 5; }));
    CHECK(a->heard.messages == std::vector<recorder::message>{{group("g.x"), "1"}, {group("a"), "4"}});
    CHECK(ag->heard.messages == std::vector<recorder::message>{{group("x"), "2"}, {{}, "5"}});
    CHECK(ag_x->heard.messages == std::vector<recorder::message>{{{}, "3"}});
}

TEST_CASE("what a server does not take is refused, and costs no connection") {
    broker_scene scene;
    const auto it = scene.connected_member();
    REQUIRE(it);
    REQUIRE(scene.subscribe(*it, group("g")));
    if (tested_kind.too_large == 0) return;
    it->link->publish(group("g"), std::string(tested_kind.too_large, 'm'));
    it->link->publish(group("g"), std::string(tested_kind.too_large - 1, 'm'));
    REQUIRE(scene.run_until([&] { return !it->heard.messages.empty(); }));
    CHECK(it->heard.messages.front().bytes.size() == tested_kind.too_large - 1);
    CHECK(it->link->counts().refused == 1);
    CHECK(it->heard.lost == 0);
}

TEST_CASE("what is more than may wait is dropped and counted") {
    broker_scene scene;
    broker_options small;
    SECTION("before it is written") { small.max_waiting = 100'000; }
    SECTION("after it was received") { small.max_received = 5000; }
    const auto it = scene.connected_member("hub", small);
    REQUIRE(it);
    REQUIRE(scene.subscribe(*it, group("g")));
    constexpr std::size_t count = 4000;
    for (std::size_t i = 0; i < count; ++i) it->link->publish(group("g"), std::to_string(i) + std::string(1000, '.'));
    if (small.max_waiting == 100'000) CHECK(it->link->counts().dropped > count / 4);
    REQUIRE(scene.run_until([&] { return it->heard.messages.size() + it->link->counts().dropped == count; }));
    CHECK(std::is_sorted(it->heard.messages.begin(), it->heard.messages.end(),
                         [](const auto& a, const auto& b) { return std::stoul(a.bytes) < std::stoul(b.bytes); }));
    CHECK(it->heard.lost == 0);
    REQUIRE(scene.subscribe(*it, group("h"))); // which is never dropped
}
