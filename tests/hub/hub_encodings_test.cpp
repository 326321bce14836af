// SPDX-License-Identifier: MIT

// Members of one group on different subprotocols (subprotocols.md section 6).

#include <webpubsub/codec/all_service_codecs.hpp>

#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace webpubsub;
using strings = hub_fixture::strings;

namespace {

constexpr std::string_view binary_mark = "binary ";

/// A hub with every codec, and a member of the group `g` on each subprotocol, and one on none.
struct mixed_group {
    hub_fixture f{{}, all_service_codecs()};
    transport_id json = f.connect("json.webpubsub.azure.v1", "json", {"g"});
    transport_id reliable_json = f.connect("json.reliable.webpubsub.azure.v1", "rjson", {"g"});
    transport_id protobuf = f.connect("protobuf.webpubsub.azure.v1", "pb", {"g"});
    transport_id reliable_protobuf = f.connect("protobuf.reliable.webpubsub.azure.v1", "rpb", {"g"});
    transport_id simple = f.connect("", "simple", {"g"});

    void send_json(const client_message& message) {
        std::string frame;
        json_codec().encode(message, frame);
        f.text(json, frame);
    }

    void send_protobuf(const client_message& message) {
        std::string frame;
        protobuf_codec().encode(message, frame);
        f.binary(protobuf, frame);
    }

    /// The one message that a member has received since it was asked last.
    service_message got(transport_id member, const codec& form) {
        auto frames = f.take(member);
        REQUIRE(frames.size() == 1);
        std::string_view frame = frames.front();
        const bool is_binary = frame.starts_with(binary_mark);
        CHECK(is_binary == (form.protocol().frames() == frame_kind::binary));
        if (is_binary) frame.remove_prefix(binary_mark.size());
        service_message message;
        REQUIRE(form.decode(frame, message));
        return message;
    }

    /// That every PubSub member got the message, each in its own form.
    void check_members(const payload& data, const std::string& sender, std::uint64_t sequence_id = 1,
                       const string_map& metadata = {}) {
        CHECK(got(json, json_codec()) == service_message(group_data_message{{}, "g", data, sender, metadata}));
        CHECK(got(reliable_json, json_codec()) ==
              service_message(group_data_message{sequence_id, "g", data, sender, metadata}));
        // Protobuf does not say who sent it.
        CHECK(got(protobuf, protobuf_codec()) == service_message(group_data_message{{}, "g", data, "", metadata}));
        CHECK(got(reliable_protobuf, protobuf_codec()) ==
              service_message(group_data_message{sequence_id, "g", data, "", metadata}));
    }
};

const std::string an_any = "\x0a\x03url\x12\x01\xff";

struct sample {
    payload data;
    /// What a simple client gets.
    std::string bare;
};

const std::vector<sample> samples{
    {text_payload("h\xc3\xa9llo \"x\""), "h\xc3\xa9llo \"x\""},
    {json_payload("{ \"a\" : [1.0, 1e2] }"), "{ \"a\" : [1.0, 1e2] }"},
    {json_payload("\"quoted\""), "\"quoted\""},
    {binary_payload(std::string("\0\xff\x80", 3)), std::string("binary \0\xff\x80", 10)},
    {protobuf_payload(an_any), "binary " + an_any},
};

} // namespace

TEST_CASE("what a JSON client sends reaches every member in its own form") {
    for (const auto& [data, bare] : samples) {
        mixed_group m;
        m.send_json(send_to_group_message{"g", {}, false, data, {{"k", "v"}}});
        m.check_members(data, "json", 1, {{"k", "v"}});
        CHECK(m.f.take(m.simple) == strings{bare});
    }
}

TEST_CASE("what a protobuf client sends reaches every member in its own form") {
    for (const auto& [data, bare] : samples) {
        mixed_group m;
        m.send_protobuf(send_to_group_message{"g", {}, false, data, {{"k", "v"}}});
        m.check_members(data, "pb", 1, {{"k", "v"}});
        CHECK(m.f.take(m.simple) == strings{bare});
    }
}

TEST_CASE("what the application sends reaches every member in its own form") {
    for (const auto& [data, bare] : samples) {
        mixed_group m;
        REQUIRE(m.f.hub.send_to_group(m.f.now, "g", data).value() == 5);
        m.f.drain();
        m.check_members(data, "");
        CHECK(m.f.take(m.simple) == strings{bare});
    }
}

