// SPDX-License-Identifier: MIT
#include <webpubsub/codec/json.hpp>

#include "support/catch.hpp"
#include "support/full_codec.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace webpubsub;

namespace {

constexpr auto max_id = std::numeric_limits<std::uint64_t>::max();

template <class Message>
result<Message> decode(std::string_view frame, const codec_limits& limits = {}) {
    Message message;
    if (auto decoded = test::full_json_codec(limits).decode(frame, message); !decoded) return decoded.error();
    return message;
}

std::string encode(const client_message& message) {
    std::string frame;
    json_codec().encode(message, frame);
    return frame;
}

std::string encode(const service_message& message) {
    std::string frame;
    REQUIRE(json_service_codec().encode(message, frame));
    return frame;
}

errc client_error(std::string_view frame, const codec_limits& limits = {}) {
    const auto decoded = decode<client_message>(frame, limits);
    REQUIRE_FALSE(decoded);
    return decoded.error().code;
}

errc service_frame_error(std::string_view frame) {
    const auto decoded = decode<service_message>(frame);
    REQUIRE_FALSE(decoded);
    return decoded.error().code;
}

} // namespace

TEST_CASE("client messages have the protocol's JSON form in both directions") {
    const auto [frame, message] = GENERATE(table<std::string, client_message>({
        {R"({"type":"joinGroup","group":"room1","ackId":1})", join_group_message{"room1", 1}},
        {R"({"type":"joinGroup","group":"room1"})", join_group_message{"room1", {}}},
        {R"({"type":"leaveGroup","group":"room1","ackId":2})", leave_group_message{"room1", 2}},
        {R"({"type":"sendToGroup","group":"room1","ackId":3,"noEcho":true,"dataType":"text","data":"hello"})",
         send_to_group_message{"room1", 3, true, text_payload("hello")}},
        {R"({"type":"sendToGroup","group":"g1","noEcho":false,"dataType":"json","data":{"a":1,"b":[true,null,"x"]}})",
         send_to_group_message{"g1", {}, false, json_payload(R"({"a":1,"b":[true,null,"x"]})")}},
        {R"({"type":"sendToGroup","group":"room1","ackId":4,"noEcho":false,"dataType":"binary","data":"AQID"})",
         send_to_group_message{"room1", 4, false, binary_payload("\1\2\3")}},
        {R"({"type":"sendToGroup","group":"g1","ackId":7,"noEcho":false,"dataType":"protobuf","data":"CgFh"})",
         send_to_group_message{"g1", 7, false,
                               protobuf_payload("\x0a\x01"
                                                "a")}},
        {R"({"type":"event","event":"order.created","ackId":5,"dataType":"json","data":{"id":7}})",
         event_message{"order.created", 5, json_payload(R"({"id":7})")}},
        {R"({"type":"event","event":"evt","dataType":"text","data":""})", event_message{"evt", {}, text_payload("")}},
        {R"({"type":"sequenceAck","sequenceId":42})", sequence_ack_message{42}},
        {R"({"type":"ping"})", ping_message{}},
    }));
    CAPTURE(frame);
    const auto decoded = decode<client_message>(frame);
    REQUIRE(decoded);
    CHECK(*decoded == message);
    CHECK(encode(message) == frame);
}

