// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/hub.hpp>

#include "hub/hub_fixture.hpp"

#include <chrono>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

/// One connection, which is brought to a state, and then something happens to it. What comes of it is told as
///   none, open, detached, ended   what the connection is afterwards (none: never was);
///   +N                            frames that its transport was given;
///   close N                       the host was told to close the transport with this code;
///   late                          the input was ignored and counted;
///   no                            the command or recovery was refused;
/// and its effects as
///   event, invocation, cancelled  the application was told;
///   joined, left                  the connection has come into the group `b`, is out of `a`.
namespace states_tests {

using namespace webpubsub;
using namespace std::chrono_literals;

struct world : hub_fixture {
    transport_id transport{};
    std::string id;
    std::string token;
    event_id event{};
    event_id invocation{};
    transport_id recovered{};
    bool was_refused = false;

    /// A member of the group `a` that may do everything.
    connect_request client(std::string_view subprotocol, bool raw = false) const {
        auto asked = request(subprotocol, "u", {"a"});
        asked.roles.insert(asked.roles.end(), {"webpubsub.getGroupState", "webpubsub.setGroupState"});
        if (raw) asked.publishes_to = send_to_group_mode{"a", false};
        return asked;
    }

    void bring_to(const std::string& state, std::string_view subprotocol = reliable, bool raw = false) {
        const auto outcome = hub.admit(now, client(subprotocol, raw));
        transport = get<accepted>(outcome).transport;
        id = std::string(hub.connection_of(transport));
        if (state == "admitted") return;
        hub.handle_opened(now, transport);
        drain();
        const auto first = take(transport);
        if (!first.empty()) token = member(first.at(0), "reconnectionToken");
        if (state == "open") return;
        if (state == "gated") {
            text(transport, R"({"type":"event","event":"e","data":1,"ackId":1})");
            event = events.at(0).id;
        } else if (state == "invoking") {
            text(transport, R"({"type":"invoke","invocationId":"1","event":"e"})");
            invocation = invocations.at(0).id;
        } else if (state == "streaming") {
            text(transport, R"({"type":"sendToGroup","group":"b","stream":{"streamId":"s"}})");
        } else if (state == "watching") {
            text(transport, R"({"type":"setGroupState","group":"a","state":{"k":"v"}})");
            text(transport, R"({"type":"subscribeGroupState","group":"a"})");
        } else if (state == "detached") {
            gone(transport);
        } else if (state == "draining") {
            if (!hub.send_to_connection(now, id, text_payload("x"))) throw std::logic_error("not sent");
            if (!hub.poll_transmit(transport)) throw std::logic_error("nothing to write");
            if (!hub.close_connection(now, id)) throw std::logic_error("not closed");
            drain();
        } else if (state == "closing") {
            if (subprotocol.empty()) {
                hub.handle_bad_frame(now, transport);
                drain();
            } else {
                text(transport, "x");
            }
            closes.clear();
        } else if (state == "ended") {
            gone(transport, 1000);
        }
        take(transport);
    }

    void frame(std::string_view bytes) { hub.handle_frame(now, transport, frame_kind::text, bytes); }

    /// What happened before is not told.
    void forget() {
        events.clear();
        invocations.clear();
        cancelled.clear();
    }

    template <class T>
    void command(const result<T>& outcome) {
        was_refused = !outcome;
    }

    /// Refused where nobody gets it.
    void sent(const result<std::size_t>& outcome) { was_refused = outcome.value() == 0; }

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

