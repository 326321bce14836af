// SPDX-License-Identifier: MIT
#include <webpubsub/client/parts/link.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace webpubsub;
using namespace std::chrono_literals;
using client_parts::link_change;
using client_parts::link_mode;
using strings = std::vector<std::string>;

namespace {

client_options calm() {
    client_options options;
    options.url = "ws://h/";
    options.connect.first_delay = duration::zero();
    options.recovery.first_delay = duration::zero();
    options.recovery.delays.jitter = 0;
    return options;
}

struct bench {
    explicit bench(const client_options& options = calm(), bool reliable = true, bool raw = false)
        : l(options, link_mode{"p", raw, reliable}, 1) {}

    client_parts::link l;
    steady_time now{1h};

    strings so_far;

    /// Takes the steps, as is due after each call.
    void note() {
        std::optional<link_change> change;
        polled<client_event> event;
        while (l.poll_step(change, event)) so_far.push_back(change ? name_of(*change) : word(*event));
    }
    /// The changes and the events since the last call, in their order.
    strings told() {
        note();
        return std::exchange(so_far, {});
    }
    strings orders() {
        strings words;
        while (const auto order = l.poll_order()) {
            static constexpr std::string_view names[]{"open", "close", "need_url", "pause", "resume"};
            words.emplace_back(names[order->index()]);
        }
        return words;
    }
    void pass(duration time) {
        const auto end = now + time;
        for (auto next = l.deadline(); next && *next <= end; next = l.deadline()) {
            now = std::max(now, *next);
            l.handle_timeout(now);
            note();
        }
        now = end;
    }
    void greet(std::string id = "c1") {
        connected_message message{"u", std::move(id), "t"};
        l.handle_received(now);
        l.handle_connected(now, message);
    }
    void connect() {
        REQUIRE(l.start(now));
        l.handle_opened(now, "p", false);
        greet();
        CHECK(told() == strings{"connected", "up"});
        CHECK(orders() == strings{"open"});
    }

    static std::string name_of(link_change change) {
        static constexpr std::string_view names[]{
            "up", "down", "recovering", "recovered", "replaced", "replaced by verdict", "stopped"};
        return std::string(names[static_cast<std::size_t>(change)]);
    }
    static std::string word(const client_event& event) {
        using namespace client_events;
        if (holds_alternative<connected>(event)) return "connected";
        if (holds_alternative<client_events::recovering>(event)) return "is recovering";
        if (holds_alternative<client_events::recovered>(event)) return "is recovered";
        if (const auto* gone = get_if<disconnected>(&event)) return "disconnected " + std::to_string(gone->code);
        if (holds_alternative<connect_failed>(event)) return "connect_failed";
        if (holds_alternative<protocol_error>(event)) return "protocol_error";
        if (holds_alternative<state_changed>(event)) return "state_changed";
        if (const auto* end = get_if<client_events::stopped>(&event))
            return end->error ? "stopped with an error" : "is stopped";
        return "something else";
    }
};

} // namespace

TEST_CASE("a connection comes up, is lost, recovered, replaced and ended") {
    bench b;
    b.connect();
    CHECK(b.l.may_write());
    b.l.handle_closed(b.now, 1006, "");
    CHECK(b.told() == strings{"down", "is recovering"});
    CHECK_FALSE(b.l.may_write());
    b.pass(duration::zero());
    CHECK(b.orders() == strings{"open"});
    b.l.handle_opened(b.now, "p", false);
    CHECK(b.told() == strings{"recovering"});
    CHECK(b.l.ping_due());
    b.l.confirm(b.now);
    CHECK(b.told() == strings{"is recovered", "recovered"});
    b.l.handle_closed(b.now, 1008, "");
    CHECK(b.told() == strings{"down", "disconnected 1008", "replaced"});
    b.pass(10s);
    b.l.handle_opened(b.now, "p", false);
    b.greet("c2");
    CHECK(b.told() == strings{"connected", "up"});
    b.l.stop();
    CHECK(b.told() == strings{"down", "disconnected 1000", "replaced", "stopped", "is stopped"});
    CHECK(b.orders() == strings{"open", "close"});
    CHECK_FALSE(b.l.deadline());
}

TEST_CASE("a close that judges the frames is told as such, unless the code is the client's own") {
    bench b;
    b.connect();
    SECTION("the peer's") {
        b.l.handle_closed(b.now, 1007, "");
        CHECK(b.told() == strings{"down", "disconnected 1007", "replaced by verdict"});
    }
    SECTION("the client's") {
        b.l.abandon(b.now, 1007, "");
        CHECK(b.told() == strings{"down", "disconnected 1006", "replaced"});
        CHECK(b.orders() == strings{"close"});
    }
}

TEST_CASE("another connection on the same transport replaces the old one") {
    bench b;
    b.connect();
    SECTION("while it is up") {}
    SECTION("in the place of a recovery") {
        b.l.handle_closed(b.now, 1006, "");
        b.pass(duration::zero());
        b.l.handle_opened(b.now, "p", false);
        b.told();
    }
    b.greet("c2");
    CHECK(b.told() == strings{"down", "disconnected 1005", "replaced", "connected", "up"});
    CHECK(b.l.connection_id() == "c2");
    CHECK(b.l.may_write());
}