TEST_CASE("service messages have the protocol's JSON form in both directions") {
    const auto [frame, message] = GENERATE(table<std::string, service_message>({
        {R"({"type":"ack","ackId":1,"success":true})", ack_message{1, {}}},
        {R"({"type":"ack","ackId":2,"success":false,"error":{"name":"Forbidden","message":"The client does not have permission to join group 'room1'."}})",
         ack_message{2, service_error{"Forbidden", "The client does not have permission to join group 'room1'."}}},
        {R"({"type":"message","from":"group","group":"room1","dataType":"text","data":"hi","fromUserId":"user1"})",
         group_data_message{{}, "room1", text_payload("hi"), "user1"}},
        {R"({"sequenceId":1,"type":"message","from":"group","group":"room1","dataType":"json","data":{"a":1},"fromUserId":"user1"})",
         group_data_message{1, "room1", json_payload(R"({"a":1})"), "user1"}},
        {R"({"type":"message","from":"group","group":"room1","dataType":"binary","data":"/w==","fromUserId":null})",
         group_data_message{{}, "room1", binary_payload("\xff"), ""}},
        {R"({"type":"message","from":"server","dataType":"json","data":{"Hello":"World"}})",
         server_data_message{{}, json_payload(R"({"Hello":"World"})")}},
        {R"({"sequenceId":7,"type":"message","from":"server","dataType":"text","data":"x"})",
         server_data_message{7, text_payload("x")}},
        {R"({"type":"system","event":"connected","userId":"user1","connectionId":"0bd8379260a4f4b6d9fbddf63aa2ed9d"})",
         connected_message{"user1", "0bd8379260a4f4b6d9fbddf63aa2ed9d", ""}},
        {R"({"type":"system","event":"connected","userId":null,"connectionId":"c","reconnectionToken":"secret"})",
         connected_message{"", "c", "secret"}},
        {R"({"type":"system","event":"disconnected","message":"reason text"})", disconnected_message{"reason text"}},
        {R"({"type":"pong"})", pong_message{}},
    }));
    CAPTURE(frame);
    const auto decoded = decode<service_message>(frame);
    REQUIRE(decoded);
    CHECK(*decoded == message);
    CHECK(encode(message) == frame);
}

TEST_CASE("what peers write differently means the same") {
    const auto [frame, message] = GENERATE(table<std::string, client_message>({
        {R"({"type":"sendToGroup","group":"room1","data":{"hello":"world"}})",
         send_to_group_message{"room1", {}, false, json_payload(R"({"hello":"world"})")}},
        {" \t\r\n{ \"group\" : \"g\" , \"type\" : \"JOINGROUP\" } \n", join_group_message{"g", {}}},
        {R"({"type":"joinGroup","group":"g","ackId":null})", join_group_message{"g", {}}},
        {R"({"type":"joinGroup","group":"a","group":"b"})", join_group_message{"b", {}}},
        {R"({"type":"joinGroup","group":"g","extra":{"group":["x"]},"more":1e400})", join_group_message{"g", {}}},
        {R"({"type":"joinGroup","gr\u006fup":"\u0061\"\\\/\b\f\n\r\t\ud83d\ude00"})",
         join_group_message{"a\"\\/\b\f\n\r\t\xf0\x9f\x98\x80", {}}},
        {R"({"type":"event","event":"e","dataType":"BINARY","data":"\u002bw\u003d\u003d"})",
         event_message{"e", {}, binary_payload("\xfb")}},
        {R"({"type":"event","event":"e","data":null})", event_message{"e", {}, json_payload("null")}},
        {R"({"type":"event","event":"e","data": 1.50E+2 })", event_message{"e", {}, json_payload("1.50E+2")}},
        {R"({"type":"event","event":"e","data":"text as json"})",
         event_message{"e", {}, json_payload(R"("text as json")")}},
        {R"({"type":"sequenceAck","sequenceId":"18446744073709551615"})", sequence_ack_message{max_id}},
    }));
    CAPTURE(frame);
    const auto decoded = decode<client_message>(frame);
    REQUIRE(decoded);
    CHECK(*decoded == message);
}

