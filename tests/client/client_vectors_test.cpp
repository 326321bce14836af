// SPDX-License-Identifier: MIT

// The sessions in tests/vectors/sessions, played with the client.

#include "client/session_player.hpp"
#include "client/session_scripts.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>

#include <set>
#include <string>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::tests;

namespace {

using boost::json::object;

std::string text_of(const std::vector<session_player::output>& outputs) {
    std::string text;
    for (const auto& output : outputs) {
        text += std::to_string(output.at) + " " + boost::json::serialize(output.what) + "\n";
    }
    return text;
}

/// Outputs for the transport and those for the application, each in their order, at their times.
void compare(const std::vector<session_player::output>& wanted, const std::vector<session_player::output>& actual) {
    for (const bool for_transport : {true, false}) {
        std::vector<session_player::output> want;
        std::vector<session_player::output> got;
        for (const auto& each : wanted) {
            if (each.for_transport() == for_transport) want.push_back(each);
        }
        for (const auto& each : actual) {
            if (each.for_transport() == for_transport) got.push_back(each);
        }
        bool same = want.size() == got.size();
        for (std::size_t i = 0; same && i < want.size(); ++i) {
            same = want[i].at == got[i].at && session_player::matches(want[i].what, got[i].what);
        }
        INFO("wanted:\n" << text_of(want) << "came:\n" << text_of(got));
        CHECK(same);
    }
}

/// Returns how many steps there were.
std::size_t play(const object& script) {
    session_player player(script);
    const auto& steps = script.at("steps").as_array();
    std::int64_t now = 0;
    std::vector<session_player::output> wanted;
    // What is due at the time of an input comes before it.
    const auto settle = [&](std::int64_t until) {
        player.pass_until(until);
        compare(wanted, player.take_outputs());
        wanted.clear();
    };
    for (const auto& each : steps) {
        const auto& step = each.as_object();
        CAPTURE(boost::json::serialize(step));
        if (const auto* const at = step.if_contains("at")) {
            REQUIRE(at->to_number<std::int64_t>() >= now);
            now = at->to_number<std::int64_t>();
        }
        if (step.contains("out")) {
            wanted.push_back({now, step});
        } else if (const auto* const every = step.if_contains("every")) {
            if (!wanted.empty()) settle(now);
            now = step.at("until").to_number<std::int64_t>();
            const auto at_most = step.at("atMost").to_number<std::uint64_t>();
            const auto times = player.answer(every->as_object(), step.at("answer").as_array(), now, at_most);
            CHECK(times >= step.at("atLeast").to_number<std::uint64_t>());
            REQUIRE(times <= at_most);
        } else {
            settle(now);
            player.put(step);
        }
    }
    settle(now);
    return steps.size();
}

} // namespace

TEST_CASE("the client does what the sessions say") {
    std::size_t steps = 0;
    std::set<std::string> names;
    std::set<std::string> defects;
    for (const auto& [name, script] : session_scripts()) {
        CAPTURE(name);
        CHECK(script.at("name").as_string() == name);
        if (const auto* const defect = script.if_contains("defect")) defects.insert(std::string(defect->as_string()));
        steps += play(script);
        names.insert(name);
    }
    CHECK(names.size() >= 60);
    CHECK(steps >= 1000);
    CHECK(defects.size() == 14);
}
