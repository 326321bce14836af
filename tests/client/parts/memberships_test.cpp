// SPDX-License-Identifier: MIT
#include <webpubsub/client/parts/memberships.hpp>

#include "support/catch.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::client_parts;
using kind = request_kind;
using strings = std::vector<std::string>;

namespace {

request_outcome outcome(kind what, std::string_view group, request_status status = request_status::succeeded,
                        std::string_view error = {}) {
    request_outcome done;
    done.kind = what;
    done.group = group;
    done.status = status;
    done.error.name = error;
    return done;
}

/// The steps in words: `rejoin g`.
strings steps(memberships& m) {
    strings words;
    while (const auto step = m.poll_step()) {
        static constexpr std::string_view names[]{"rejoin", "release", "resubscribe", "forget"};
        words.push_back(std::string(names[static_cast<std::size_t>(step->action)]) + " " + step->group);
    }
    return words;
}

/// A member of `g`, subscribed to its states.
memberships made(client_group_options options = {}) {
    memberships m(options);
    m.handle_link(link_change::up);
    m.handle_outcome(outcome(kind::join, "g"));
    m.handle_outcome(outcome(kind::subscribe, "g"));
    CHECK(steps(m).empty());
    return m;
}

void replace(memberships& m) {
    m.handle_link(link_change::down);
    m.handle_link(link_change::replaced);
    m.handle_link(link_change::up);
}

} // namespace

TEST_CASE("a join counts once it has succeeded, a leave when it is called") {
    memberships m({});
    CHECK_FALSE(m.handle_outcome(outcome(kind::join, "refused", request_status::failed)));
    CHECK(m.groups().empty());
    CHECK_FALSE(m.handle_outcome(outcome(kind::join, "g")));
    CHECK(m.groups().contains("g"));
    m.leave("g");
    CHECK(m.groups().empty());
    auto late = outcome(kind::join, "g");
    late.superseded = true;
    m.handle_outcome(late);
    CHECK(m.groups().empty());
}

TEST_CASE("a new connection joins first, and subscribes when that has succeeded") {
    auto m = made();
    m.handle_outcome(outcome(kind::subscribe, "by token"));
    replace(m);
    CHECK(steps(m) == strings{"rejoin g", "resubscribe by token"});
    CHECK(m.handle_outcome(outcome(kind::rejoin, "g")));
    CHECK(steps(m) == strings{"release g", "resubscribe g"});
    CHECK(m.handle_outcome(outcome(kind::resubscribe, "g")));
    CHECK(steps(m).empty());
    CHECK_FALSE(m.poll_event());
}

TEST_CASE("a recovered connection has its groups still") {
    auto m = made();
    m.handle_link(link_change::down);
    m.handle_link(link_change::recovering);
    m.handle_link(link_change::recovered);
    CHECK(steps(m).empty());
}

TEST_CASE("a refused rejoin ends the membership and the subscription, one without an answer neither") {
    auto m = made();
    replace(m);
    steps(m);
    SECTION("refused") {
        m.handle_outcome(outcome(kind::rejoin, "g", request_status::failed, "Forbidden"));
        CHECK(steps(m) == strings{"release g", "forget g"});
        CHECK(m.groups().empty());
        CHECK(get<client_events::rejoin_failed>(*m.poll_event()).error.name == "Forbidden");
        CHECK(get<client_events::resubscribe_failed>(*m.poll_event()).group == "g");
    }
    SECTION("not answered") {
        m.handle_outcome(outcome(kind::rejoin, "g", request_status::outcome_unknown, "Timeout"));
        CHECK(steps(m) == strings{"release g", "resubscribe g"});
        CHECK(m.groups().contains("g"));
        CHECK(get<client_events::rejoin_failed>(*m.poll_event()).error.name == "Timeout");
    }
    SECTION("given up because it breaks transports") {
        auto broken = outcome(kind::rejoin, "g", request_status::outcome_unknown);
        broken.breaks_transports = true;
        m.handle_outcome(broken);
        CHECK(m.groups().empty());
    }
    SECTION("superseded by a leave") {
        m.leave("g");
        CHECK(steps(m) == strings{"forget g"});
        auto late = outcome(kind::rejoin, "g");
        late.superseded = true;
        m.handle_outcome(late);
        CHECK(steps(m) == strings{"release g"});
        CHECK_FALSE(m.poll_event());
    }
}

TEST_CASE("a subscription that is refused is not restored") {
    memberships m({});
    m.handle_outcome(outcome(kind::subscribe, "g", request_status::failed));
    CHECK(steps(m) == strings{"forget g"});
    auto known = made();
    // One that fails beside one that is there changes nothing.
    known.handle_outcome(outcome(kind::subscribe, "g", request_status::failed));
    CHECK(steps(known).empty());
    known.handle_outcome(outcome(kind::resubscribe, "g", request_status::failed));
    CHECK(steps(known) == strings{"forget g"});
    CHECK(get<client_events::resubscribe_failed>(*known.poll_event()).group == "g");
}

TEST_CASE("rejoining is an option") {
    client_group_options options;
    options.rejoin = false;
    auto m = made(options);
    replace(m);
    CHECK(steps(m) == strings{"forget g"});
    CHECK(m.groups().empty());
}

TEST_CASE("groups are limited, but for those that are there") {
    client_group_options options;
    options.max_groups = 1;
    auto m = made(options);
    CHECK(m.check_room("g"));
    CHECK(m.check_room("h").error().code == errc::too_many_groups);
    options.max_rejoins_in_flight = 0;
    CHECK_FALSE(memberships::check(options));
}

TEST_CASE("after the end there are no groups, and what was under way is not told as failed") {
    auto m = made();
    replace(m);
    steps(m);
    m.handle_link(link_change::down);
    m.handle_link(link_change::stopped);
    CHECK(m.handle_outcome(outcome(kind::rejoin, "g", request_status::outcome_unknown)));
    CHECK(m.groups().empty());
    CHECK_FALSE(m.poll_event());
}
