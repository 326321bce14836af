// SPDX-License-Identifier: MIT

// The rules of the wire by name, observed on protobuf 3.21; tests/proto holds the codec to protobuf's own parser over
// random input, and tests/vectors to every message.

#include <webpubsub/codec/protobuf.hpp>

#include "support/catch.hpp"
#include "support/full_codec.hpp"
#include "support/hex.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

using namespace webpubsub;

namespace {

constexpr auto max_id = std::numeric_limits<std::uint64_t>::max();

// Frames by hand.

std::string hex(std::string_view digits) { return test::from_hex(digits); }

std::string varint(std::uint64_t value) {
    std::string out;
    for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
    out.push_back(static_cast<char>(value));
    return out;
}

/// A length-delimited field.
std::string in(std::uint32_t number, const std::string& content) {
    return varint(number << 3 | 2).append(varint(content.size())).append(content);
}

std::string number(std::uint32_t field, std::uint64_t value) { return varint(field << 3).append(varint(value)); }

std::string repeat(const std::string& text, std::size_t n) {
    std::string out;
    for (; n != 0; --n) out.append(text);
    return out;
}

// Numbers of client messages.
constexpr std::uint32_t send = 1, event = 5, join = 6, leave = 7, sequence_ack = 8, ping = 9, invoke = 10, cancel = 11,
                        stream_data = 13, end_stream = 14, set_state = 15;
// And of service messages.
constexpr std::uint32_t ack = 1, data = 2, system_event = 3, pong = 4, invoke_response = 5, state_update = 9;

const std::string a_ping = in(ping, "");
const std::string group_a = in(1, "a");
const std::string text_x = in(3, in(1, "x"));

template <class Message>
result<Message> decode(const std::string& frame, const codec_limits& limits = {}) {
    Message message;
    if (auto decoded = test::full_protobuf_codec(limits).decode(frame, message); !decoded) return decoded.error();
    return message;
}

/// What a client's frame means, which must be readable.
client_message client(const std::string& frame) {
    const auto decoded = decode<client_message>(frame);
    CAPTURE(test::to_hex(frame));
    REQUIRE(decoded);
    return *decoded;
}

service_message service(const std::string& frame) {
    const auto decoded = decode<service_message>(frame);
    CAPTURE(test::to_hex(frame));
    REQUIRE(decoded);
    return *decoded;
}

template <class Message>
errc refusal(const std::string& frame, const codec_limits& limits = {}) {
    const auto decoded = decode<Message>(frame, limits);
    CAPTURE(test::to_hex(frame));
    REQUIRE_FALSE(decoded);
    return decoded.error().code;
}

errc client_refusal(const std::string& frame) { return refusal<client_message>(frame); }

std::string encoded(const client_message& message) {
    std::string out;
    protobuf_codec().encode(message, out);
    return out;
}

} // namespace

TEST_CASE("protobuf: of a scalar or string that is there twice the last counts") {
    CHECK(client(in(join, in(1, "a") + in(1, "b"))) == client_message(join_group_message{"b", {}}));
    CHECK(client(in(join, group_a + number(2, 1) + number(2, 2))) == client_message(join_group_message{"a", 2}));
}

TEST_CASE("protobuf: a message that is there twice is merged") {
    CHECK(client(in(join, group_a) + in(join, number(2, 5))) == client_message(join_group_message{"a", 5}));
    CHECK(client(in(join, group_a) + in(join, number(2, 5)) + in(join, in(1, "b"))) ==
          client_message(join_group_message{"b", 5}));
    CHECK(client(in(end_stream, in(1, "s") + in(2, in(1, "a")) + in(2, in(2, "b")))) ==
          client_message(end_stream_message{"s", stream_abort{"a", "b"}}));
    const auto any = [](const std::string& content) { return in(3, in(3, content)); };
    CHECK(client(in(send, group_a + any(in(1, "url")) + any(in(2, "value")))) ==
          client_message(send_to_group_message{"a", {}, false, protobuf_payload(in(1, "url") + in(2, "value"))}));
    const auto state = [](const std::string& key) { return in(3, in(1, in(1, key))); };
    CHECK(client(in(set_state, group_a + state("k") + state("l"))) ==
          client_message(set_group_state_message{"a", {}, string_map{{"k", ""}, {"l", ""}}}));
}