    std::string effects() const {
        std::string text;
        if (!events.empty()) text += " event";
        if (!invocations.empty()) text += " invocation";
        if (!cancelled.empty()) text += " cancelled";
        if (hub.is_in_group(id, "b")) text += " joined";
        if (hub.connection_exists(id) && !hub.is_in_group(id, "a")) text += " left";
        return text;
    }
};

using input = void (*)(world&);

inline const std::map<std::string, std::string>& frames() {
    static const std::map<std::string, std::string> all{
        {"cancel", R"({"type":"cancelInvocation","invocationId":"1"})"},
        {"event", R"({"type":"event","event":"e","data":1,"ackId":9})"},
        {"invoke", R"({"type":"invoke","invocationId":"2","event":"e"})"},
        {"invoke again", R"({"type":"invoke","invocationId":"1","event":"e"})"},
        {"join", R"({"type":"joinGroup","group":"b","ackId":2})"},
        {"keep alive", R"({"type":"streamData","streamId":"s"})"},
        {"leave", R"({"type":"leaveGroup","group":"a","ackId":4})"},
        {"malformed", "{"},
        {"ping", R"({"type":"ping"})"},
        {"publish", R"({"type":"sendToGroup","group":"a","data":1,"ackId":5})"},
        {"publish without echo", R"({"type":"sendToGroup","group":"a","data":1,"noEcho":true})"},
        {"sequence ack", R"({"type":"sequenceAck","sequenceId":7})"},
        {"state", R"({"type":"setGroupState","group":"a","ackId":3})"},
        {"set state", R"({"type":"setGroupState","group":"a","state":{"k":"w"},"ackId":3})"},
        {"stream", R"({"type":"sendToGroup","group":"a","stream":{"streamId":"s"}})"},
        {"stream data", R"({"type":"streamData","streamId":"s","streamSequenceId":1,"dataType":"text","data":"x"})"},
        {"stream end", R"({"type":"streamEnd","streamId":"s"})"},
        {"subscribe", R"({"type":"subscribeGroupState","group":"a","ackId":6})"},
        {"unsubscribe", R"({"type":"unsubscribeGroupState","group":"a","ackId":7})"},
    };
    return all;
}

inline const std::map<std::string, input>& other_inputs() {
    static const std::map<std::string, input> all{
        {"opened", [](world& w) { w.hub.handle_opened(w.now, w.transport); }},
        {"binary", [](world& w) { w.hub.handle_frame(w.now, w.transport, frame_kind::binary, ""); }},
        {"text", [](world& w) { w.frame("x"); }},
        {"bad text", [](world& w) { w.frame("\xff"); }},
        {"broken", [](world& w) { w.hub.handle_bad_frame(w.now, w.transport); }},
        {"written", [](world& w) { w.hub.handle_written(w.now, w.transport); }},
        {"closed 1000", [](world& w) { w.hub.handle_closed(w.now, w.transport, 1000); }},
        {"closed 1006", [](world& w) { w.hub.handle_closed(w.now, w.transport); }},
        {"recovery",
         [](world& w) {
             w.recovered = w.recover(w.id, w.token);
             w.was_refused = w.close_of(w.recovered).has_value();
         }},
        {"wrong recovery",
         [](world& w) {
             w.recovered = w.recover(w.id, "wrong");
             w.was_refused = w.close_of(w.recovered).has_value();
         }},
        {"30 s", [](world& w) { w.advance(30s); }},
        {"100 s", [](world& w) { w.advance(100s); }},
        {"300 s", [](world& w) { w.advance(300s); }},
        {"answer", [](world& w) { w.command(w.hub.answer_event(w.now, w.event)); }},
        {"answer with data", [](world& w) { w.command(w.hub.answer_event(w.now, w.event, text_payload("x"))); }},
        {"fail", [](world& w) { w.command(w.hub.fail_event(w.now, w.event)); }},
        {"answer invocation", [](world& w) { w.command(w.hub.answer_invocation(w.now, w.invocation)); }},
        {"fail invocation", [](world& w) { w.command(w.hub.fail_invocation(w.now, w.invocation, {})); }},
        {"send", [](world& w) { w.sent(w.hub.send_to_connection(w.now, w.id, text_payload("x"))); }},
        {"send to all", [](world& w) { w.sent(w.hub.send_to_all(w.now, text_payload("x"))); }},
        {"send to user", [](world& w) { w.sent(w.hub.send_to_user(w.now, "u", text_payload("x"))); }},
        {"send to group", [](world& w) { w.sent(w.hub.send_to_group(w.now, "a", text_payload("x"))); }},
        {"send to all but it",
         [](world& w) {
             const hub_fixture::strings except{w.id};
             w.sent(w.hub.send_to_all(w.now, text_payload("x"), {.except = except}));
         }},
        {"send for 1 s",
         [](world& w) { w.sent(w.hub.send_to_group(w.now, "a", text_payload("x"), {.time_to_live = 1s})); }},
        {"add", [](world& w) { w.command(w.hub.add_to_group(w.now, w.id, "b")); }},
        {"remove", [](world& w) { w.command(w.hub.remove_from_group(w.now, w.id, "a")); }},
        {"remove from all", [](world& w) { w.command(w.hub.remove_from_all_groups(w.now, w.id)); }},
        {"grant", [](world& w) { w.command(w.hub.grant(w.now, w.id, permission::send_to_group, "a")); }},
        {"revoke", [](world& w) { w.command(w.hub.revoke(w.now, w.id, permission::send_to_group, "a")); }},
        {"close", [](world& w) { w.command(w.hub.close_connection(w.now, w.id)); }},
        {"close all", [](world& w) { w.command(w.hub.close_all(w.now)); }},
    };
    return all;
}

inline void happen(world& w, const std::string& what) {
    if (const auto found = frames().find(what); found != frames().end()) {
        w.frame(found->second);
    } else {
        other_inputs().at(what)(w);
    }
    w.drain();
}

} // namespace states_tests
