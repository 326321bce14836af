// SPDX-License-Identifier: MIT

#include "hub/states_world.hpp"
#include "support/catch.hpp"

#include <cstddef>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace states_tests;

// What hub_states_test.cpp leaves out: every frame and every command, in more states, and simple clients. Each row is
// an input, each column a state; what comes of it is told in the words of states_world.hpp. It follows sessions.md
// sections 4, 5, 7 and 8, subprotocols.md sections 2, 9 to 11 and 13 and upstream.md section 8.

namespace {

constexpr std::string_view frames_of_a_live_connection = R"(
                     | open             | gated            | invoking                   | streaming        | watching
cancel               | open             | open             | open cancelled             | open             | open
event                | open event       | open             | open event                 | open event       | open event
invoke               | open invocation  | open             | open invocation            | open invocation  | open invocation
invoke again         | open invocation  | open             | open +1                    | open invocation  | open invocation
join                 | open +1 joined   | open             | open +1 joined             | open +1 joined   | open +1 joined
keep alive           | open +1          | open             | open +1                    | open             | open +1
leave                | open +1 left     | open             | open +1 left               | open +1 left     | open +1 left
malformed            | ended close 1007 | ended close 1007 | ended close 1007 cancelled | ended close 1007 | ended close 1007
ping                 | open +1          | open +1          | open +1                    | open +1          | open +1
publish              | open +2          | open             | open +2                    | open +2          | open +2
publish without echo | open             | open             | open                       | open             | open
sequence ack         | open             | open             | open                       | open             | open
set state            | open +1          | open             | open +1                    | open +1          | open +2
state                | open +1          | open             | open +1                    | open +1          | open +2
stream               | open +1          | open             | open +1                    | open +1          | open +1
stream data          | open +1          | open             | open +1                    | open +1          | open +1
stream end           | open +1          | open             | open +1                    | open +1          | open +1
subscribe            | open +2          | open             | open +2                    | open +2          | open +2
unsubscribe          | open +1          | open             | open +1                    | open +1          | open +1
)";

constexpr std::string_view anything_else = R"(
                   | admitted        | open                | gated               | invoking
100 s              | none close 1008 | open                | open +1             | open +1
30 s               | none close 1008 | open                | open                | open
300 s              | none close 1008 | open                | open +1             | open +1
add                | none no         | open joined         | open joined         | open joined
answer             | none no         | open no             | open +1             | open no
answer invocation  | none no         | open no             | open no             | open +1
answer with data   | none no         | open no             | open +2             | open no
bad text           | none late       | ended close 1007    | ended close 1007    | ended close 1007 cancelled
binary             | none late       | ended close 1003    | ended close 1003    | ended close 1003 cancelled
broken             | none late       | ended close 1002    | ended close 1002    | ended close 1002 cancelled
close              | none no         | ended +1 close 1000 | ended +1 close 1000 | ended +1 close 1000 cancelled
close all          | none close 1001 | ended +1 close 1001 | ended +1 close 1001 | ended +1 close 1001 cancelled
closed 1000        | none            | ended               | ended               | ended cancelled
closed 1006        | none            | detached            | detached            | detached cancelled
fail               | none no         | open no             | open +1             | open no
fail invocation    | none no         | open no             | open no             | open +1
grant              | none no         | open                | open                | open
opened             | open +1         | open late           | open late           | open late
recovery           | none no         | open close 1001     | open close 1001     | open close 1001 cancelled
remove             | none no         | open left           | open left           | open left
remove from all    | none no         | open left           | open left           | open left
revoke             | none no         | open                | open                | open
send               | none no         | open +1             | open +1             | open +1
send for 1 s       | none no         | open +1             | open +1             | open +1
send to all        | none no         | open +1             | open +1             | open +1
send to all but it | none no         | open no             | open no             | open no
send to group      | none no         | open +1             | open +1             | open +1
send to user       | none no         | open +1             | open +1             | open +1
written            | none late       | open late           | open late           | open late
wrong recovery     | none no         | open no             | open no             | open no
)";

constexpr std::string_view anything_else_in_more_states = R"(
                   | streaming           | watching            | detached        | draining            | closing    | ended
