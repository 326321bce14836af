// SPDX-License-Identifier: MIT
#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace webpubsub;
using strings = hub_fixture::strings;

namespace {

/// A hub that tells of connections and memberships.
struct watched_hub {
    hub_fixture f{[] {
        hub_options options;
        options.application.report_memberships = true;
        return options;
    }()};
    strings told;

    strings take() { return std::exchange(told, {}); }

    template <class Call>
    void during(Call&& call) {
        call();
        while (const auto event = f.hub.poll_event()) {
            if (const auto* joined = get_if<group_joined>(&*event)) told.push_back(line("+", *joined));
            if (const auto* left = get_if<group_left>(&*event)) told.push_back(line("-", *left));
            if (holds_alternative<client_connected>(*event)) told.push_back("connected");
            if (holds_alternative<client_disconnected>(*event)) told.push_back("disconnected");
        }
    }

    template <class Event>
    static std::string line(const std::string& sign, const Event& event) {
        CHECK_FALSE(event.connection_id.empty());
        return sign + event.user_id + ":" + event.group;
    }

    transport_id open(const strings& groups) {
        const auto transport = get<accepted>(f.hub.admit(f.now, f.request(f.plain, "ann", groups))).transport;
        during([&] { f.hub.handle_opened(f.now, transport); });
        return transport;
    }

    void frame(transport_id from, const std::string& bytes) {
        during([&] { f.hub.handle_frame(f.now, from, frame_kind::text, bytes); });
    }
};

} // namespace

TEST_CASE("the application is told who joins and leaves a group, whoever asks for it, once for each change") {
    watched_hub w;
    const auto client = w.open({"token", "other"});
    CHECK(w.take() == strings{"connected", "+ann:token", "+ann:other"});
    const std::string id(w.f.hub.connection_of(client));
    for (int repeated = 0; repeated < 2; ++repeated) {
        w.frame(client, R"({"type":"joinGroup","group":"mine"})");
        w.during([&] { REQUIRE(w.f.hub.add_to_group(w.f.now, id, "given")); });
        CHECK(w.take() == (repeated == 0 ? strings{"+ann:mine", "+ann:given"} : strings{}));
    }
    for (int repeated = 0; repeated < 2; ++repeated) {
        w.frame(client, R"({"type":"leaveGroup","group":"mine"})");
        w.during([&] { REQUIRE(w.f.hub.remove_from_group(w.f.now, id, "given")); });
        CHECK(w.take() == (repeated == 0 ? strings{"-ann:mine", "-ann:given"} : strings{}));
    }
    w.during([&] { REQUIRE(w.f.hub.remove_from_all_groups(w.f.now, id)); });
    auto left = w.take();
    std::sort(left.begin(), left.end());
    CHECK(left == strings{"-ann:other", "-ann:token"});
}

TEST_CASE("at the end of a connection its groups are left before it is disconnected") {
    watched_hub w;
    const auto client = w.open({"a", "b"});
    w.take();
    w.during([&] { w.f.hub.handle_closed(w.f.now, client, close_code::normal); });
    auto end = w.take();
    REQUIRE(end.size() == 3);
    CHECK(end.back() == "disconnected");
    std::sort(end.begin(), end.end());
    CHECK(end == strings{"-ann:a", "-ann:b", "disconnected"});
}

TEST_CASE("who may not join, and who never opens, is not told of") {
    watched_hub w;
    auto asked = w.f.request(w.f.plain, "ann", {"a"});
    asked.roles.clear();
    const auto client = get<accepted>(w.f.hub.admit(w.f.now, asked)).transport;
    w.during([&] { w.f.hub.handle_opened(w.f.now, client); });
    w.take();
    w.frame(client, R"({"type":"joinGroup","group":"b"})");
    w.frame(client, R"({"type":"leaveGroup","group":"a"})");
    CHECK(w.take().empty());
    const auto never = get<accepted>(w.f.hub.admit(w.f.now, asked)).transport;
    w.during([&] { w.f.hub.handle_closed(w.f.now, never); });
    CHECK(w.take().empty());
}

TEST_CASE("a recovery changes no membership") {
    watched_hub w;
    const auto transport = get<accepted>(w.f.hub.admit(w.f.now, w.f.request(w.f.reliable, "ann", {"a"}))).transport;
    w.during([&] { w.f.hub.handle_opened(w.f.now, transport); });
    const std::string id(w.f.hub.connection_of(transport));
    const auto ready = w.f.hub.poll_ready();
    REQUIRE(ready);
    const auto hello = w.f.hub.poll_transmit(*ready);
    const auto token = w.f.member(std::string(hello->prefix()).append(hello->body()), "reconnectionToken");
    w.take();
    w.during([&] { w.f.hub.handle_closed(w.f.now, transport); });
    auto asked = w.f.request(w.f.reliable);
    asked.recovery = recovery_request{id, token};
    const auto next = get<accepted>(w.f.hub.admit(w.f.now, asked)).transport;
    w.during([&] { w.f.hub.handle_opened(w.f.now, next); });
    CHECK(w.take().empty());
    CHECK(w.f.hub.is_in_group(id, "a"));
}

TEST_CASE("memberships are told of only when that is asked for") {
    hub_fixture f;
    const auto transport = get<accepted>(f.hub.admit(f.now, f.request(f.plain, "ann", {"a"}))).transport;
    f.hub.handle_opened(f.now, transport);
    while (const auto event = f.hub.poll_event()) CHECK_FALSE(holds_alternative<group_joined>(*event));
}
