// SPDX-License-Identifier: MIT
#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"

using namespace webpubsub;
using namespace std::chrono_literals;
using strings = hub_fixture::strings;

namespace {

/// Two members of a group; nothing that the second one is sent is ever written completely.
struct slow_reader {
    hub_fixture f;
    transport_id sender;
    transport_id reader;

    explicit slow_reader(std::string_view subprotocol, hub_options options = {}) : f(options) {
        sender = f.connect(f.plain, "ann", {"g"});
        reader = f.connect(subprotocol, "bob", {"g"});
        f.stalled.insert(reader);
        send("first", 0);
    }

    void send(const std::string& text, std::uint32_t seconds) {
        f.send_json(sender, send_to_group_message{"g", {}, true, text_payload(text), {}, seconds});
    }

    /// What is written once the reader reads again.
    strings texts() {
        f.stalled.clear();
        f.hub.handle_written(f.now, reader);
        f.drain();
        strings all;
        for (const auto& frame : f.take(reader)) {
            const auto text = f.member(frame, "data");
            all.push_back(text.empty() ? frame : text);
        }
        return all;
    }
};

} // namespace

TEST_CASE("a message that can't be written within its time to live is dropped") {
    for (const auto subprotocol : {hub_fixture::plain, hub_fixture::reliable}) {
        slow_reader r(subprotocol);
        r.send("long", 300);
        r.send("short", 5);
        r.send("for ever", 0);
        SECTION("just in time") {
            r.f.advance(4999ms);
            CHECK(r.texts() == strings{"long", "short", "for ever"});
        }
        SECTION("too late") {
            r.f.advance(5s);
            CHECK(r.texts() == strings{"long", "for ever"});
        }
        SECTION("long after") {
            r.f.advance(1h);
            CHECK(r.texts() == strings{"for ever"});
        }
        CHECK_FALSE(r.f.close_of(r.reader));
    }
}

TEST_CASE("a reliable client sees no gap where messages expired") {
    slow_reader r(hub_fixture::reliable);
    r.send("short", 1);
    r.send("next", 0);
    r.f.advance(1s);
    r.f.stalled.clear();
    r.f.hub.handle_written(r.f.now, r.reader);
    r.f.drain();
    CHECK(
        r.f.take(r.reader) ==
        strings{
            R"({"sequenceId":2,"type":"message","from":"group","group":"g","dataType":"text","data":"next","fromUserId":"ann"})"});
}

TEST_CASE("a client that is away misses what expires before it comes back, and gets again what it was sent") {
    hub_fixture f;
    const auto sender = f.connect(f.plain, "ann", {"g"});
    auto reader = f.connect(f.reliable, "bob", {"g"});
    f.send_json(sender, send_to_group_message{"g", {}, true, text_payload("sent"), {}, 5});
    CHECK(f.take(reader).size() == 1);
    f.gone(reader);
    f.send_json(sender, send_to_group_message{"g", {}, true, text_payload("missed"), {}, 5});
    f.send_json(sender, send_to_group_message{"g", {}, true, text_payload("kept"), {}, 0});
    f.advance(5s);
    reader = f.recover_of(reader);
    strings texts;
    for (const auto& frame : f.take(reader)) texts.push_back(f.member(frame, "data"));
    CHECK(texts == strings{"", "sent", "kept"});
}

TEST_CASE("what has expired makes room before a reader counts as slow") {
    hub_options options;
    options.queues.outbound.frames = 3;
    // Nobody waits for slow receivers, so that their queues fill up.
    options.queues.stall_time = std::chrono::seconds(0);
    slow_reader r(hub_fixture::plain, options);
    for (int i = 0; i < 3; ++i) r.send("short", 1);
    r.f.advance(1s);
    for (int i = 0; i < 3; ++i) r.send("kept", 0);
    CHECK_FALSE(r.f.close_of(r.reader));
    CHECK(r.texts() == strings{"kept", "kept", "kept"});
}

TEST_CASE("a connection that is closed does not wait for what has expired") {
    hub_fixture f;
    const auto simple = f.connect("", "", {"g"});
    f.stalled.insert(simple);
    REQUIRE(f.hub.send_to_group(f.now, "g", text_payload("first")) == 1u);
    f.drain();
    REQUIRE(f.hub.send_to_group(f.now, "g", text_payload("short"), {.time_to_live = 1s}) == 1u);
    REQUIRE(f.hub.close_connection(f.now, f.id_of(simple)));
    f.advance(1s);
    f.hub.handle_written(f.now, simple);
    f.drain();
    CHECK(f.close_of(simple) == hub_fixture::close_note{close_code::normal, ""});
}

TEST_CASE("the application's messages may have a time to live and metadata") {
    slow_reader r(hub_fixture::plain);
    const auto id = r.f.id_of(r.reader);
    auto& h = r.f.hub;
    REQUIRE(h.send_to_all(r.f.now, text_payload("all"), {.time_to_live = 1s}) == 2u);
    REQUIRE(h.send_to_user(r.f.now, "bob", text_payload("user"), {.time_to_live = 2s}) == 1u);
    REQUIRE(h.send_to_connection(r.f.now, id, text_payload("connection"), {.time_to_live = 300s}) == 1u);
    REQUIRE(h.send_to_group(r.f.now, "g", text_payload("group"), {.metadata = {{"k", "v"}}}) == 2u);
    r.f.drain();
    r.f.advance(1s);
    r.f.stalled.clear();
    h.handle_written(r.f.now, r.reader);
    r.f.drain();
    CHECK(
        r.f.take(r.reader) ==
        strings{
            R"({"type":"message","from":"server","dataType":"text","data":"user"})",
            R"({"type":"message","from":"server","dataType":"text","data":"connection"})",
            R"({"type":"message","from":"group","group":"g","dataType":"text","data":"group","fromUserId":null,"metadata":{"k":"v"}})"});
}

TEST_CASE("a time to live beyond 300 s, and metadata that no header could carry, are error values") {
    hub_fixture f;
    const auto data = text_payload("x");
    CHECK(f.hub.send_to_all(f.now, data, {.time_to_live = 300s}).has_value());
    CHECK(f.hub.send_to_all(f.now, data, {.time_to_live = 301s}).error().code == errc::invalid_field);
    CHECK(f.hub.send_to_all(f.now, data, {.time_to_live = -1s}).error().code == errc::invalid_field);
    CHECK(f.hub.send_to_all(f.now, data, {.metadata = {{"a b", "v"}}}).error().code == errc::invalid_metadata);
}