TEST_CASE("a client message that breaks the rules is refused with its reason") {
    const auto [frame, expected] = GENERATE(table<std::string, errc>({
        {"", errc::invalid_json},
        {"{", errc::invalid_json},
        {"hello", errc::invalid_json},
        {"[]", errc::not_one_object},
        {"\"ping\"", errc::not_one_object},
        {"null", errc::not_one_object},
        {R"({"type":"ping"}{"type":"ping"})", errc::not_one_object},
        {R"({"type":"ping"} x)", errc::not_one_object},
        {R"({"type":"ping",})", errc::invalid_json},
        {R"({"type":"ping",,})", errc::invalid_json},
        {R"({"type" "ping"})", errc::invalid_json},
        {R"({type:"ping"})", errc::invalid_json},
        {R"({"type":"ping","a":01})", errc::invalid_json},
        {R"({"type":"ping","a":})", errc::invalid_json},
        {R"({"type":"ping","a":truth})", errc::invalid_json},
        {"{\"type\":\"ping\",\"a\":\"\xff\"}", errc::invalid_json},
        {"{\"type\":\"ping\",\"a\":\"\n\"}", errc::invalid_json},
        {"{\"type\":\"ping\",\"\xc0\x80\":1}", errc::invalid_json},
        {R"({"type":"ping","a":"\ud80"})", errc::invalid_json},
        {"\xef\xbb\xbf{\"type\":\"ping\"}", errc::invalid_json},
        {"{}", errc::missing_field},
        {R"({"group":"g"})", errc::missing_field},
        {R"({"type":null})", errc::invalid_field},
        {R"({"type":1})", errc::invalid_field},
        {R"({"type":"nothing"})", errc::unknown_type},
        {R"({"type":"ack","ackId":1,"success":true})", errc::unknown_type},
        {R"({"Type":"ping"})", errc::missing_field},
        {R"({"type":"joinGroup"})", errc::missing_field},
        {R"({"type":"joinGroup","group":null})", errc::invalid_field},
        {R"({"type":"joinGroup","group":7})", errc::invalid_field},
        {R"({"type":"joinGroup","group":"g","ackId":"1"})", errc::invalid_field},
        {R"({"type":"joinGroup","group":"g","ackId":-1})", errc::invalid_field},
        {R"({"type":"joinGroup","group":"g","ackId":-0})", errc::invalid_field},
        {R"({"type":"joinGroup","group":"g","ackId":1.0})", errc::invalid_field},
        {R"({"type":"joinGroup","group":"g","ackId":1e2})", errc::invalid_field},
        {R"({"type":"joinGroup","group":"g","ackId":18446744073709551616})", errc::invalid_field},
        {R"({"type":"joinGroup","group":"g","ackId":true})", errc::invalid_field},
        {R"({"type":"sendToGroup","group":"g"})", errc::missing_field},
        {R"({"type":"sendToGroup","data":1})", errc::missing_field},
        {R"({"type":"sendToGroup","group":"g","data":1,"noEcho":null})", errc::invalid_field},
        {R"({"type":"sendToGroup","group":"g","data":1,"noEcho":"true"})", errc::invalid_field},
        {R"({"type":"sendToGroup","group":"g","data":1,"noEcho":1})", errc::invalid_field},
        {R"({"type":"sendToGroup","group":"g","data":1,"dataType":"xml"})", errc::invalid_data_type},
        {R"({"type":"sendToGroup","group":"g","data":1,"dataType":null})", errc::invalid_field},
        {R"({"type":"sendToGroup","group":"g","data":1,"dataType":"text"})", errc::invalid_field},
        {R"({"type":"sendToGroup","group":"g","data":1,"dataType":"binary"})", errc::invalid_field},
        {R"({"type":"sendToGroup","group":"g","data":"AQI","dataType":"binary"})", errc::invalid_base64},
        {R"({"type":"sendToGroup","group":"g","data":"AQ\u000bI=","dataType":"binary"})", errc::invalid_base64},
        {R"({"type":"sendToGroup","group":"g","data":"AR==","dataType":"binary"})", errc::invalid_base64},
        {R"({"type":"event","data":1})", errc::missing_field},
        {R"({"type":"event","event":"e"})", errc::missing_field},
        {R"({"type":"sequenceAck"})", errc::missing_field},
        {R"({"type":"sequenceAck","sequenceId":null})", errc::invalid_field},
        {R"({"type":"sequenceAck","sequenceId":"1x"})", errc::invalid_field},
        {R"({"type":"sequenceAck","sequenceId":""})", errc::invalid_field},
    }));
    CAPTURE(frame);
    CHECK(client_error(frame) == expected);
}