100 s              | open                | open                | ended           | ended close 1000    | ended      | ended
30 s               | open                | open                | ended           | ended close 1000    | ended      | ended
300 s              | open +1             | open                | ended           | ended close 1000    | ended      | ended
add                | open joined         | open joined         | detached joined | ended no            | ended no   | ended no
answer             | open no             | open no             | detached no     | ended no            | ended no   | ended no
answer invocation  | open no             | open no             | detached no     | ended no            | ended no   | ended no
answer with data   | open no             | open no             | detached no     | ended no            | ended no   | ended no
bad text           | ended close 1007    | ended close 1007    | detached late   | ended late          | ended late | ended late
binary             | ended close 1003    | ended close 1003    | detached late   | ended late          | ended late | ended late
broken             | ended close 1002    | ended close 1002    | detached late   | ended late          | ended late | ended late
close              | ended +1 close 1000 | ended +1 close 1000 | ended           | ended no            | ended no   | ended no
close all          | ended +1 close 1001 | ended +1 close 1001 | ended           | ended               | ended      | ended
closed 1000        | ended               | ended               | detached late   | ended               | ended      | ended late
closed 1006        | detached            | detached            | detached late   | ended               | ended      | ended late
fail               | open no             | open no             | detached no     | ended no            | ended no   | ended no
fail invocation    | open no             | open no             | detached no     | ended no            | ended no   | ended no
grant              | open                | open                | detached        | ended no            | ended no   | ended no
opened             | open late           | open late           | detached late   | ended late          | ended late | ended late
recovery           | open close 1001     | open close 1001     | open            | ended no            | ended no   | ended no
remove             | open left           | open left           | detached left   | ended no            | ended no   | ended no
remove from all    | open left           | open left           | detached left   | ended no            | ended no   | ended no
revoke             | open                | open                | detached        | ended no            | ended no   | ended no
send               | open +1             | open +1             | detached        | ended no            | ended no   | ended no
send for 1 s       | open +1             | open +1             | detached        | ended no            | ended no   | ended no
send to all        | open +1             | open +1             | detached        | ended no            | ended no   | ended no
send to all but it | open no             | open no             | detached no     | ended no            | ended no   | ended no
send to group      | open +1             | open +1             | detached        | ended no            | ended no   | ended no
send to user       | open +1             | open +1             | detached        | ended no            | ended no   | ended no
written            | open late           | open late           | detached late   | ended +1 close 1000 | ended late | ended late
wrong recovery     | open no             | open no             | detached no     | ended no            | ended no   | ended no
)";

constexpr std::string_view simple_client = R"(
                   | admitted        | open             | gated            | draining         | closing    | ended
100 s              | none close 1008 | open             | ended close 1011 | ended close 1000 | ended      | ended
add                | none no         | open joined      | open joined      | ended no         | ended no   | ended no
answer             | none no         | open no          | open             | ended no         | ended no   | ended no
answer with data   | none no         | open no          | open +1          | ended no         | ended no   | ended no
bad text           | none late       | ended close 1007 | ended close 1007 | ended late       | ended late | ended late
binary             | none late       | open event       | open             | ended late       | ended late | ended late
broken             | none late       | ended close 1002 | ended close 1002 | ended late       | ended late | ended late
close              | none no         | ended close 1000 | ended close 1000 | ended no         | ended no   | ended no
close all          | none close 1001 | ended close 1001 | ended close 1001 | ended            | ended      | ended
closed 1000        | none            | ended            | ended            | ended            | ended      | ended late
closed 1006        | none            | ended            | ended            | ended            | ended      | ended late
fail               | none no         | open no          | ended close 1011 | ended no         | ended no   | ended no
grant              | none no         | open             | open             | ended no         | ended no   | ended no
opened             | open            | open late        | open late        | ended late       | ended late | ended late
remove             | none no         | open left        | open left        | ended no         | ended no   | ended no
remove from all    | none no         | open left        | open left        | ended no         | ended no   | ended no
revoke             | none no         | open             | open             | ended no         | ended no   | ended no
send               | none no         | open +1          | open +1          | ended no         | ended no   | ended no
send to all        | none no         | open +1          | open +1          | ended no         | ended no   | ended no
send to all but it | none no         | open no          | open no          | ended no         | ended no   | ended no
send to group      | none no         | open +1          | open +1          | ended no         | ended no   | ended no
send to user       | none no         | open +1          | open +1          | ended no         | ended no   | ended no
text               | none late       | open event       | open             | ended late       | ended late | ended late
written            | none late       | open late        | open late        | ended close 1000 | ended late | ended late
)";