TEST_CASE("protobuf: another member of a oneof replaces the one before") {
    CHECK(client(in(join, group_a) + in(leave, in(1, "b"))) == client_message(leave_group_message{"b", {}}));
    // What was replaced is gone when its turn comes again.
    CHECK(client(in(join, group_a + number(2, 7)) + a_ping + in(join, in(1, "b"))) ==
          client_message(join_group_message{"b", {}}));
    CHECK(client(in(send, group_a + in(3, in(1, "x") + in(2, "y")))) ==
          client_message(send_to_group_message{"a", {}, false, binary_payload("y")}));
    CHECK(service(in(system_event, in(1, in(1, "c")) + in(2, in(2, "reason")))) ==
          service_message(disconnected_message{"reason"}));
    // It lacks its group, which matters no more; but it must be well-formed.
    CHECK(client(in(join, "") + a_ping) == client_message(ping_message{}));
    CHECK(client_refusal(in(join, hex("0a05")) + a_ping) == errc::invalid_protobuf);
    CHECK(client_refusal(in(join, in(1, "\xff")) + a_ping) == errc::invalid_utf8);
}

TEST_CASE("protobuf: a known field of another wire type is an unknown field") {
    CHECK(client(in(join, group_a + number(1, 1) + in(2, "x"))) == client_message(join_group_message{"a", {}}));
    CHECK(client_refusal(number(join, 1)) == errc::unknown_type);
}

TEST_CASE("protobuf: unknown fields and groups are passed over") {
    const auto unknown = number(6, 1) + in(7, "x") + hex("41 0102030405060708") + hex("4d 01020304");
    CHECK(client(in(join, unknown + group_a + unknown)) == client_message(join_group_message{"a", {}}));
    CHECK(client(in(join, group_a + hex("73 7b 0801 7c 74") + number(2, 1))) ==
          client_message(join_group_message{"a", 1}));
    CHECK(client(in(1000, "x") + a_ping) == client_message(ping_message{}));
}

TEST_CASE("protobuf: a group that ends wrongly is refused") {
    CHECK(client_refusal(a_ping + hex("74")) == errc::invalid_protobuf);
    CHECK(client_refusal(a_ping + hex("73 7c")) == errc::invalid_protobuf);
    CHECK(client_refusal(a_ping + hex("73")) == errc::invalid_protobuf);
}

TEST_CASE("protobuf: groups may lie in each other 100 times") {
    const auto groups = [](std::size_t n) { return repeat("\x73", n) + repeat("\x74", n); };
    CHECK(client(a_ping + groups(100)) == client_message(ping_message{}));
    CHECK(client_refusal(a_ping + groups(101)) == errc::invalid_protobuf);
    // A message counts too.
    CHECK(client(in(ping, groups(99))) == client_message(ping_message{}));
    CHECK(client_refusal(in(ping, groups(100))) == errc::invalid_protobuf);
}

TEST_CASE("protobuf: field number 0 and the wire types 6 and 7 are refused") {
    for (const auto* bad : {"00", "0200", "0000", "0e", "0f"}) {
        CAPTURE(bad);
        CHECK(client_refusal(a_ping + hex(bad)) == errc::invalid_protobuf);
        CHECK(client_refusal(in(join, group_a + hex(bad))) == errc::invalid_protobuf);
    }
}

TEST_CASE("protobuf: a value of up to ten bytes is taken, of eleven refused") {
    const auto ack_of = [](std::string_view value) { return in(sequence_ack, hex("08") + hex(value)); };
    CHECK(client(ack_of("ac80808080808080 8000")) == client_message(sequence_ack_message{44}));
    CHECK(client(ack_of("ffffffffffffffff ff01")) == client_message(sequence_ack_message{max_id}));
    // Bits past the 64th are dropped.
    CHECK(client(ack_of("ffffffffffffffff ff7f")) == client_message(sequence_ack_message{max_id}));
    CHECK(client_refusal(ack_of("8080808080808080 808000")) == errc::invalid_protobuf);
    CHECK(client_refusal(ack_of("80")) == errc::invalid_protobuf);
}

