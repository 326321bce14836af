// SPDX-License-Identifier: MIT
#include "broker_scene.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <functional>

using namespace examples;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

TEST_CASE("a server that is killed is lost once, and found again when it is there") {
    broker_scene scene;
    const auto receiver = scene.connected_member(), sender = scene.connected_member();
    REQUIRE(receiver);
    REQUIRE(sender);
    for (int round = 1; round <= 2; ++round) {
        REQUIRE(scene.subscribe(*receiver, group("g")));
        scene.server.kill();
        REQUIRE(scene.run_until([&] { return receiver->heard.lost == round && sender->heard.lost == round; }));
        // None of this has an effect, then or later.
        receiver->link->subscribe(group("ignored"));
        receiver->link->unsubscribe(group("g"));
        sender->link->publish(group("g"), "ignored");
        scene.run_for(milliseconds(500));
        CHECK(receiver->heard.connected == round);

        scene.server.start();
        REQUIRE(scene.run_until(
            [&] { return receiver->heard.connected == round + 1 && sender->heard.connected == round + 1; }));
        sender->link->publish(group("g"), "nobody listens");
        REQUIRE(scene.subscribe(*receiver, group("h")));
        REQUIRE(scene.subscribe(*receiver, group("g")));
        sender->link->publish(group("ignored"), "no");
        sender->link->publish(group("g"), std::to_string(round));
        const auto expected = static_cast<std::size_t>(round);
        REQUIRE(scene.run_until([&] { return receiver->heard.messages.size() >= expected; }));
        CHECK(receiver->heard.messages.back() == recorder::message{group("g"), std::to_string(round)});
        CHECK(receiver->heard.messages.size() == expected);
        CHECK(receiver->heard.subscribed.size() == 3 * expected);
        CHECK(receiver->heard.lost == round);
    }
}

TEST_CASE("a server that says nothing is lost, and found again when it speaks") {
    broker_scene scene;
    const auto it = scene.connected_member();
    REQUIRE(it);
    REQUIRE(scene.subscribe(*it, group("g")));
    scene.server.stop();
    const auto begin = steady_clock::now();
    it->link->subscribe(group("h"));

    // Publishing waits for nothing, whatever the server does not read.
    const std::string message(std::size_t{1} << 19, 'm');
    for (int i = 0; i < 300; ++i) it->link->publish(group("g"), message);
    CHECK(steady_clock::now() - begin < seconds(3));
    CHECK(it->link->counts().dropped > 100);

    REQUIRE(scene.run_until([&] { return it->heard.lost == 1; }, seconds(10)));
    CHECK(steady_clock::now() - begin > seconds(4));
    CHECK(steady_clock::now() - begin < seconds(7));
    CHECK(it->heard.messages.empty());
    // The system accepts connections for it, which are none yet.
    scene.run_for(seconds(3));
    CHECK(it->heard.connected == 1);

    scene.server.go_on();
    REQUIRE(scene.run_until([&] { return it->heard.connected == 2; }));
    REQUIRE(scene.subscribe(*it, group("g")));
    CHECK(it->heard.subscribed.size() == 2);
    it->link->publish(group("g"), "new");
    // It is not alone where the server goes on with what the lost connection had brought.
    const auto is_new = [](const recorder::message& each) { return each.bytes == "new"; };
    REQUIRE(scene.run_until([&] { return std::any_of(it->heard.messages.begin(), it->heard.messages.end(), is_new); }));
    CHECK(it->heard.lost == 1);
}

TEST_CASE("a pause that a server survives loses nothing") {
    broker_scene scene;
    const auto it = scene.connected_member();
    REQUIRE(it);
    REQUIRE(scene.subscribe(*it, group("g")));
    scene.server.stop();
    // More than the system and the client library take at once, less than may wait.
    const std::string padding(1000, '.');
    constexpr std::size_t count = 30'000;
    for (std::size_t i = 0; i < count; ++i) it->link->publish(group("g"), std::to_string(i) + padding);
    scene.run_for(seconds(3));
    CHECK(it->heard.messages.empty());
    scene.server.go_on();
    REQUIRE(scene.run_until([&] { return it->heard.messages.size() == count; }));
    std::size_t out_of_order = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (it->heard.messages[i].bytes != std::to_string(i) + padding) ++out_of_order;
    }
    CHECK(out_of_order == 0);
    CHECK(it->heard.lost == 0);
}

TEST_CASE("a loss is only told of what was connected") {
    broker_scene scene;
    scene.server.kill();
    const auto it = scene.member();
    it->link->subscribe(group("g")); // not even started
    it->link->start();
    CHECK(it->heard.heard() == 0);
    scene.run_for(seconds(1));
    CHECK(it->heard.heard() == 0);
    scene.server.start();
    REQUIRE(scene.run_until([&] { return it->heard.heard() != 0; }));
    CHECK(it->heard.connected == 1);
}