TEST_CASE("a service message that breaks the rules is refused with its reason") {
    const auto [frame, expected] = GENERATE(table<std::string, errc>({
        {R"({"type":"ack","success":true})", errc::missing_field},
        {R"({"type":"ack","ackId":1})", errc::missing_field},
        {R"({"type":"ack","ackId":1,"success":"yes"})", errc::invalid_field},
        {R"({"type":"ack","ackId":1,"success":false,"error":"no"})", errc::invalid_field},
        {R"({"type":"message","group":"g","data":1})", errc::missing_field},
        {R"({"type":"message","from":1,"group":"g","data":1})", errc::invalid_field},
        {R"({"type":"message","from":"group","data":1})", errc::missing_field},
        {R"({"type":"message","from":"group","group":"g"})", errc::missing_field},
        {R"({"type":"message","from":"server","data":1,"sequenceId":-1})", errc::invalid_field},
        {R"({"type":"system"})", errc::missing_field},
        {R"({"type":"system","event":"connected"})", errc::missing_field},
        {R"({"type":"system","event":"connected","connectionId":"c","userId":1})", errc::invalid_field},
    }));
    CAPTURE(frame);
    CHECK(service_frame_error(frame) == expected);
}

TEST_CASE("what a service may leave out is filled in") {
    CHECK(decode<service_message>(R"({"type":"system","event":"connected","connectionId":"c"})").value() ==
          service_message{connected_message{"", "c", ""}});
    CHECK(decode<service_message>(R"({"type":"system","event":"connected","connectionId":"c","userId":""})").value() ==
          service_message{connected_message{"", "c", ""}});
    CHECK(decode<service_message>(R"({"type":"message","from":"group","group":"g","data":1})").value() ==
          service_message{group_data_message{{}, "g", json_payload("1"), ""}});
    CHECK(decode<service_message>(R"({"type":"ack","ackId":1,"success":false})").value() ==
          service_message{ack_message{1, service_error{}}});
    CHECK(decode<service_message>(R"({"type":"system","event":"disconnected"})").value() ==
          service_message{disconnected_message{}});
}

TEST_CASE("an unknown kind of service message is kept with its name and sequence id") {
    CHECK(decode<service_message>(R"({"type":"newThing","x":[1]})").value() ==
          service_message{unknown_message{"newThing", {}}});
    CHECK(decode<service_message>(R"({"sequenceId":9007199254740993,"type":"newThing"})").value() ==
          service_message{unknown_message{"newThing", 9007199254740993}});
    CHECK(decode<service_message>(R"({"type":"message","from":"space","sequenceId":3})").value() ==
          service_message{unknown_message{"message/space", 3}});
    CHECK(decode<service_message>(R"({"type":"system","event":"paused"})").value() ==
          service_message{unknown_message{"system/paused", {}}});

    std::string frame = "before";
    const auto encoded = json_service_codec().encode(service_message{unknown_message{"newThing", 1}}, frame);
    REQUIRE_FALSE(encoded);
    CHECK(encoded.error().code == errc::not_encodable);
    CHECK(frame == "before");
}

TEST_CASE("any 64-bit id survives both directions") {
    const auto id =
        GENERATE(as<std::uint64_t>{}, 0, 1, 9007199254740991, 9007199254740993, 9223372036854775808ULL, max_id);
    CHECK(decode<client_message>(encode(client_message{join_group_message{"g", id}})).value() ==
          client_message{join_group_message{"g", id}});
    CHECK(decode<client_message>(encode(client_message{sequence_ack_message{id}})).value() ==
          client_message{sequence_ack_message{id}});
    CHECK(decode<service_message>(encode(service_message{ack_message{id, {}}})).value() ==
          service_message{ack_message{id, {}}});
    const service_message data = group_data_message{id, "g", text_payload("x"), "u"};
    CHECK(decode<service_message>(encode(data)).value() == data);
}

TEST_CASE("text that must be escaped survives both directions") {
    std::string text;
    for (int c = 0; c < 128; ++c) text.push_back(static_cast<char>(c));
    text += "\xc3\xa9\xf0\x9f\x98\x80";
    const client_message message = send_to_group_message{text, 1, false, text_payload(text)};
    CHECK(decode<client_message>(encode(message)).value() == message);
}

