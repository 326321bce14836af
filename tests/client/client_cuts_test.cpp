// SPDX-License-Identifier: MIT

// The sessions in tests/vectors/sessions once more, each with its transport lost after every step, from where on the
// service does as it should: whatever a client has been through, it keeps its promises and is of use again.

#include "client/session_player.hpp"
#include "client/session_scripts.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

using namespace webpubsub;
using namespace webpubsub::tests;

namespace {

struct totals {
    std::size_t cuts = 0;
    /// With a transport that could be cut.
    std::size_t transports = 0;
    std::uint64_t recoveries = 0;
};

/// Cuts after every input, and after every output that has a time of its own.
void cut_everywhere(const boost::json::object& script, recovery_answer answer, totals& all) {
    session_player player(script);
    const auto cut = [&] {
        auto world = player.calm(answer);
        const auto before = world.promises();
        world.run(before.transport());
        ++all.cuts;
        if (before.transport() != transport_id{}) ++all.transports;
        all.recoveries += world.promises().recoveries() - before.recoveries();
    };
    player.after_input = cut;
    std::int64_t now = 0;
    std::size_t number = 0;
    for (const auto& each : script.at("steps").as_array()) {
        const auto& step = each.as_object();
        INFO("step " << ++number << ": " << boost::json::serialize(step));
        const auto* const at = step.if_contains("at");
        if (at != nullptr) now = at->to_number<std::int64_t>();
        if (step.contains("in")) {
            player.pass_until(now);
            player.put(step);
        } else if (const auto* const every = step.if_contains("every")) {
            now = step.at("until").to_number<std::int64_t>();
            player.answer(every->as_object(), step.at("answer").as_array(), now,
                          step.at("atMost").to_number<std::uint64_t>());
        } else if (at != nullptr) {
            player.pass_until(now);
            cut();
        }
    }
}

} // namespace

TEST_CASE("the sessions with the transport lost after every step") {
    const auto answer = GENERATE(recovery_answer::yes, recovery_answer::silence, recovery_answer::no,
                                 recovery_answer::another_connection);
    totals all;
    const auto scripts = session_scripts();
    for (const auto& [name, script] : scripts) {
        CAPTURE(name);
        cut_everywhere(script, answer, all);
    }
    const bool recovers = answer == recovery_answer::yes || answer == recovery_answer::silence;
    WARN(scripts.size() << " scripts, " << all.cuts << " cuts, " << all.transports << " of a transport, "
                        << all.recoveries << " recoveries");
    CHECK(scripts.size() >= 60);
    CHECK(all.cuts >= 5000);
    CHECK(all.transports >= 4500);
    CHECK((recovers ? all.recoveries >= 4500 : all.recoveries == 0));
}