TEST_CASE("acks and noEcho go by the sender's own subprotocol") {
    mixed_group m;
    m.send_protobuf(send_to_group_message{"g", 7, true, text_payload("x")});
    CHECK(m.got(m.protobuf, protobuf_codec()) == service_message(ack_message{7, {}}));
    CHECK(m.f.take(m.simple) == strings{"x"});
    m.send_protobuf(join_group_message{"g", 7});
    const auto repeated = get<ack_message>(m.got(m.protobuf, protobuf_codec()));
    REQUIRE(repeated.error);
    CHECK(repeated.error->name == "Duplicate");
    m.send_protobuf(ping_message{});
    CHECK(m.got(m.protobuf, protobuf_codec()) == service_message(pong_message{}));
}

TEST_CASE("JSON in protobuf is looked into before it becomes part of a JSON frame") {
    for (const auto* bad : {"", "{", "1 2", "{\"a\":1},\"from\":\"server\""}) {
        CAPTURE(bad);
        mixed_group m;
        m.send_protobuf(send_to_group_message{"g", 1, false, json_payload(bad)});
        REQUIRE(m.f.close_of(m.protobuf));
        CHECK(m.f.close_of(m.protobuf)->code == close_code::invalid_payload);
        for (const auto member : {m.json, m.reliable_json, m.reliable_protobuf, m.simple})
            CHECK(m.f.take(member).empty());
    }
}

TEST_CASE("a hub that speaks protobuf only looks into JSON too") {
    hub_fixture f{{}, {protobuf_service_codec()}};
    const auto sender = f.connect("protobuf.webpubsub.azure.v1", "a", {"g"});
    std::string frame;
    protobuf_codec().encode(send_to_group_message{"g", {}, false, json_payload("{")}, frame);
    f.binary(sender, frame);
    CHECK(f.take(sender).empty());
    REQUIRE(f.close_of(sender));
    CHECK(f.close_of(sender)->code == close_code::invalid_payload);
}

TEST_CASE("a JSON client's protobuf data must be an Any") {
    mixed_group m;
    m.f.text(m.json, R"({"type":"sendToGroup","group":"g","dataType":"protobuf","data":"CgH/"})");
    REQUIRE(m.f.close_of(m.json));
    CHECK(m.f.close_of(m.json)->code == close_code::invalid_payload);
    CHECK(m.f.take(m.protobuf).empty());
}

TEST_CASE("a frame of the wrong kind ends a protobuf connection") {
    mixed_group m;
    m.f.text(m.protobuf, R"({"type":"ping"})");
    CHECK(m.f.close_of(m.protobuf) ==
          hub_fixture::close_note{1003, "The protobuf.webpubsub.azure.v1 subprotocol requires binary messages."});
    m.f.binary(m.reliable_protobuf, "\xff");
    CHECK(m.f.close_of(m.reliable_protobuf) ==
          hub_fixture::close_note{1007,
                                  "The client message is not a valid protobuf.webpubsub.azure.v1 protocol message."});
}

TEST_CASE("a reliable protobuf connection is recovered with what it has missed") {
    mixed_group m;
    const auto name = "protobuf.reliable.webpubsub.azure.v1";
    service_message first;
    REQUIRE(protobuf_codec().decode(m.f.first_frame[m.reliable_protobuf].substr(binary_mark.size()), first));
    const auto connected = get<connected_message>(first);
    m.f.gone(m.reliable_protobuf);
    m.send_json(send_to_group_message{"g", {}, false, text_payload("missed")});
    const auto again = m.f.recover(connected.connection_id, connected.reconnection_token, name);
    const auto frames = m.f.take(again);
    REQUIRE(frames.size() == 2);
    service_message replayed;
    REQUIRE(protobuf_codec().decode(frames[1].substr(binary_mark.size()), replayed));
    CHECK(replayed == service_message(group_data_message{1, "g", text_payload("missed"), ""}));
}

TEST_CASE("a message is encoded once for each encoding, however many members there are") {
    hub_fixture f{{}, all_service_codecs()};
    std::vector<transport_id> members;
    for (int i = 0; i < 5; ++i) {
        for (const auto& form : all_service_codecs()) members.push_back(f.connect(form.protocol().name, {}, {"g"}));
        members.push_back(f.connect("", {}, {"g"}));
    }
    REQUIRE(f.hub.send_to_group(f.now, "g", text_payload("x")).value() == members.size());
    std::set<const char*> bodies;
    for (const auto member : members) bodies.insert(f.hub.poll_transmit(member)->body().data());
    CHECK(bodies.size() == 3);
}
