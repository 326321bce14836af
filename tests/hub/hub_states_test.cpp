// SPDX-License-Identifier: MIT

#include "hub/states_world.hpp"
#include "support/catch.hpp"

#include <map>
#include <string>

using namespace states_tests;

// Every state of a reliable connection against everything that can happen to it. What is expected was written by hand
// from sessions.md sections 4, 7 and 8 and subprotocols.md section 13, in the words of states_world.hpp.

namespace {

using row = std::map<std::string, std::string>;

const std::map<std::string, row> table{
    {"admitted",
     {{"opened", "open +1"},
      {"ping", "none late"},
      {"join", "none late"},
      {"stream", "none late"},
      {"invoke", "none late"},
      {"state", "none late"},
      {"malformed", "none late"},
      {"binary", "none late"},
      {"broken", "none late"},
      {"written", "none late"},
      {"closed 1000", "none"},
      {"closed 1006", "none"},
      {"recovery", "none no"},
      {"answer", "none no"},
      {"send", "none no"},
      {"close", "none no"},
      {"30 s", "none close 1008"}}},
    {"open",
     {{"opened", "open late"},
      {"ping", "open +1"},
      {"join", "open +1"},
      {"stream", "open +1"},
      {"invoke", "open"},
      {"state", "open +1"},
      {"malformed", "ended close 1007"},
      {"binary", "ended close 1003"},
      {"broken", "ended close 1002"},
      {"written", "open late"},
      {"closed 1000", "ended"},
      {"closed 1006", "detached"},
      {"recovery", "open close 1001"},
      {"answer", "open no"},
      {"send", "open +1"},
      {"close", "ended +1 close 1000"},
      {"30 s", "open"}}},
    {"gated",
     {{"opened", "open late"},
      {"ping", "open +1"},
      {"join", "open"},
      {"stream", "open"},
      {"invoke", "open"},
      {"state", "open"},
      {"malformed", "ended close 1007"},
      {"binary", "ended close 1003"},
      {"broken", "ended close 1002"},
      {"written", "open late"},
      {"closed 1000", "ended"},
      {"closed 1006", "detached"},
      {"recovery", "open close 1001"},
      {"answer", "open +1"},
      {"send", "open +1"},
      {"close", "ended +1 close 1000"},
      {"30 s", "open"}}},
    {"detached",
     {{"opened", "detached late"},
      {"ping", "detached late"},
      {"join", "detached late"},
      {"stream", "detached late"},
      {"invoke", "detached late"},
      {"state", "detached late"},
      {"malformed", "detached late"},
      {"binary", "detached late"},
      {"broken", "detached late"},
      {"written", "detached late"},
      {"closed 1000", "detached late"},
      {"closed 1006", "detached late"},
      {"recovery", "open"},
      {"answer", "detached no"},
      {"send", "detached"},
      {"close", "ended"},
      {"30 s", "ended"}}},
    {"draining",
     {{"opened", "ended late"},
      {"ping", "ended late"},
      {"join", "ended late"},
      {"stream", "ended late"},
      {"invoke", "ended late"},
      {"state", "ended late"},
      {"malformed", "ended late"},
      {"binary", "ended late"},
      {"broken", "ended late"},
      {"written", "ended +1 close 1000"},
      {"closed 1000", "ended"},
      {"closed 1006", "ended"},
      {"recovery", "ended no"},
      {"answer", "ended no"},
      {"send", "ended no"},
      {"close", "ended no"},
      {"30 s", "ended close 1000"}}},
    {"closing",
     {{"opened", "ended late"},
      {"ping", "ended late"},
      {"join", "ended late"},
      {"stream", "ended late"},
      {"invoke", "ended late"},
      {"state", "ended late"},
      {"malformed", "ended late"},
      {"binary", "ended late"},
      {"broken", "ended late"},
      {"written", "ended late"},
      {"closed 1000", "ended"},
      {"closed 1006", "ended"},
      {"recovery", "ended no"},
      {"answer", "ended no"},
      {"send", "ended no"},
      {"close", "ended no"},
      {"30 s", "ended"}}},
    {"ended",
     {{"opened", "ended late"},
      {"ping", "ended late"},
      {"join", "ended late"},
      {"stream", "ended late"},
      {"invoke", "ended late"},
      {"state", "ended late"},
      {"malformed", "ended late"},
      {"binary", "ended late"},
      {"broken", "ended late"},
      {"written", "ended late"},
      {"closed 1000", "ended late"},
      {"closed 1006", "ended late"},
      {"recovery", "ended no"},
      {"answer", "ended no"},
      {"send", "ended no"},
      {"close", "ended no"},
      {"30 s", "ended"}}},
};

} // namespace

TEST_CASE("each state of a connection answers each input as the protocol says") {
    std::size_t cells = 0;
    for (const auto& [state, inputs] : table) {
        for (const auto& [input, expected] : inputs) {
            world w;
            w.bring_to(state);
            happen(w, input);
            INFO(state << ", " << input);
            CHECK(w.outcome() == expected);
            ++cells;
        }
    }
    CHECK(cells == 7 * 17);
}
