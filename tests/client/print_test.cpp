// SPDX-License-Identifier: MIT
#include <webpubsub/client/print.hpp>
#include <webpubsub/messages/print.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <string>

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::client_orders;
using namespace std::chrono_literals;

TEST_CASE("events are lines for people") {
    CHECK(describe(connected{"c1", "ada"}) == R"(connected id="c1" user="ada")");
    CHECK(describe(connected{"c1", {}}) == R"(connected id="c1")");
    CHECK(describe(recovering{"c1", 1006, {}}) == R"(recovering id="c1" code=1006)");
    CHECK(describe(disconnected{"c1", 1008, "why", "bye"}) ==
          R"(disconnected id="c1" code=1008 reason="why" message="bye")");
    CHECK(describe(connect_failed{connect_purpose::recovery, 2, 503, 0, {}, 1500ms}) ==
          "connect_failed purpose=recovery attempt=2 http_status=503 retry_in=1500ms");
    CHECK(describe(state_changed{client_state::idle, client_state::connecting}) == "state_changed idle to connecting");
    CHECK(describe(stopped{}) == "stopped");
    CHECK(describe(stopped{error(errc::url_refused)}) ==
          "stopped error=\"" + std::string(message_of(errc::url_refused)) + "\"");
    CHECK(describe(stream_gap{"g", "s", 2, 5}) == R"(stream_gap group="g" stream="s" expected=2 received=5)");
    CHECK(describe(protocol_error{errc::wrong_frame_kind, 7}) ==
          "protocol_error error=\"" + std::string(message_of(errc::wrong_frame_kind)) + "\" sequence_id=7");
}

TEST_CASE("an outcome is told in one line") {
    request_completed done;
    done.ack_id = ack_id{7};
    CHECK(describe(done) == "request_completed ack_id=7 status=succeeded");
    done.duplicate = true;
    CHECK(describe(done) == "request_completed ack_id=7 status=succeeded duplicate");
    done = {ack_id{7}, 9, request_status::failed, false, true, {"Forbidden", "No."}};
    CHECK(describe(done) ==
          R"(request_completed ack_id=7 tag=9 status=failed may_be_duplicate error="Forbidden" message="No.")");
    invocation_completed answered{"i", 0, invocation_status::succeeded, text_payload("12345"), {}, {}};
    CHECK(describe(answered) == R"(invocation_completed id="i" status=succeeded type=text bytes=5)");
    CHECK(describe(stream_closed{"s", 0, stream_status::lost, {}}) == R"(stream_closed stream="s" status=lost)");
}

TEST_CASE("orders are lines for people") {
    CHECK(describe(close_transport{transport_id{2}, 1000, {}}) == "close_transport transport=2 code=1000");
    CHECK(describe(need_url{url_request_id{1}, connect_purpose::recovery, 401}) ==
          "need_url purpose=recovery refused_status=401");
    CHECK(describe(pause_reading{transport_id{2}}) == "pause_reading transport=2");
    CHECK(describe(resume_reading{transport_id{2}}) == "resume_reading transport=2");
}

TEST_CASE("a line for people has no secrets and no control characters, and is short") {
    CHECK(describe(open_transport{transport_id{3}, "wss://h/?access_token=secret", "p"}) ==
          R"(open_transport transport=3 subprotocol="p")");
    CHECK(describe(disconnected{"c1", 0, "\x1b[2J", std::string(1000, 'x')}) ==
          R"(disconnected id="c1" reason=".[2J" message=")" + std::string(60, 'x') + "\"...");
}

TEST_CASE("a message among the events is a line like any message") {
    group_message message;
    message.group = "g";
    message.data = text_payload("hello");
    CHECK(describe(message) == to_string(service_message(static_cast<const group_data_message&>(message))));
    CHECK(describe(client_event(message)) == describe(message));
    message.text_replaced = true;
    CHECK(describe(message).ends_with(" text_replaced"));
}