TEST_CASE("half of a surrogate pair is replaced in what is decoded, and the decoder tells where") {
    client_message message;
    const auto codec = json_service_codec();
    auto notes = codec.decode(R"({"type":"joinGroup","group":"a\ud83d","ackId":7})", message);
    REQUIRE(notes);
    CHECK(message == client_message{join_group_message{"a\xef\xbf\xbd", 7}});
    CHECK(std::string(notes->replaced_in_name) == "group");
    CHECK_FALSE(notes->replaced_in_text);

    // Metadata is ASCII; what was replaced in it is for the receiver to refuse, not an error of the frame.
    notes = codec.decode(R"({"type":"event","event":"e","data":1,"metadata":{"k":"\udc00","\ud800":"v"}})", message);
    REQUIRE(notes);
    CHECK(std::string(notes->replaced_in_name) == "metadata");
    CHECK(get<event_message>(message).metadata.size() == 2);
    CHECK(client_error(R"({"type":"event","event":"e","data":1,"metadata":{"k":"\u00e9"}})") == errc::invalid_metadata);

    notes = codec.decode(R"({"type":"event","event":"e","dataType":"text","data":"\ud83d"})", message);
    REQUIRE(notes);
    CHECK(notes->replaced_in_text);
    CHECK(notes->replaced_in_name == nullptr);

    // The next message has notes of its own; what is handed on is left alone.
    notes = codec.decode(R"({"type":"event","event":"e","data":["\ud83d"],"x":"\ud83d"})", message);
    REQUIRE(notes);
    CHECK(notes->empty());
    CHECK(get<event_message>(message).data == json_payload(R"(["\ud83d"])"));
}

TEST_CASE("properties may come in any order, and of repeated ones the last counts") {
    const client_message send = send_to_group_message{"g", 1, true, text_payload("x"), {{"k", "v"}}, 5};
    const client_message start = start_stream_message{"g", true, {"s", 7}, {{"k", "v"}}, 5};
    const std::vector<std::string> common{R"("type":"sendToGroup")", R"("group":"g")", R"("noEcho":true)",
                                          R"("metadata":{"k":"v"})", R"("ttlSeconds":5)"};
    auto sent = common;
    sent.insert(sent.end(), {R"("ackId":1)", R"("dataType":"text")", R"("data":"x")"});
    auto started = common;
    started.push_back(R"("stream":{"idleTimeoutMs":7,"streamId":"s"})");
    const auto frame = [](const std::vector<std::string>& properties, std::size_t turn) {
        std::string text = "{";
        for (std::size_t i = 0; i < properties.size(); ++i) {
            text += properties[(i + turn) % properties.size()] + (i + 1 < properties.size() ? "," : "}");
        }
        return text;
    };
    for (std::size_t turn = 0; turn < sent.size(); ++turn)
        CHECK(decode<client_message>(frame(sent, turn)).value() == send);
    for (std::size_t turn = 0; turn < started.size(); ++turn) {
        CHECK(decode<client_message>(frame(started, turn)).value() == start);
    }
    CHECK(decode<client_message>(R"({"type":"joinGroup","group":"a","group":"b","type":"leaveGroup"})").value() ==
          client_message{leave_group_message{"b", {}}});
    CHECK(decode<client_message>(R"({"type":"leaveGroup","ackId":"no","type":"joinGroup","group":"b","ackId":3})")
              .value() == client_message{join_group_message{"b", 3}});
    CHECK(
        decode<client_message>(R"({"type":"sendToGroup","group":"g","stream":{"streamId":"s"},"stream":null,"data":1})")
            .value() == client_message{send_to_group_message{"g", {}, false, json_payload("1")}});
    CHECK(decode<service_message>(
              R"({"data":1,"from":"group","group":"g","type":"message","sequenceId":3,"from":"server"})")
              .value() == service_message{server_data_message{3, json_payload("1")}});
    CHECK(decode<service_message>(R"({"success":false,"error":{"message":"m"},"type":"ack","ackId":1,"success":true})")
              .value() == service_message{ack_message{1, {}}});
    // Of a group of properties that are read together too.
    CHECK(decode<client_message>(
              R"({"data":7,"type":"event","dataType":"text","data":"x","event":"e","dataType":"json"})")
              .value() == client_message{event_message{"e", {}, json_payload("\"x\"")}});
}

