// SPDX-License-Identifier: MIT

// The groups that a connection begins in: it is in all of them, or it is refused.

#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"

#include <string>

using namespace webpubsub;
using strings = hub_fixture::strings;
using close_note = hub_fixture::close_note;

namespace {

unsigned status_of(const admission& outcome) {
    const auto* const no = get_if<refused>(&outcome);
    return no != nullptr ? no->http_status : 0;
}

hub_options with_groups(std::size_t max_groups, std::size_t max_per_connection, std::size_t bytes = 1 << 20) {
    hub_options options;
    options.groups.max_groups = max_groups;
    options.groups.max_per_connection = max_per_connection;
    options.groups.max_bytes_per_connection = bytes;
    return options;
}

} // namespace

TEST_CASE("a token with more groups than a connection may be in, or longer ones, is refused with 400") {
    const auto options = GENERATE(with_groups(100, 2), with_groups(100, 100, 2 * (2 * 1 + 128)));
    hub_fixture f(options);
    CHECK(status_of(f.hub.admit(f.now, f.request(f.plain, {}, {"a", "b", "c"}))) == 400);
    // A group that is named twice is one.
    const auto client = f.connect(f.plain, {}, {"a", "b", "a", "b"});
    CHECK(f.hub.is_in_group(f.id_of(client), "a"));
    CHECK(f.hub.is_in_group(f.id_of(client), "b"));
}

TEST_CASE("a client whose groups the hub has no room for is refused with 503") {
    hub_fixture f(with_groups(2, 100));
    f.connect(f.plain, {}, {"a"});
    CHECK(status_of(f.hub.admit(f.now, f.request(f.plain, {}, {"b", "c"}))) == 503);
    const auto client = f.connect(f.plain, {}, {"a", "b"});
    CHECK(f.hub.connection_count_of_group("a") == 2);
    CHECK(f.hub.is_in_group(f.id_of(client), "b"));
}

TEST_CASE("the application's groups are its own fault when they are too many, and the hub's when it has no room") {
    auto options = with_groups(3, 2);
    options.application.ask_on_connect = true;
    hub_fixture f(options);
    const auto outcome_of = [&](const strings& groups) {
        const auto id = get<waiting>(f.hub.admit(f.now, f.request(f.plain))).id;
        connect_overrides overrides;
        overrides.groups = groups;
        REQUIRE(f.hub.accept_connect(f.now, id, overrides));
        f.drain();
        return f.outcomes.at(id);
    };
    CHECK(status_of(outcome_of({"a", "b", "c"})) == 500);
    const auto let_in = outcome_of({"a", "b"});
    f.hub.handle_opened(f.now, get<accepted>(let_in).transport);
    f.drain();
    CHECK(status_of(outcome_of({"c", "d"})) == 503);
    CHECK(status_of(outcome_of({"c", "b"})) == 0);
}

TEST_CASE("a client for whose groups others have taken the room before it opened is closed, and never was") {
    hub_fixture f(with_groups(2, 100));
    const auto late = get<accepted>(f.hub.admit(f.now, f.request(f.plain, "ann", {"b", "c"}))).transport;
    const auto early = f.connect(f.plain, {}, {"a"});
    f.hub.handle_opened(f.now, late);
    f.drain();
    CHECK(f.close_of(late) == close_note{1008, "The hub has as many groups as it may have."});
    CHECK(f.take(late).empty());
    CHECK_FALSE(f.ids.contains(late));
    CHECK(f.hub.connection_count() == 1);
    CHECK_FALSE(f.hub.user_exists("ann"));
    f.gone(late);
    // Its transport has given back what it had.
    f.gone(early, close_code::normal);
    const auto again = f.connect(f.plain, "ann", {"b", "c"});
    CHECK(f.hub.is_in_group(f.id_of(again), "c"));
}
