// SPDX-License-Identifier: MIT
#include "defects/client_bench.hpp"

#include <webpubsub/client/print.hpp>
#include <webpubsub/messages/print.hpp>
#include <webpubsub/text/utf8.hpp>

#include <algorithm>

// What the service may write in a frame, and what is printed of it.

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

TEST_CASE("defect 24: a client delivers data that holds half of a surrogate pair") {
    client_bench b(client_setup{.reliable = false});
    b.connect();
    SECTION("JSON as it came") {
        b.receive(R"({"type":"message","from":"group","group":"g","dataType":"json","data":{"a":"\ud83d"}})");
        REQUIRE(b.count<group_message>() == 1);
        CHECK(b.last<group_message>()->data.bytes == R"({"a":"\ud83d"})");
    }
    SECTION("text with a replacement character in its place") {
        b.receive(R"({"type":"message","from":"group","group":"g","dataType":"text","data":"a\ud83db"})");
        REQUIRE(b.count<group_message>() == 1);
        CHECK(b.last<group_message>()->data.bytes == "a\xEF\xBF\xBD"
                                                     "b");
    }
    SECTION("beside an unknown property") {
        b.receive(R"({"type":"message","from":"group","group":"g","dataType":"text","data":"a","new":"\udc00"})");
        CHECK(b.count<group_message>() == 1);
    }
    CHECK(b.count<protocol_error>() == 0);
}

TEST_CASE("defect 25: a frame that is malformed in its data is told with its sequence id") {
    client_bench b;
    b.connect();
    b.receive(group_text(1, "a"));
    b.receive(R"({"sequenceId":2,"type":"message","from":"group","group":"g","dataType":"text","data":{"no":"text"}})");
    REQUIRE(b.count<protocol_error>() == 1);
    CHECK(sequence_id_of(*b.last<protocol_error>()) == 2);
}

TEST_CASE("defect 25: no id is acknowledged beyond a frame that was lost without telling of the gap") {
    client_bench b;
    b.connect();
    const auto malformed = GENERATE(as<std::uint64_t>{}, 1, 2);
    if (malformed == 2) b.receive(group_text(1, "a"));
    b.receive(R"({"sequenceId":)" + std::to_string(malformed) +
              R"(,"type":"message","from":"group","group":"g","dataType":"text","data":{"no":"text"}})");
    b.pass(5s);
    for (const auto& frame : b.wire) CHECK(number_field(frame.bytes, "sequenceId") < malformed);
    b.receive(group_text(malformed + 1, "c"));
    CHECK(b.count<sequence_gap>() == 1);
}

TEST_CASE("defect 26: base64 with white space in it is accepted from the service") {
    const std::string spaced = GENERATE(as<std::string>{}, R"(aGVs\nbG8=)", R"(aGVs\r\nbG8=\r\n)", R"( aGVs\tbG8= )");
    CAPTURE(spaced);
    client_bench b(client_setup{.reliable = false});
    b.connect();
    b.receive(R"({"type":"message","from":"server","dataType":"binary","data":")" + spaced + "\"}");
    REQUIRE(b.count<server_message>() == 1);
    CHECK(b.last<server_message>()->data.bytes == "hello");
}

TEST_CASE("defect 30: what is printed of a peer's text holds no control characters and is UTF-8") {
    std::string line;
    SECTION("the type of an unknown message") { line = describe(unknown_message_received{"\x1b[31mred\n"}); }
    SECTION("an unknown message") {
        unknown_message message;
        message.type = "\x1b[31mred\n";
        line = to_string(service_message(message));
    }
    SECTION("the name of an error") {
        ack_message message;
        message.ack_id = 1;
        message.error = service_error{"\x1b[31mred\n", "m"};
        line = to_string(service_message(message));
    }
    SECTION("a text that is cut inside a character") {
        line = describe(rejoin_failed{"g", {"n", std::string(59, 'x') + "\xF0\x9F\x98\x80" + std::string(20, 'y')}});
    }
    SECTION("a control character of Latin-1") {
        line = describe(rejoin_failed{"g",
                                      {"n", "a\xC2\x9B"
                                            "31mred"}});
    }
    CAPTURE(line);
    CHECK(is_utf8(line));
    CHECK(std::none_of(line.begin(), line.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
    }));
    CHECK(line.find("\xC2\x9B") == std::string::npos);
}
