// SPDX-License-Identifier: MIT

#include <webpubsub/hub/hub.hpp>

#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"

#include <map>
#include <string>

using namespace webpubsub;
using namespace std::chrono_literals;

// Every state of a reliable connection against everything that can happen to it. What is expected was written by hand
// from sessions.md sections 4, 7 and 8 and subprotocols.md section 13:
//   none, open, detached, ended   what the connection is afterwards (none: never was);
//   +N                            frames that its transport was given;
//   close N                       the host was told to close the transport with this code;
//   late                          the input was ignored and counted;
//   no                            the command or recovery was refused.

namespace {

struct world : hub_fixture {
    transport_id transport = 0;
    std::string id;
    std::string token;
    event_id event = 0;
    transport_id recovered = 0;
    bool was_refused = false;

    void bring_to(const std::string& state) {
        const auto outcome = hub.admit(now, request(reliable, "u", {"a"}));
        transport = std::get<accepted>(outcome).transport;
        id = std::string(hub.connection_of(transport));
        if (state == "admitted") return;
        hub.handle_opened(now, transport);
        drain();
        token = member(take(transport).at(0), "reconnectionToken");
        if (state == "open") return;
        if (state == "gated") {
            text(transport, R"({"type":"event","event":"e","data":1,"ackId":1})");
            event = events.at(0).id;
        } else if (state == "detached") {
            gone(transport);
        } else if (state == "draining") {
            if (!hub.send_to_connection(now, id, text_payload("x"))) throw std::logic_error("not sent");
            if (!hub.poll_transmit(transport)) throw std::logic_error("nothing to write");
            if (!hub.close_connection(now, id)) throw std::logic_error("not closed");
            drain();
        } else if (state == "closing") {
            text(transport, "x");
            closes.clear();
        } else if (state == "ended") {
            gone(transport, 1000);
        }
    }

    void happen(const std::string& input) {
        if (input == "opened") hub.handle_opened(now, transport);
        if (input == "ping") hub.handle_frame(now, transport, frame_kind::text, R"({"type":"ping"})");
        if (input == "join") {
            hub.handle_frame(now, transport, frame_kind::text, R"({"type":"joinGroup","group":"b","ackId":2})");
        }
        if (input == "stream") {
            hub.handle_frame(now, transport, frame_kind::text,
                             R"({"type":"sendToGroup","group":"a","stream":{"streamId":"s"}})");
        }
        if (input == "invoke") {
            hub.handle_frame(now, transport, frame_kind::text, R"({"type":"invoke","invocationId":"1","event":"e"})");
        }
        if (input == "state") {
            hub.handle_frame(now, transport, frame_kind::text, R"({"type":"setGroupState","group":"a","ackId":3})");
        }
        if (input == "malformed") hub.handle_frame(now, transport, frame_kind::text, "{");
        if (input == "binary") hub.handle_frame(now, transport, frame_kind::binary, "");
        if (input == "broken") hub.handle_bad_frame(now, transport);
        if (input == "written") hub.handle_written(now, transport);
        if (input == "closed 1000") hub.handle_closed(now, transport, 1000);
        if (input == "closed 1006") hub.handle_closed(now, transport);
        if (input == "recovery") {
            recovered = recover(id, token);
            was_refused = close_of(recovered).has_value();
        }
        if (input == "answer") was_refused = !hub.answer_event(now, event);
        if (input == "send") was_refused = hub.send_to_connection(now, id, text_payload("x")).value() == 0;
        if (input == "close") was_refused = !hub.close_connection(now, id);
        if (input == "30 s") advance(30s);
        drain();
    }

    std::string outcome() {
        std::string text = "none";
        if (ends.contains(id)) text = "ended";
        if (hub.connection_exists(id)) {
            const bool carried = hub.connection_of(transport) == id || hub.connection_of(recovered) == id;
            text = carried ? "open" : "detached";
        }
        if (const auto frames = take(transport).size(); frames != 0) text += " +" + std::to_string(frames);
        if (const auto closed = close_of(transport)) text += " close " + std::to_string(closed->code);
        if (hub.counters().late_inputs != 0) text += " late";
        if (was_refused) text += " no";
        return text;
    }
};

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
            w.happen(input);
            INFO(state << ", " << input);
            CHECK(w.outcome() == expected);
            ++cells;
        }
    }
    CHECK(cells == 7 * 17);
}
