// SPDX-License-Identifier: MIT
#include "broker_scene.hpp"
#include "thread_bus.hpp"

#include "support/catch.hpp"

#include <atomic>
#include <string>
#include <thread>

using namespace examples;
using std::chrono::steady_clock;

namespace {

/// A member with an event loop and a thread of its own.
class running_member {
public:
    /// `then` is called on the thread after each thing that is told.
    running_member(thread_bus& bus, std::function<void(running_member&)> then)
        : link(io_, heard, {"test", "hub"}, bus) {
        heard.then = [this, then = std::move(then)] { then(*this); };
        link.start();
    }

    void run_until(const std::function<bool()>& done) {
        const auto end = steady_clock::now() + std::chrono::seconds(60);
        while (!done() && steady_clock::now() < end) io_.run_one_for(std::chrono::milliseconds(20)), io_.restart();
    }

private:
    boost::asio::io_context io_;

public:
    recorder heard;
    thread_broker link;
};

std::vector<std::string> bytes_of(const recorder& heard) {
    std::vector<std::string> out;
    for (const auto& each : heard.messages) out.push_back(each.bytes);
    return out;
}

} // namespace

TEST_CASE("members on several threads get the messages of all in one order") {
    constexpr std::size_t members = 4, count = 5000;
    thread_bus bus;
    std::atomic<std::size_t> ready = 0, finished = 0;
    std::vector<std::vector<std::string>> orders(members);
    std::vector<std::uint64_t> dropped(members);
    const auto run = [&](std::size_t self) {
        running_member it(bus, [](running_member& of) {
            if (of.heard.heard() == 1) of.link.subscribe(group("g"));
        });
        it.run_until([&] { return it.heard.subscribed.size() == 1; });
        ++ready;
        it.run_until([&] { return ready == members; });
        for (std::size_t i = 0; i < count; ++i) {
            it.link.publish(group("g"), std::to_string(self) + std::to_string(i));
            if (i % 100 == 0) it.run_until([] { return true; });
        }
        it.run_until([&] { return it.heard.messages.size() == members * count; });
        orders[self] = bytes_of(it.heard);
        dropped[self] = it.link.counts().dropped;
        ++finished;
        it.run_until([&] { return finished == members; });
    };
    std::vector<std::thread> threads;
    for (std::size_t self = 0; self < members; ++self) threads.emplace_back(run, self);
    for (auto& each : threads) each.join();

    REQUIRE(orders[0].size() == members * count);
    std::vector<std::size_t> next(members);
    std::size_t out_of_order = 0;
    for (const auto& each : orders[0]) {
        const auto sender = static_cast<std::size_t>(each.front() - '0');
        if (each.substr(1) != std::to_string(next[sender]++)) ++out_of_order;
    }
    CHECK(out_of_order == 0);
    for (const auto& other : orders) {
        const bool is_same = other == orders[0];
        CHECK(is_same);
    }
    CHECK(dropped == std::vector<std::uint64_t>(members));
}

TEST_CASE("members come and go with their event loops while others publish") {
    thread_bus bus;
    std::atomic<bool> is_over = false;
    std::thread publisher([&] {
        running_member it(bus, [](running_member&) {});
        it.run_until([&] { return it.heard.connected == 1; });
        while (!is_over) it.link.publish(group("g"), "message");
    });
    std::size_t heard = 0;
    for (int round = 0; round < 300; ++round) {
        running_member it(bus, [](running_member& of) {
            if (of.heard.heard() == 1) of.link.subscribe(group("g"));
        });
        it.run_until([&] { return !it.heard.messages.empty(); });
        heard += it.heard.messages.empty() ? 0 : 1;
    }
    is_over = true;
    publisher.join();
    CHECK(heard == 300);
}

