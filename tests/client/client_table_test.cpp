// SPDX-License-Identifier: MIT
#include <webpubsub/client/client.hpp>

#include "client/client_table.hpp"
#include "support/client_driver.hpp"

#include <boost/json.hpp>

#include <map>
#include <set>
#include <sstream>
#include <string>

// Every state of a client against everything that can happen to it and everything that can be asked of it. The table in
// client_table.hpp says what is to come of it; here is how a client is brought into a state, and what its own words are
// for where it then is.

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::client_orders;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

/// A client that asks for its URLs and waits a second before it repeats an attempt. In every state but `idle` it has
/// one request, an event with the ack id 1: written and not acknowledged where there is or was a connection.
client_options table_options() {
    auto options = calm_options();
    options.connect.delays = {1s, 1s, 0.0};
    options.connect.handshake_timeout = 10s;
    return options;
}

struct world : client_driver {
    world() : client_driver(client(reliable_json_codec(), 1, table_options())) {}

    url_request_id asked{};

    void update() {
        drain();
        for (const auto& order : orders) {
            if (const auto* ask = get_if<need_url>(&order)) asked = ask->request;
        }
    }

    void provide(std::optional<duration> lifetime = {}) {
        REQUIRE(c.provide_url(now, asked, "wss://example.test/client/hubs/chat?access_token=a", lifetime));
        update();
    }

    void bring_to(const std::string& state) {
        if (state == "idle") return;
        REQUIRE(c.start(now));
        update();
        REQUIRE(c.send_event(now, "e", text_payload("x")));
        if (state == "asking") return;
        provide(state == "r asking" ? std::optional<duration>(32s) : std::nullopt);
        if (state == "opening") return;
        if (state == "pausing") return open_failed(0);
        opened();
        if (state == "greeting") return;
        receive(connected_frame("c1", "t1"));
        if (state == "young") return;
        wait(5s);
        if (state == "connected") return;
        if (state == "closing") return receive(R"({"type":"system","event":"disconnected","message":"bye"})");
        if (state == "stopped") return stop();
        closed(1006);
        update();
        if (state == "r pausing") open_failed(0);
        if (state == "r open") opened();
    }

    /// Where the client is. Copies of it tell: each is asked what it would do.
    std::string where() const {
        switch (c.state()) {
        case client_state::idle: return "idle";
        case client_state::stopped: return "stopped";
        case client_state::connected: {
            auto lost = *this;
            lost.forget();
            lost.closed(1006);
            if (lost.c.state() != client_state::recovering) return "closing";
            auto ended = *this;
            ended.forget();
            ended.closed(1000);
            return lost.count<open_transport>() != 0 && ended.count<need_url>() != 0 ? "connected" : "young";
        }
        default: break;
        }
        const std::string r = c.state() == client_state::recovering ? "r " : "";
        auto given = *this;
        given.forget();
        given.provide();
        if (given.count<open_transport>() != 0) return r + "asking";
        auto ended = *this;
        ended.forget();
        ended.stop();
        if (ended.count<close_transport>() == 0) return r + "pausing";
        auto greeted = *this;
        greeted.receive(connected_frame("c9", "t9"));
        if (greeted.c.state() == c.state()) return r + "opening";
        return r.empty() ? "greeting" : "r open";
    }

    template <class T>
    void note(const result<T>& done) {
        if (done) return;
        switch (done.error().code) {
        case errc::already_started: refused = "no already_started"; break;
        case errc::not_started: refused = "no not_started"; break;
        case errc::not_connected: refused = "no not_connected"; break;
        case errc::stopped: refused = "no stopped"; break;
        case errc::invalid_url: refused = "no invalid_url"; break;
        default: refused = message_of(done.error().code);
        }
    }

    void happen(const std::string& input);
    std::string outcome(const std::string& before) const;

    std::string refused;
};

