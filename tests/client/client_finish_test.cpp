// SPDX-License-Identifier: MIT
#include <webpubsub/client/client.hpp>

#include "support/client_driver.hpp"

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::client_orders;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

client_driver finishing(client_driver d, duration limit = 5s) {
    d.c.finish(d.now, limit);
    d.drain();
    return d;
}

client_driver connected_client() {
    auto d = reliable_client();
    d.connect();
    d.forget();
    return d;
}

} // namespace

TEST_CASE("a client with nothing to do finishes at once") {
    for (auto d : {reliable_client(), connected_client()}) {
        d = finishing(std::move(d));
        CHECK(d.c.state() == client_state::stopped);
        CHECK(holds_alternative<stopped>(d.events.back()));
    }
}

TEST_CASE("a client that finishes waits for the outcome of each request and takes no more") {
    auto d = connected_client();
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x")));
    d = finishing(std::move(d));
    CHECK(d.c.state() == client_state::connected);
    CHECK(d.c.send_event(d.now, "e", text_payload("y")).error().code == errc::stopped);
    CHECK(d.c.join_group(d.now, "g").error().code == errc::stopped);
    CHECK(d.c.invoke(d.now, "e", std::nullopt).error().code == errc::stopped);
    CHECK(d.c.open_stream(d.now, "g").error().code == errc::stopped);
    d.receive(ack(1));
    CHECK(d.take<request_completed>()->status == request_status::succeeded);
    CHECK(d.take<close_transport>()->code == close_code::normal);
    CHECK(holds_alternative<stopped>(d.events.back()));
    CHECK_FALSE(d.c.poll_timeout());
}

TEST_CASE("a client that finishes goes through a recovery for its requests") {
    auto d = connected_client();
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x")));
    d = finishing(std::move(d), 60s);
    d.recover();
    CHECK(d.c.state() == client_state::connected);
    d.receive(ack(1));
    CHECK(d.take<request_completed>()->status == request_status::succeeded);
    CHECK(d.c.state() == client_state::stopped);
}

TEST_CASE("what has not ended when the time to finish is over ends as with stop") {
    auto d = connected_client();
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x")));
    d = finishing(std::move(d));
    d.wait(4s);
    CHECK(d.c.state() == client_state::connected);
    d.wait(1s);
    CHECK(d.take<request_completed>()->status == request_status::outcome_unknown);
    CHECK(holds_alternative<stopped>(d.events.back()));
}

TEST_CASE("a client that never connects finishes when the time is over") {
    auto d = reliable_client();
    d.start();
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x")));
    d = finishing(std::move(d));
    d.wait(5s);
    CHECK(d.take<request_completed>()->status == request_status::not_sent);
    CHECK(d.c.state() == client_state::stopped);
}

TEST_CASE("a client that finishes writes what needs no answer, and waits until it is written") {
    auto d = connected_client();
    d.writes_complete = false;
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x"), {.fire_and_forget = true}));
    d = finishing(std::move(d));
    CHECK(d.sent.size() == 1);
    CHECK(d.c.state() == client_state::connected);
    d.written();
    CHECK(d.c.state() == client_state::stopped);
}

TEST_CASE("a client that finishes lets its streams be written and ended") {
    auto d = connected_client();
    const auto stream = d.c.open_stream(d.now, "g", {.stream_id = "s"});
    REQUIRE(stream);
    d.drain();
    d.receive(R"({"type":"streamAck","streamId":"s","expectedSequenceId":1})");
    d = finishing(std::move(d));
    REQUIRE(d.c.write_stream(d.now, "s", text_payload("x")));
    REQUIRE(d.c.end_stream(d.now, "s"));
    d.drain();
    d.receive(R"({"type":"streamAck","streamId":"s","expectedSequenceId":2})");
    CHECK(d.c.state() == client_state::connected);
    d.receive(R"({"type":"streamClosed","streamId":"s"})");
    CHECK(d.take<stream_closed>()->status == stream_status::ended);
    CHECK(d.c.state() == client_state::stopped);
}

TEST_CASE("stop ends a client that finishes, and finish does nothing to one that has stopped") {
    auto d = connected_client();
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x")));
    d = finishing(std::move(d));
    d.stop();
    CHECK(d.c.state() == client_state::stopped);
    d.forget();
    d = finishing(std::move(d));
    d.wait(1min);
    CHECK(d.events.empty());
}

TEST_CASE("a client that finishes may end by itself before") {
    auto options = with_url();
    options.connect.max_attempts = 1;
    auto d = reliable_client(options);
    d.start();
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x")));
    d = finishing(std::move(d));
    d.open_failed(503);
    CHECK(d.take<request_completed>()->status == request_status::not_sent);
    CHECK(d.c.state() == client_state::stopped);
    CHECK_FALSE(d.c.poll_timeout());
}

TEST_CASE("nothing is to be waited for after the end, whatever was under way") {
    auto d = connected_client();
    d.receive(R"({"sequenceId":1,"type":"message","from":"group","group":"g","dataType":"text","data":"x",)"
              R"("stream":{"streamId":"s","streamSequenceId":1}})");
    CHECK(d.count<stream_fragment>() == 1);
    REQUIRE(d.c.open_stream(d.now, "g"));
    REQUIRE(d.c.invoke(d.now, "e", std::nullopt, {.timeout = 1s}));
    d.stop();
    CHECK_FALSE(d.c.poll_timeout());
    CHECK(holds_alternative<stopped>(d.events.back()));
}