TEST_CASE("silence after a recovery is a failed attempt, again and again until the window is over") {
    bench b;
    b.connect();
    b.l.handle_closed(b.now, 1006, "");
    std::size_t attempts = 0;
    for (int i = 0; i < 60; ++i) {
        for (const auto& order : b.orders()) {
            if (order != "open" || b.l.state() != client_state::recovering) continue;
            ++attempts;
            b.l.handle_opened(b.now, "p", false);
            b.note();
        }
        b.pass(1s);
    }
    // Of 5 s each and a pause of a second, for 30 s.
    CHECK(attempts >= 5);
    CHECK(attempts <= 6);
    CHECK(b.l.state() == client_state::connecting);
}

TEST_CASE("silence is excused while the host was asked not to read") {
    bench b;
    b.connect();
    SECTION("of a connection") {
        b.l.set_reading(false);
        CHECK(b.orders() == strings{"pause"});
        b.pass(1h);
        CHECK(b.orders().empty());
        b.l.set_reading(true);
        CHECK(b.orders() == strings{"resume"});
        b.pass(1h);
        CHECK_FALSE(b.orders().empty());
    }
    SECTION("of a recovery") {
        b.l.handle_closed(b.now, 1006, "");
        b.pass(duration::zero());
        b.l.handle_opened(b.now, "p", false);
        b.l.set_reading(false);
        CHECK(b.orders() == strings{"open", "pause"});
        b.told();
        b.pass(10min);
        CHECK(b.told().empty());
        CHECK(b.l.state() == client_state::recovering);
        b.l.confirm(b.now);
        CHECK(b.l.state() == client_state::connected);
    }
}

TEST_CASE("a refused fixed URL ends the client with its reason, when a new connection is made") {
    bench b;
    SECTION("a new connection") {
        REQUIRE(b.l.start(b.now));
        b.l.handle_open_failed(b.now, 401, {}, "");
        CHECK(b.told() == strings{"connect_failed", "stopped", "stopped with an error"});
    }
    SECTION("a recovery needs no token") {
        b.connect();
        b.l.handle_closed(b.now, 1006, "");
        b.pass(duration::zero());
        b.l.handle_open_failed(b.now, 401, {}, "");
        CHECK(b.told() == strings{"down", "is recovering", "connect_failed"});
    }
}

TEST_CASE("a raw connection is up when its transport is open, and is never pinged nor recovered") {
    bench b(calm(), false, true);
    REQUIRE(b.l.start(b.now));
    b.l.handle_opened(b.now, "", false);
    CHECK(b.told() == strings{"connected", "up"});
    b.pass(24h);
    CHECK_FALSE(b.l.ping_due());
    b.l.handle_closed(b.now, 1006, "");
    CHECK(b.told() == strings{"down", "disconnected 1006", "replaced"});
}

TEST_CASE("one that was moved from is stopped") {
    bench b;
    b.connect();
    const auto moved = std::move(b.l);
    CHECK(moved.state() == client_state::connected);
    CHECK(b.l.state() == client_state::stopped);
    CHECK_FALSE(b.l.may_write());
    CHECK_FALSE(b.l.is_current(transport_id{1}));
    b.l = moved;
    CHECK(b.l.state() == client_state::connected);
}

TEST_CASE("options of the link without sense are refused by name") {
    auto options = calm();
    CHECK(client_parts::link::check(options));
    std::string name;
    const auto set = [&](const char* the_name, auto&& change) {
        name = the_name;
        change();
    };
    SECTION("1") {
        set("connect.delays", [&] { options.connect.delays.base = duration::zero(); });
    }
    SECTION("2") {
        set("connect.delays", [&] { options.connect.delays.jitter = -1; });
    }
    SECTION("3") {
        set("connect.first_delay", [&] { options.connect.first_delay = -1s; });
    }
    SECTION("4") {
        set("connect.stable_time", [&] { options.connect.stable_time = duration::zero(); });
    }
    SECTION("5") {
        set("connect.handshake_timeout", [&] { options.connect.handshake_timeout = -1s; });
    }
    SECTION("6") {
        set("connect.url_timeout", [&] { options.connect.url_timeout = -1s; });
    }
    SECTION("7") {
        set("connect.max_retry_after", [&] { options.connect.max_retry_after = -1s; });
    }
    SECTION("8") {
        set("recovery.window", [&] { options.recovery.window = -1s; });
    }
    SECTION("9") {
        set("recovery.delays", [&] { options.recovery.delays.max = duration::zero(); });
    }
    SECTION("10") {
        set("recovery.confirmation", [&] { options.recovery.confirmation = -1s; });
    }
    SECTION("11") {
        set("keep_alive.interval", [&] { options.keep_alive.interval = duration::zero(); });
    }
    SECTION("12") {
        set("keep_alive.timeout", [&] { options.keep_alive.timeout = duration::zero(); });
    }
    SECTION("13") {
        set("keep_alive.suspension", [&] { options.keep_alive.suspension = duration::zero(); });
    }
    const auto checked = client_parts::link::check(options);
    if (name.empty()) return;
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == errc::invalid_option);
    CHECK(checked.error().subject == name);
}
