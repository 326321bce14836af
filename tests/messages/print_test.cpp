// SPDX-License-Identifier: MIT
#include <webpubsub/messages/print.hpp>

#include "support/catch.hpp"

using namespace webpubsub;

TEST_CASE("a message prints as a line for people") {
    CHECK(to_string(client_message{join_group_message{"room", 1}}) == R"(joinGroup group="room" ackId=1)");
    CHECK(to_string(client_message{send_to_group_message{"room", {}, true, text_payload("hi")}}) ==
          R"(sendToGroup group="room" noEcho text "hi")");
    CHECK(to_string(client_message{event_message{"e", 18446744073709551615ULL, binary_payload("\1\2")}}) ==
          R"(event event="e" ackId=18446744073709551615 binary of 2 bytes)");
    CHECK(to_string(service_message{ack_message{1, {}}}) == "ack ackId=1 success");
    CHECK(to_string(service_message{ack_message{1, ack_error{"Forbidden", "no"}}}) == R"(ack ackId=1 Forbidden: "no")");
    CHECK(to_string(service_message{group_data_message{3, "g", json_payload("[1]"), "u"}}) ==
          R"(message/group sequenceId=3 group="g" json "[1]" fromUserId="u")");
    CHECK(to_string(service_message{unknown_message{"new", 3}}) == "new (unknown) sequenceId=3");
    CHECK(to_string(service_message{pong_message{}}) == "pong");
}

TEST_CASE("a printed message holds no secret, no control characters, and little of a long payload") {
    const auto connected = to_string(service_message{connected_message{"u", "c", "token"}});
    CHECK(connected.find("token=") == std::string::npos);
    CHECK(connected == R"(system/connected userId="u" connectionId="c" reconnectionToken=(secret))");
    CHECK(to_string(service_message{disconnected_message{"\x1b[2J\n"}}) == R"(system/disconnected message=".[2J.")");
    CHECK(to_string(client_message{event_message{"e", {}, text_payload(std::string(1000, 'x'))}}).size() < 100);
}