TEST_CASE("protobuf: a tag of up to five bytes is taken, of six refused") {
    CHECK(client(hex("ca80808000 00")) == client_message(ping_message{}));
    CHECK(client_refusal(hex("ca8080808000 00")) == errc::invalid_protobuf);
}

TEST_CASE("protobuf: a length of up to five bytes is taken, of six refused") {
    CHECK(client(hex("4a 8080808000")) == client_message(ping_message{}));
    CHECK(client_refusal(hex("4a 808080808000")) == errc::invalid_protobuf);
}

TEST_CASE("protobuf: every bool that is not zero is true") {
    CHECK(client(in(send, group_a + text_x + number(4, 127))) ==
          client_message(send_to_group_message{"a", {}, true, text_payload("x")}));
    CHECK(service(in(ack, number(1, 1) + number(2, max_id))) == service_message(ack_message{1, {}}));
}

TEST_CASE("protobuf: a length past the end, or a negative one, is refused") {
    CHECK(client_refusal(hex("3204 0a0161")) == errc::invalid_protobuf);
    CHECK(client_refusal(in(join, hex("0a0261"))) == errc::invalid_protobuf);
    CHECK(client_refusal(hex("32 ffffffff0f")) == errc::invalid_protobuf);
    CHECK(client_refusal(hex("32 ffffffffffffffffff01")) == errc::invalid_protobuf);
}

TEST_CASE("protobuf: strings are UTF-8, bytes are anything") {
    CHECK(client_refusal(in(join, in(1, "\xff"))) == errc::invalid_utf8);
    // Wherever they are, also before another one that counts.
    CHECK(client_refusal(in(join, in(1, "\xff") + group_a)) == errc::invalid_utf8);
    CHECK(client_refusal(in(send, group_a + in(3, in(1, "\xff")))) == errc::invalid_utf8);
    CHECK(client_refusal(in(send, group_a + in(3, in(4, "\xff")))) == errc::invalid_utf8);
    CHECK(client_refusal(in(send, group_a + in(3, in(3, in(1, "\xff"))))) == errc::invalid_any);
    CHECK(client_refusal(in(send, group_a + text_x + in(6, in(1, "k") + in(2, "\xff")))) == errc::invalid_utf8);
    CHECK(refusal<service_message>(in(data, in(1, "\xff") + text_x)) == errc::invalid_utf8);
    CHECK(client(in(send, group_a + in(3, in(2, "\xff")))) ==
          client_message(send_to_group_message{"a", {}, false, binary_payload("\xff")}));
    CHECK(client(in(send, group_a + in(3, in(3, in(2, "\xff"))))) ==
          client_message(send_to_group_message{"a", {}, false, protobuf_payload(in(2, "\xff"))}));
}

TEST_CASE("protobuf: an optional field that is set to its default is there") {
    CHECK(client(in(join, group_a + number(2, 0))) == client_message(join_group_message{"a", 0}));
    CHECK(encoded(join_group_message{"a", 0}) == in(join, group_a + number(2, 0)));
    CHECK(encoded(join_group_message{"a", {}}) == in(join, group_a));
    CHECK(client(in(set_state, group_a + in(3, ""))) == client_message(set_group_state_message{"a", {}, string_map{}}));
    CHECK(client(in(set_state, group_a)) == client_message(set_group_state_message{"a", {}, {}}));
    CHECK(service(in(data, in(1, "group") + text_x + number(4, 0))) ==
          service_message(group_data_message{0, "", text_payload("x"), ""}));
}

TEST_CASE("protobuf: in a map the last of each key counts, and what an entry lacks is empty") {
    const auto entry = [](const std::string& content) { return in(1, content); };
    CHECK(client(in(set_state,
                    group_a + in(3, entry(in(1, "k") + in(2, "1")) + entry("") + entry(in(1, "k") + in(2, "2"))))) ==
          client_message(set_group_state_message{"a", {}, string_map{{"k", "2"}, {"", ""}}}));
}

