// SPDX-License-Identifier: MIT
#include <webpubsub/upstream/handler.hpp>

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace webpubsub;

namespace {

upstream_handler_settings some_settings() {
    upstream_handler_settings settings;
    settings.url_template = "https://a.net/{event}";
    return settings;
}

upstream_handler made(const upstream_handler_settings& settings) { return upstream_handler::make(settings).value(); }

} // namespace

TEST_CASE("a handler takes the events that its settings name, and no others") {
    auto settings = some_settings();
    settings.connect = true;
    settings.disconnected = true;
    settings.user_event_pattern = "message,connected";
    const auto handler = made(settings);
    CHECK(handler.takes(upstream_kind::connect, "connect"));
    CHECK(handler.takes(upstream_kind::disconnected, "disconnected"));
    CHECK(handler.takes(upstream_kind::user_event, "MESSAGE"));
    CHECK_FALSE(handler.takes(upstream_kind::user_event, "other"));
    CHECK_FALSE(handler.takes(upstream_kind::group_joined, "a group"));
    CHECK_FALSE(handler.takes_any(upstream_kind::group_left));
    // A user event of that name has nothing to do with the system event.
    CHECK(handler.takes(upstream_kind::user_event, "connected"));
    CHECK_FALSE(handler.takes(upstream_kind::connected, "connected"));
    CHECK_FALSE(handler.takes(upstream_kind::user_event, "connect"));
}

TEST_CASE("a handler without settings takes nothing") {
    const auto handler = made(some_settings());
    for (std::size_t kind = 0; kind < upstream_kind_count; ++kind) {
        CHECK_FALSE(handler.takes_any(static_cast<upstream_kind>(kind)));
        CHECK_FALSE(handler.takes(static_cast<upstream_kind>(kind), "message"));
    }
}

TEST_CASE("events of groups are taken by the names of groups and their beginnings, with case") {
    struct row {
        std::vector<std::string> filters;
        std::string group;
        bool passes;
    };
    const auto each = GENERATE(row{{}, "any", true}, row{{"group1", "group2*"}, "group1", true},
                               row{{"group1", "group2*"}, "group10", false}, row{{"group1", "group2*"}, "group2", true},
                               row{{"group1", "group2*"}, "group2/x", true}, row{{"group1"}, "Group1", false},
                               row{{"*"}, "any", true}, row{{"a*b"}, "axb", false}, row{{"a*b"}, "a*b", true},
                               row{{"a**"}, "a*x", true}, row{{"a**"}, "ab", false});
    auto settings = some_settings();
    settings.group_joined = true;
    settings.group_filters = each.filters;
    INFO(each.group);
    CHECK(made(settings).takes(upstream_kind::group_joined, each.group) == each.passes);
    CHECK_FALSE(made(settings).takes(upstream_kind::group_left, each.group));
}

TEST_CASE("for each event the first handler that takes it gets it") {
    auto first = some_settings(), second = some_settings(), third = some_settings();
    first.user_event_pattern = "a";
    second.connect = true;
    second.user_event_pattern = "*";
    third.connect = third.connected = true;
    third.user_event_pattern = "a,b";
    const std::vector handlers{made(first), made(second), made(third)};
    CHECK(find_handler(handlers, upstream_kind::connect, "connect") == 1);
    CHECK(find_handler(handlers, upstream_kind::connected, "connected") == 2);
    CHECK(find_handler(handlers, upstream_kind::user_event, "a") == 0);
    CHECK(find_handler(handlers, upstream_kind::user_event, "b") == 1);
    CHECK(find_handler(handlers, upstream_kind::disconnected, "disconnected") == std::nullopt);
    CHECK(find_handler({}, upstream_kind::connect, "connect") == std::nullopt);
}

TEST_CASE("settings of a handler that can't be meant are refused") {
    auto settings = some_settings();
    settings.url_template = "tunnel:///x";
    CHECK(upstream_handler::make(settings).error().code == errc::invalid_url);
    settings = some_settings();
    settings.user_event_pattern = "a*";
    CHECK(upstream_handler::make(settings).error().code == errc::invalid_event_name);
    settings = some_settings();
    settings.group_filters = {"fine", ""};
    CHECK(upstream_handler::make(settings).error().code == errc::invalid_group_name);
}