/// To its own group.
constexpr std::string_view simple_client_that_publishes = R"(
                   | admitted        | open             | draining         | closing    | ended
100 s              | none close 1008 | open             | ended close 1000 | ended      | ended
add                | none no         | open joined      | ended no         | ended no   | ended no
answer             | none no         | open no          | ended no         | ended no   | ended no
answer with data   | none no         | open no          | ended no         | ended no   | ended no
bad text           | none late       | ended close 1007 | ended late       | ended late | ended late
binary             | none late       | open +1          | ended late       | ended late | ended late
broken             | none late       | ended close 1002 | ended late       | ended late | ended late
close              | none no         | ended close 1000 | ended no         | ended no   | ended no
close all          | none close 1001 | ended close 1001 | ended            | ended      | ended
closed 1000        | none            | ended            | ended            | ended      | ended late
closed 1006        | none            | ended            | ended            | ended      | ended late
fail               | none no         | open no          | ended no         | ended no   | ended no
grant              | none no         | open             | ended no         | ended no   | ended no
opened             | open            | open late        | ended late       | ended late | ended late
remove             | none no         | open left        | ended no         | ended no   | ended no
remove from all    | none no         | open left        | ended no         | ended no   | ended no
revoke             | none no         | open             | ended no         | ended no   | ended no
send               | none no         | open +1          | ended no         | ended no   | ended no
send to all        | none no         | open +1          | ended no         | ended no   | ended no
send to all but it | none no         | open no          | ended no         | ended no   | ended no
send to group      | none no         | open +1          | ended no         | ended no   | ended no
send to user       | none no         | open +1          | ended no         | ended no   | ended no
text               | none late       | open +1          | ended late       | ended late | ended late
written            | none late       | open late        | ended close 1000 | ended late | ended late
)";

std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream in(line);
    for (std::string cell; std::getline(in, cell, '|');) {
        cell.erase(0, cell.find_first_not_of(' '));
        cell.erase(cell.find_last_not_of(' ') + 1);
        cells.push_back(cell);
    }
    return cells;
}

std::string outcome_of(const std::string& state, const std::string& what, std::string_view subprotocol, bool raw) {
    world w;
    w.bring_to(state, subprotocol, raw);
    w.forget();
    happen(w, what);
    return w.outcome() + w.effects();
}

/// Checks a table, and returns the names of its inputs.
std::set<std::string> check(std::string_view table, std::string_view subprotocol = hub_fixture::reliable,
                            bool raw = false) {
    std::set<std::string> inputs;
    std::vector<std::string> states;
    std::istringstream in{std::string(table)};
    for (std::string line; std::getline(in, line);) {
        const auto cells = cells_of(line);
        if (cells.empty()) continue;
        if (states.empty()) {
            states = cells;
            continue;
        }
        REQUIRE(cells.size() == states.size());
        inputs.insert(cells[0]);
        for (std::size_t i = 1; i < cells.size(); ++i) {
            INFO(states[i] << ", " << cells[0]);
            CHECK(outcome_of(states[i], cells[0], subprotocol, raw) == cells[i]);
        }
    }
    return inputs;
}

} // namespace

TEST_CASE("each frame of a client has its effect in each state of a live connection") {
    CHECK(check(frames_of_a_live_connection).size() == frames().size());
}

TEST_CASE("each frame is late on a transport that carries no live connection") {
    for (const auto& [name, frame] : frames()) {
        for (const std::string state : {"admitted", "detached", "draining", "closing", "ended"}) {
            INFO(state << ", " << name);
            const auto known = state == "detached" ? state : state == "admitted" ? "none" : "ended";
            CHECK(outcome_of(state, name, hub_fixture::reliable, false) == known + " late");
        }
    }
}

TEST_CASE("each command and everything that happens to a transport, in each state of a connection") {
    const auto inputs = check(anything_else);
    CHECK(check(anything_else_in_more_states) == inputs);
    // What is text for a simple client is a malformed frame here.
    CHECK(inputs.size() == other_inputs().size() - 1);
}

TEST_CASE("each state of a simple client answers each input") {
    CHECK(check(simple_client, {}) == check(simple_client_that_publishes, {}, true));
}