void world::happen(const std::string& input) {
    static const std::map<std::string, std::string> frames{
        {"connected c1", connected_frame("c1", "t2")},
        {"connected c2", connected_frame("c2", "t2")},
        {"ack", ack(1)},
        {"group message", group_text(1, "hi")},
        {"disconnected", R"({"type":"system","event":"disconnected","message":"bye"})"},
        {"pong", R"({"type":"pong"})"},
        {"malformed", "{"},
        {"unknown", R"({"type":"newThing"})"},
    };
    forget();
    sent.clear();
    pings = 0;
    const auto late = c.counters().late_inputs;
    const auto id = transport.transport;
    std::istringstream words(input);
    std::string verb;
    unsigned number = 0;
    words >> verb >> number;
    if (const auto found = frames.find(input); found != frames.end()) {
        note(c.handle_frame(now, id, frame_kind::text, found->second));
    } else if (input == "opened") {
        c.handle_opened(now, id, "json.reliable.webpubsub.azure.v1");
    } else if (input == "wrong subprotocol") {
        c.handle_opened(now, id, "json.webpubsub.azure.v1");
    } else if (verb == "open_failed") {
        std::string more;
        words >> more;
        c.handle_open_failed(now, id, {number, more.empty() ? std::nullopt : std::optional<duration>(20s)});
    } else if (verb == "written") {
        c.handle_written(now, id, number == 0 ? 1 : number);
    } else if (verb == "closed") {
        c.handle_closed(now, id, static_cast<std::uint16_t>(number), "");
    } else if (input == "timeout") {
        now = std::max(now, c.poll_timeout().value_or(now));
        c.handle_timeout(now);
    } else if (input == "start") {
        note(c.start(now));
    } else if (input == "stop") {
        c.stop(now);
    } else if (input == "finish") {
        static_cast<void>(c.join_group(now, "g"));
        c.finish(now, std::chrono::minutes(1));
    } else if (input == "finish without delay") {
        c.finish(now, duration::zero());
        c.handle_timeout(now);
    } else if (input == "provide_url") {
        note(c.provide_url(now, asked, "wss://example.test/client/hubs/chat?access_token=b"));
    } else if (input == "provide_url without sense") {
        note(c.provide_url(now, asked, "no URL"));
    } else if (input == "fail_url") {
        c.fail_url(now, asked);
    } else if (input == "join") {
        note(c.join_group(now, "g"));
    } else if (input == "leave") {
        note(c.leave_group(now, "g"));
    } else if (input == "send") {
        note(c.send_to_group(now, "g", text_payload("x")));
    } else if (input == "fire and forget") {
        note(c.send_to_group(now, "g", text_payload("x"), {0, false, true}));
    } else if (input == "event") {
        note(c.send_event(now, "e", text_payload("x")));
    } else if (input == "open stream") {
        note(c.open_stream(now, "g"));
    } else if (input == "invoke") {
        note(c.invoke(now, "e", text_payload("x")));
    } else if (input == "set state") {
        note(c.set_group_state(now, "g", {{"k", "v"}}));
    } else if (input == "subscribe") {
        note(c.subscribe_group_state(now, "g"));
    } else {
        FAIL("There is no input " << input);
    }
    if (c.counters().late_inputs != late) refused = "late";
    update();
}

/// The event in as many words as the table has for it; empty for one that is told otherwise.
struct telling {
    std::string operator()(const open_transport& e) const {
        return e.url.find("awps_reconnection_token=") == std::string::npos ? "open" : "open to recover";
    }
    std::string operator()(const close_transport& e) const {
        return e.code == close_code::none ? "close without a frame" : "close " + std::to_string(e.code);
    }
    std::string operator()(const need_url& e) const {
        return e.purpose == connect_purpose::fresh ? "ask" : "ask to recover";
    }
    std::string operator()(const client_events::connected& e) const { return "connected " + e.connection_id; }
    std::string operator()(const recovering& e) const { return "recovering " + std::to_string(e.code); }
    std::string operator()(const recovered&) const { return "recovered"; }
    std::string operator()(const disconnected& e) const {
        return "disconnected " + std::to_string(e.code) + (e.message.empty() ? "" : " (" + e.message + ")");
    }
    std::string operator()(const connect_failed& e) const {
        return "connect_failed" + (e.http_status == 0 ? "" : " " + std::to_string(e.http_status)) +
               (e.retry_in >= 20s ? " 20s" : "");
    }
    std::string operator()(const stopped&) const { return "stopped"; }
    std::string operator()(const request_completed& e) const {
        switch (e.status) {
        case request_status::succeeded: return "request succeeded";
        case request_status::failed: return "request failed";
        case request_status::outcome_unknown: return "request outcome_unknown";
        case request_status::not_sent: break;
        }
        return "request not_sent";
    }
    std::string operator()(const group_message&) const { return "group_message"; }
    std::string operator()(const unknown_message_received&) const { return "unknown_message_received"; }
    std::string operator()(const protocol_error&) const { return "protocol_error"; }
    std::string operator()(const host_error&) const { return "host_error"; }
    template <class Event>
    std::string operator()(const Event&) const {
        return "something else";
    }
};

std::string world::outcome(const std::string& before) const {
    std::string what;
    const auto add = [&what](const std::string& more) { what += (what.empty() ? "" : ", ") + more; };
    // In which order the events stand to the orders is not told: the host takes orders first.
    for (const auto& order : orders) add(visit(telling(), order));
    for (const auto& event : events) add(visit(telling(), event));
    for (std::size_t i = 0; i < pings; ++i) add("> ping");
    for (const auto& frame : sent) {
        add("> " + std::string(boost::json::parse(frame).as_object().at("type").as_string()));
    }
    if (!refused.empty()) add(refused);
    const auto after = where();
    if (after == before) return what.empty() ? "stays" : "stays: " + what;
    return what.empty() ? after : after + ": " + what;
}

} // namespace

TEST_CASE("every state of a client against every input") {
    for (const auto& [input, cells] : client_table::rows) {
        std::set<std::string> seen;
        for (const auto& [states, expected] : cells) {
            for (const auto& state : client_table::split(states)) {
                CAPTURE(state, input);
                CHECK(seen.insert(state).second);
                world w;
                w.bring_to(state);
                CHECK(w.where() == state);
                w.happen(input);
                CHECK(w.outcome(state) == expected);
            }
        }
        CAPTURE(input);
        CHECK(seen == client_table::states);
    }
    CHECK(client_table::rows.size() == 36);
}