TEST_CASE("a broker may be destroyed at any time, and is silent then") {
    broker_scene scene;
    const auto other = scene.connected_member();
    REQUIRE(other);
    auto it = scene.member();
    const auto is_destroyed_at_once = [&] {
        const auto begin = steady_clock::now();
        it->link = nullptr;
        const auto told = it->heard.heard();
        const bool is_at_once = steady_clock::now() - begin < milliseconds(400);
        scene.run_for(milliseconds(300));
        return is_at_once && it->heard.heard() == told;
    };
    SECTION("before it starts") { CHECK(is_destroyed_at_once()); }
    SECTION("when it has just started") {
        it->link->start();
        CHECK(is_destroyed_at_once());
    }
    SECTION("while it connects") {
        for (int turns = 1; turns < 12; ++turns) {
            it = scene.member();
            it->link->start();
            scene.io.restart();
            for (int i = 0; i < turns; ++i) scene.io.run_one_for(milliseconds(5));
            CHECK(is_destroyed_at_once());
        }
    }
    SECTION("while a server accepts it and says nothing") {
        scene.server.stop();
        it->link->start();
        scene.run_for(milliseconds(300));
        CHECK(is_destroyed_at_once());
        scene.server.go_on();
    }
    SECTION("while it waits for the next attempt") {
        scene.server.kill();
        it->link->start();
        scene.run_for(milliseconds(400));
        CHECK(is_destroyed_at_once());
    }
    SECTION("with orders under way") {
        it = scene.connected_member();
        REQUIRE(it);
        for (int i = 0; i < 1000; ++i) {
            it->link->subscribe(group(std::to_string(i)));
            it->link->publish(group(std::to_string(i)), "message");
        }
        SECTION("that were not written") {}
        SECTION("whose answers come") {
            REQUIRE(scene.run_until([&] { return !it->heard.subscribed.empty(); }));
        }
        CHECK(is_destroyed_at_once());
    }
    SECTION("while messages come") {
        it = scene.connected_member();
        REQUIRE(it);
        REQUIRE(scene.subscribe(*it, group("g")));
        for (int i = 0; i < 10'000; ++i) other->link->publish(group("g"), "message");
        REQUIRE(scene.run_until([&] { return !it->heard.messages.empty(); }));
        CHECK(is_destroyed_at_once());
    }
    SECTION("with much that the server does not read") {
        it = scene.connected_member();
        REQUIRE(it);
        scene.server.stop();
        for (int i = 0; i < 100; ++i) it->link->publish(group("g"), std::string(100'000, 'm'));
        scene.run_for(milliseconds(300));
        CHECK(is_destroyed_at_once());
        scene.server.go_on();
    }
}

TEST_CASE("a broker may be destroyed by what it tells") {
    broker_scene scene;
    auto it = scene.member();
    std::size_t told = 0;
    std::function<bool()> is_time;
    SECTION("that it is connected") {
        is_time = [&] { return it->heard.connected == 1; };
    }
    SECTION("that a channel is subscribed") {
        is_time = [&] { return it->heard.subscribed.size() == 2; };
    }
    SECTION("a message") {
        is_time = [&] { return it->heard.messages.size() == 2; };
    }
    SECTION("that it is lost") {
        is_time = [&] { return it->heard.lost == 1; };
    }
    it->heard.then = [&] {
        if (is_time() && it->link) {
            it->link = nullptr;
            told = it->heard.heard();
        }
        if (!it->link) return;
        if (it->heard.connected == 1 && it->heard.heard() == 1) {
            for (const auto* name : {"a", "b", "c"}) it->link->subscribe(group(name));
        } else if (it->heard.subscribed.size() == 3 && it->heard.messages.empty()) {
            for (const auto* name : {"a", "b", "c"}) it->link->publish(group(name), "message");
        } else if (it->heard.messages.size() == 3) {
            scene.server.kill();
        }
    };
    it->link->start();
    REQUIRE(scene.run_until([&] { return !it->link; }));
    scene.run_for(milliseconds(300));
    CHECK(it->heard.heard() == told);
}

TEST_CASE("an event loop may end while a broker connects") {
    auto scene = std::make_unique<broker_scene>();
    SECTION("to a server that answers") {}
    SECTION("to a server that says nothing") { scene->server.stop(); }
    auto it = scene->member();
    it->link->start();
    for (int i = 0; i < 3; ++i) scene->io.run_one_for(milliseconds(5));
    it = nullptr;
    scene = nullptr;
    SUCCEED();
}