TEST_CASE("a full inbox loses messages for its member alone, which goes on with later ones") {
    broker_scene scene;
    broker_options small;
    small.max_received = 100 * (thread_delivery::message_cost + 1000);
    const auto slow = scene.connected_member("hub", small), quick = scene.connected_member(),
               sender = scene.connected_member();
    REQUIRE((slow && quick && sender));
    for (auto* each : {slow.get(), quick.get()}) REQUIRE(scene.subscribe(*each, group("g")));
    constexpr std::size_t count = 300;
    const auto message = [](std::size_t number) {
        auto text = std::to_string(number);
        return text + std::string(1000 - text.size(), '.');
    };
    for (std::size_t i = 0; i < count; ++i) sender->link->publish(group("g"), message(i));
    slow->link->subscribe(group("h")); // whose confirmation is not lost
    REQUIRE(scene.run_until([&] { return quick->heard.messages.size() == count; }));
    REQUIRE(scene.run_until([&] { return slow->heard.subscribed.size() == 2; }));
    REQUIRE(slow->heard.messages.size() == 100);
    CHECK(slow->heard.messages.back().bytes == message(99));
    CHECK(slow->link->counts().dropped == count - 100);
    CHECK(quick->link->counts().dropped + sender->link->counts().dropped == 0);
    CHECK(slow->heard.lost == 0);

    sender->link->publish(group("h"), "later");
    REQUIRE(scene.run_until([&] { return slow->heard.messages.size() == 101; }));
    CHECK(slow->heard.messages.back() == recorder::message{group("h"), "later"});
}

TEST_CASE("messages of no bytes do not wait without end") {
    broker_scene scene;
    broker_options small;
    small.max_received = 10 * thread_delivery::message_cost;
    const auto it = scene.connected_member("hub", small);
    REQUIRE(it);
    REQUIRE(scene.subscribe(*it, group("g")));
    for (int i = 0; i < 15; ++i) it->link->publish(group("g"), "");
    CHECK(it->link->counts().dropped == 5);
    REQUIRE(scene.run_until([&] { return it->heard.messages.size() == 10; }));
}

TEST_CASE("an event loop is woken once, and has turns for others between many messages") {
    broker_scene scene;
    const auto it = scene.connected_member();
    REQUIRE(it);
    REQUIRE(scene.subscribe(*it, group("g")));
    constexpr auto batch = thread_inbox::max_batch;
    for (std::size_t i = 0; i < 3 * batch + 1; ++i) it->link->publish(group("g"), "message");
    scene.io.restart();
    CHECK(scene.io.poll_one() == 1);
    CHECK(it->heard.messages.size() == batch);
    CHECK(scene.io.poll() == 3);
    CHECK(it->heard.messages.size() == 3 * batch + 1);
}

TEST_CASE("what waits from before a channel was unsubscribed is not told when it is subscribed again") {
    broker_scene scene;
    const auto it = scene.connected_member();
    REQUIRE(it);
    REQUIRE(scene.subscribe(*it, group("g")));
    it->link->publish(group("g"), "old");
    it->link->unsubscribe(group("g"));
    it->link->publish(group("g"), "nobody listens");
    it->link->subscribe(group("g"));
    it->link->publish(group("g"), "new");
    REQUIRE(scene.run_until([&] { return !it->heard.messages.empty(); }));
    CHECK(bytes_of(it->heard) == std::vector<std::string>{"new"});
}

TEST_CASE("a member that is destroyed hears nothing of what waits") {
    broker_scene scene;
    auto it = scene.member();
    const auto is_silent_then = [&] {
        it->link = nullptr;
        const auto told = it->heard.heard();
        scene.io.restart();
        scene.io.poll();
        return it->heard.heard() == told;
    };
    SECTION("before it starts") { CHECK(is_silent_then()); }
    SECTION("before it is connected") {
        it->link->start();
        CHECK(is_silent_then());
    }
    SECTION("with messages and confirmations") {
        it = scene.connected_member();
        REQUIRE(it);
        REQUIRE(scene.subscribe(*it, group("g")));
        for (int i = 0; i < 1000; ++i) it->link->publish(group("g"), "message");
        it->link->subscribe(group("h"));
        SECTION("all of them") {}
        SECTION("some of them") { scene.io.poll_one(); }
        CHECK(is_silent_then());
    }
}

TEST_CASE("a member may be destroyed by what it tells") {
    broker_scene scene;
    const auto it = scene.member();
    std::size_t last = 0;
    SECTION("that it is connected") { last = 1; }
    SECTION("that a channel is subscribed") { last = 3; }
    SECTION("a message") { last = 6; }
    it->heard.then = [&] {
        if (it->heard.heard() == last) {
            it->link = nullptr;
        } else if (it->heard.heard() == 1) {
            for (const auto* name : {"a", "b", "c"}) it->link->subscribe(group(name));
        } else if (it->heard.subscribed.size() == 3 && it->heard.messages.empty()) {
            for (const auto* name : {"a", "b", "c"}) it->link->publish(group(name), "message");
        }
    };
    it->link->start();
    REQUIRE(scene.run_until([&] { return !it->link; }));
    scene.io.restart();
    scene.io.poll();
    CHECK(it->heard.heard() == last);
}