TEST_CASE("the sequence id of a frame that is refused can be read") {
    const auto found = [](std::string_view frame) { return json_codec().find_sequence_id(frame); };
    CHECK(found(R"({"sequenceId":7,"type":"message","from":"group","group":"g","dataType":"binary","data":"*"})") ==
          7u);
    CHECK(found(R"({"sequenceId":7,"type":"message","from":"gro)") == 7u);
    CHECK(found(R"({"type":"message","data":1,"sequenceId":"7","x":\xff})") == 7u);
    CHECK_FALSE(found(R"({"type":"message")"));
    CHECK_FALSE(found(R"([{"sequenceId":7}])"));
    CHECK_FALSE(found(R"({"sequenceId":-7})"));
}

TEST_CASE("JSON data keeps its spelling") {
    const auto data = GENERATE(as<std::string>{}, R"({"b":1.0,"a":1e400,"a":-0})", "[ 1 ,\t2 ]", R"("\u0041\/")",
                               "0e9090", "true", "12345678901234567890123");
    const auto decoded = decode<client_message>(R"({"type":"event","event":"e","data":)" + data + "}");
    REQUIRE(decoded);
    CHECK(get<event_message>(*decoded).data == json_payload(data));
    CHECK(encode(*decoded) == R"({"type":"event","event":"e","dataType":"json","data":)" + data + "}");
}

TEST_CASE("nesting is limited, for data by a limit of its own") {
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    const auto with_data = [&](std::size_t depth) {
        return R"({"type":"event","event":"e","data":)" + nested(depth) + "}";
    };
    const auto with_other = [&](std::size_t depth) { return R"({"type":"ping","x":)" + nested(depth) + "}"; };
    const codec_limits limits{4, 6};
    CHECK(decode<client_message>(with_data(6), limits));
    CHECK(client_error(with_data(7), limits) == errc::too_deep);
    CHECK(decode<client_message>(with_other(3), limits));
    CHECK(client_error(with_other(4), limits) == errc::too_deep);
    CHECK(decode<client_message>(with_data(64)));
    CHECK(client_error(with_data(65)) == errc::too_deep);
    CHECK(client_error(with_data(500'000)) == errc::too_deep);
}

TEST_CASE("an error says where it is") {
    const auto offset = [](std::string_view frame) { return decode<client_message>(frame).error().offset; };
    CHECK(offset(R"({"type":"joinGroup","group":7})") == 28);
    CHECK(offset(R"({"type":"ping"} x)") == 16);
    CHECK(offset(R"({"type":"ping";})") == 14);
}

TEST_CASE("a frame is its prefix and its body, and a body does not depend on the receiver") {
    const auto plain = json_service_codec();
    const auto reliable = reliable_json_service_codec();
    CHECK(plain.shares_bodies_with(reliable));
    const service_message message = group_data_message{max_id, "g", text_payload("x"), "u"};
    std::string body;
    REQUIRE(reliable.append_body(message, body));
    const auto frame = [&](const service_codec& form, std::optional<std::uint64_t> sequence_id) {
        frame_prefix memory;
        const auto [prefix, rest] = form.frame_with_sequence_id(sequence_id, body, memory);
        return std::string(prefix).append(rest);
    };
    CHECK(
        frame(reliable, max_id) ==
        R"({"sequenceId":18446744073709551615,"type":"message","from":"group","group":"g","dataType":"text","data":"x","fromUserId":"u"})");
    CHECK(frame(plain, std::nullopt) ==
          R"({"type":"message","from":"group","group":"g","dataType":"text","data":"x","fromUserId":"u"})");
}
