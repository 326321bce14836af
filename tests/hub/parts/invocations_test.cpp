// SPDX-License-Identifier: MIT

#include <webpubsub/hub/parts/invocations.hpp>

#include "hub/parts/lower_floor.hpp"
#include "support/catch.hpp"

#include <cstdint>
#include <string>

using namespace hub_parts_tests;
using hub_events::invocation;
using hub_events::invocation_cancelled;

namespace {

struct fixture : lower_floor {
    using lower_floor::lower_floor;

    invocations pending;
    std::uint32_t client = connect("c");

    /// Its number, 0 if it was refused.
    std::uint64_t arrive(const std::string& id) {
        return pending.arrive(during, client, invoke_message{id, "e", {}, {}}, false).number;
    }
    void execute(const std::string& id, std::uint64_t number) {
        client_message message = invoke_message{id, "e", {}, {}};
        pending.execute(during, client, message, number);
    }
    void cancel(const std::string& id) { pending.arrive(during, client, cancel_invocation_message{id}, false); }
};

} // namespace

TEST_CASE("an invocation is answered once, under the client's id") {
    fixture f;
    const auto number = f.arrive("i");
    CHECK(f.pending.answer(f.during, event_id{number}, {}).error() == errc::unknown_target);
    f.execute("i", number);
    CHECK(f.event<invocation>()->id == event_id{number});
    CHECK(f.pending.answer(f.during, event_id{number}, {"", text_payload("x"), {}}));
    CHECK(f.pending.answer(f.during, event_id{number}, {}).error() == errc::unknown_target);
    CHECK(f.sent(f.client) == messages{invoke_response_message{"i", text_payload("x"), {}}});
    CHECK_FALSE(f.pending.deadline());
    CHECK(f.arrive("i") != 0);
}

TEST_CASE("an id in use, one too long and one too many are refused") {
    hub_options options;
    options.invocations.max_pending = 2;
    options.invocations.max_id_size = 3;
    fixture f(options);
    CHECK(f.arrive("a") != 0);
    CHECK(f.arrive("a") == 0);
    CHECK(f.arrive("long") == 0);
    CHECK(f.arrive("b") != 0);
    CHECK(f.arrive("c") == 0);
    CHECK(f.sent(f.client).size() == 3);
    f.cancel("a");
    CHECK(f.arrive("c") != 0);
}

TEST_CASE("what is cancelled while it waits its turn is never raised, and its id can be used again at once") {
    fixture f;
    const auto first = f.arrive("i");
    f.cancel("i");
    const auto second = f.arrive("i");
    CHECK(second != first);
    f.execute("i", first);
    CHECK_FALSE(f.event<invocation>());
    f.execute("i", second);
    CHECK(f.event<invocation>()->id == event_id{second});
    f.cancel("i");
    CHECK(f.event<invocation_cancelled>()->id == event_id{second});
    f.cancel("i");
    CHECK_FALSE(f.event<invocation_cancelled>());
}

TEST_CASE("with its transport a connection loses its invocations, and the application is told of those it knows") {
    fixture f;
    const auto known = f.arrive("known");
    f.execute("known", known);
    f.arrive("unknown");
    f.pending.handle_change(f.during, f.client, connection_change::detached);
    CHECK(f.event<invocation_cancelled>()->id == event_id{known});
    CHECK_FALSE(f.event<invocation_cancelled>());
    CHECK_FALSE(f.pending.deadline());
    CHECK(f.arrive("known") != 0);
}

TEST_CASE("an answer that does not come in time is a Timeout") {
    fixture f;
    f.execute("i", f.arrive("i"));
    CHECK(f.pending.deadline() == f.during.now.steady + 100s);
    f.pass(100s);
    f.pending.handle_due(f.during);
    const auto got = f.sent(f.client);
    REQUIRE(got.size() == 1);
    CHECK(get<service_error>(get<invoke_response_message>(got[0]).outcome).name == "Timeout");
    f.pending.handle_due(f.during);
    CHECK(f.sent(f.client).empty());
}
