// SPDX-License-Identifier: MIT
#include <webpubsub/messages/print.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <string>

using namespace webpubsub;

TEST_CASE("a message prints as a line for people") {
    CHECK(to_string(client_message{join_group_message{"room", 1}}) == R"(joinGroup group="room" ackId=1)");
    CHECK(to_string(client_message{send_to_group_message{"room", {}, true, text_payload("hi")}}) ==
          R"(sendToGroup group="room" noEcho text "hi")");
    CHECK(to_string(client_message{event_message{"e", 18446744073709551615ULL, binary_payload("\1\2")}}) ==
          R"(event event="e" ackId=18446744073709551615 binary of 2 bytes)");
    CHECK(to_string(service_message{ack_message{1, {}}}) == "ack ackId=1 success");
    CHECK(to_string(service_message{ack_message{1, service_error{"Forbidden", "no"}}}) ==
          R"(ack ackId=1 Forbidden: "no")");
    CHECK(to_string(service_message{group_data_message{3, "g", json_payload("[1]"), "u"}}) ==
          R"(message/group sequenceId=3 group="g" json "[1]" fromUserId="u")");
    CHECK(to_string(service_message{unknown_message{"new", 3}}) == "new (unknown) sequenceId=3");
    CHECK(to_string(service_message{pong_message{}}) == "pong");
}

TEST_CASE("streams, invocations and group states print too") {
    CHECK(to_string(client_message{start_stream_message{"g", true, {"s", 60000}, {{"k", "v"}}, 30}}) ==
          R"(sendToGroup group="g" noEcho ttlSeconds=30 metadata {"k": "v"} (streamId="s" idleTimeoutMs=60000))");
    CHECK(to_string(client_message{stream_data_message{"s", 1, text_payload("x")}}) ==
          R"(streamData streamId="s" streamSequenceId=1 text "x")");
    CHECK(to_string(client_message{end_stream_message{"s", stream_abort{"gave up", "E1"}}}) ==
          R"(streamEnd streamId="s" (message="gave up" userErrorCode="E1"))");
    CHECK(to_string(client_message{invoke_message{"1", "echo"}}) == R"(invoke invocationId="1" event="echo")");
    CHECK(to_string(client_message{set_group_state_message{"g", 1}}) == R"(setGroupState group="g" cleared ackId=1)");
    CHECK(to_string(service_message{
              group_data_message{{},
                                 "g",
                                 text_payload(""),
                                 "",
                                 {},
                                 stream_position{"s", 3, stream_end{stream_error{"UserError", "m", "E"}}}}}) ==
          R"(message/group group="g" text "" (streamId="s" streamSequenceId=3 endOfStream )"
          R"((name="UserError" message="m" userErrorCode="E")))");
    CHECK(to_string(service_message{stream_closed_message{"s", service_error{"IdleTimeout", "late"}}}) ==
          R"(streamClosed streamId="s" IdleTimeout: "late")");
    CHECK(to_string(service_message{invoke_response_message{"1", text_payload("x")}}) ==
          R"(invokeResponse invocationId="1" success text "x")");
    CHECK(to_string(service_message{invoke_response_message{"1", service_error{"BadRequest", "no"}}}) ==
          R"(invokeResponse invocationId="1" BadRequest: "no")");
    CHECK(
        to_string(service_message{group_state_update_message{
            7, "g", {{"c", "u", string_map{{"k", "v"}}, update_time(std::chrono::milliseconds(5))}}}}) ==
        R"(groupStateUpdate sequenceId=7 group="g" 1 items (connectionId="c" userId="u" state {"k": "v"} updatedAt=5))");
}

TEST_CASE("a printed message holds no secret, no control characters, and little of a long payload") {
    const auto connected = to_string(service_message{connected_message{"u", "c", "token"}});
    CHECK(connected.find("token=") == std::string::npos);
    CHECK(connected == R"(system/connected userId="u" connectionId="c" reconnectionToken=(secret))");
    CHECK(to_string(service_message{disconnected_message{"\x1b[2J\n"}}) == R"(system/disconnected message=".[2J.")");
    CHECK(to_string(client_message{event_message{"e", {}, text_payload(std::string(1000, 'x'))}}).size() < 100);
}