TEST_CASE("protobuf: what a message of a client must have") {
    const auto event_e = in(1, "e");
    const auto text_2 = in(2, in(1, "x"));
    for (const auto& bad : {
             std::string(),
             in(join, ""),
             in(send, group_a),
             in(send, group_a + in(3, "")),
             in(send, text_x),
             in(event, text_2),
             in(invoke, event_e),
             in(invoke, in(2, "1")),
             in(cancel, ""),
             in(stream_data, ""),
             in(stream_data, in(1, "s") + number(2, 1) + in(3, "")),
             in(end_stream, ""),
             in(send, group_a + in(7, "")),
         }) {
        CHECK(client_refusal(bad) == errc::missing_field);
    }
    for (const auto& bad : {
             in(send, group_a + text_x + number(5, 301)),
             // Starts of streams.
             in(send, group_a + in(7, in(1, "s") + number(2, 0))),
             in(send, group_a + in(7, in(1, "s")) + number(2, 1)),
             in(send, group_a + in(7, in(1, "s")) + text_x),
             in(event, event_e + text_2 + in(5, in(1, "s"))),
             in(invoke, event_e + in(2, "1") + in(5, in(1, "s"))),
             // Fragments: number and data go together.
             in(stream_data, in(1, "s") + number(2, 1)),
             in(stream_data, in(1, "s") + in(3, in(1, "x"))),
         }) {
        CHECK(client_refusal(bad) == errc::invalid_field);
    }
    const auto metadata = [](const std::string& key) { return in(6, in(1, key) + in(2, "v")); };
    CHECK(client_refusal(in(send, group_a + text_x + metadata("not a token"))) == errc::invalid_metadata);
    CHECK(client(in(send, group_a + metadata("k"))) ==
          client_message(send_to_group_message{"a", {}, false, text_payload(""), {{"k", "v"}}, 0}));
    CHECK(client_refusal(in(12, "")) == errc::unknown_type);
}

TEST_CASE("protobuf: what a client does not know it is told of") {
    CHECK(service(in(11, number(1, 1))) == service_message(unknown_message{"11", {}}));
    CHECK(service(in(data, in(1, "other") + text_x + number(4, 7))) ==
          service_message(unknown_message{"message/other", 7}));
    CHECK(service(in(system_event, in(3, ""))) == service_message(unknown_message{"system/3", {}}));
    CHECK(service(in(system_event, "")) == service_message(unknown_message{"system", {}}));
    CHECK(refusal<service_message>("") == errc::missing_field);
    std::string out;
    CHECK_FALSE(protobuf_service_codec().encode(service_message(unknown_message{"11", {}}), out));
    CHECK(out.empty());
}

TEST_CASE("protobuf: a failure without an error is one") {
    CHECK(service(in(ack, number(1, 1))) == service_message(ack_message{1, service_error{}}));
    CHECK(service(in(invoke_response, in(1, "1"))) == service_message(invoke_response_message{"1", service_error{}}));
}

TEST_CASE("protobuf: lists and maps are limited") {
    codec_limits limits;
    limits.max_map_entries = 2;
    limits.max_items = 2;
    const auto state = [](std::size_t n) { return in(set_state, group_a + in(3, repeat(in(1, ""), n))); };
    CHECK(decode<client_message>(state(2), limits));
    CHECK(refusal<client_message>(state(3), limits) == errc::too_many_entries);
    const auto update = [](std::size_t n) { return in(state_update, repeat(in(2, ""), n)); };
    CHECK(decode<service_message>(update(2), limits));
    CHECK(refusal<service_message>(update(3), limits) == errc::too_many_entries);
}

TEST_CASE("protobuf: the sequence id of a frame that is refused can be read") {
    const auto found = [](const std::string& frame) { return protobuf_codec().find_sequence_id(frame); };
    CHECK(found(in(data, in(1, "group") + in(2, "\xff") + number(4, 7))) == 7u);
    CHECK(found(in(state_update, number(3, 8) + in(1, "\xff"))) == 8u);
    CHECK_FALSE(found(in(ack, number(3, 8))));
    CHECK_FALSE(found(in(data, in(1, "group"))));
    CHECK_FALSE(found("\xff"));
}

TEST_CASE("protobuf: what tells the kind may come last, or twice") {
    const auto message = in(2, "g") + text_x + number(4, 7);
    CHECK(service(in(data, message + in(1, "group"))) ==
          service_message(group_data_message{7, "g", text_payload("x"), ""}));
    CHECK(service(in(data, in(1, "group") + message + in(1, "server"))) ==
          service_message(server_data_message{7, text_payload("x")}));
    CHECK(service(in(data, in(1, "server") + message)) == service_message(server_data_message{7, text_payload("x")}));
    const client_message start = start_stream_message{"a", false, {"s"}};
    CHECK(client(in(send, in(7, in(1, "s")) + group_a)) == start);
    CHECK(client(in(send, group_a + in(7, in(1, "s")))) == start);
    CHECK(client(in(stream_data, in(1, "s"))) == client_message(stream_keep_alive_message{"s"}));
}

TEST_CASE("protobuf: what tells the kind is no longer than its message, and text that tells no kind is read as text") {
    const std::string rest = in(2, "g") + text_x;
    for (const char* head : {"\x0a\x06group", "\x0a\x7fgroup", "\x0a\x85group", "\x0a\x05grou", "\x0a"}) {
        CHECK(refusal<service_message>(in(data, head)) == errc::invalid_protobuf);
    }
    // The length takes more of the message than the text that would tell the kind.
    CHECK(refusal<service_message>(in(data, "\x0a\x06group" + rest)) == errc::invalid_protobuf);
    CHECK(refusal<service_message>(in(data, in(1, "groups\xff") + rest)) == errc::invalid_utf8);
    CHECK(refusal<service_message>(in(data, in(1, "group") + in(1, "\xff") + rest)) == errc::invalid_utf8);
    // A tag of two bytes is as good as one of one byte.
    CHECK(service(in(data, "\x8a" + std::string(1, '\0') + "\x05group" + rest)) ==
          service_message(group_data_message{{}, "g", text_payload("x"), ""}));
}

TEST_CASE("protobuf: an error says where it is") {
    CHECK(decode<client_message>(in(join, in(1, "\xff"))).error().offset == 4);
    CHECK(decode<client_message>(a_ping + in(join, in(1, "ab\xff"))).error().offset == 8);
}

TEST_CASE("protobuf: a payload is checked against its type") {
    const auto codec = protobuf_codec();
    CHECK(codec.check(text_payload("\xc3\xa9")));
    CHECK(codec.check(binary_payload("\xff")));
    CHECK(codec.check(protobuf_payload(in(1, "url"))));
    // No codec is needed that speaks JSON.
    CHECK(codec.check(json_payload(" {\"a\":1} ")));
    for (const auto& bad :
         {text_payload("\xff"), json_payload("\"\xff\""), json_payload("{\"a\":"), json_payload("1 2"),
          json_payload(""), protobuf_payload(in(1, "\xff")), protobuf_payload("\x0a")}) {
        REQUIRE_FALSE(codec.check(bad));
        CHECK(codec.check(bad).error().code == errc::invalid_payload);
    }
}

TEST_CASE("protobuf: a frame is its prefix and its body, and a body does not depend on the receiver") {
    const auto plain = protobuf_service_codec();
    const auto reliable = reliable_protobuf_service_codec();
    CHECK(plain.shares_bodies_with(reliable));
    const auto check = [&](const service_message& message, const std::string& with_id, const std::string& without_id) {
        std::string body;
        REQUIRE(reliable.append_body(message, body));
        frame_prefix memory;
        auto parts = reliable.frame_with_sequence_id(max_id, body, memory);
        CHECK(std::string(parts.prefix).append(parts.body) == with_id);
        parts = plain.frame_with_sequence_id(std::nullopt, body, memory);
        CHECK(std::string(parts.prefix).append(parts.body) == without_id);
    };
    const auto from_group = in(1, "group") + in(2, "g") + text_x;
    check(group_data_message{max_id, "g", text_payload("x"), "u"}, in(data, number(4, max_id) + from_group),
          in(data, from_group));
    const auto state = in(1, "g") + in(2, in(1, "c"));
    check(group_state_update_message{max_id, "g", {{"c", ""}}}, in(9, number(3, max_id) + state), in(9, state));
    check(group_state_snapshot_message{max_id, "g", {{"c", ""}}}, in(10, number(3, max_id) + state), in(10, state));

    std::string body;
    REQUIRE(plain.append_body(pong_message{}, body));
    frame_prefix memory;
    const auto parts = reliable.frame_with_sequence_id(std::nullopt, body, memory);
    CHECK(std::string(parts.prefix).append(parts.body) == in(pong, ""));
}
