// SPDX-License-Identifier: MIT

// Metadata, and base64 with line breaks, on their whole way through a hub, for members on every subprotocol.

#include <webpubsub/codec/all_service_codecs.hpp>

#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace webpubsub;
using strings = hub_fixture::strings;

namespace {

const strings subprotocols{"json.webpubsub.azure.v1", "json.reliable.webpubsub.azure.v1", "protobuf.webpubsub.azure.v1",
                           "protobuf.reliable.webpubsub.azure.v1"};
const string_map metadata{{"k", "v"}, {"empty", ""}};

struct members_of_all_subprotocols {
    hub_fixture f{{}, all_service_codecs()};
    std::vector<transport_id> members;

    members_of_all_subprotocols() {
        for (const auto& each : subprotocols) members.push_back(f.connect(each, "u", {"g"}));
    }

    void send(transport_id from, const client_message& message) {
        if (from == members[0] || from == members[1]) {
            f.send_json(from, message);
        } else {
            f.send_protobuf(from, message);
        }
    }

    /// What each member got that is a message of a group.
    std::vector<std::vector<group_data_message>> received() {
        std::vector<std::vector<group_data_message>> all;
        for (const auto member : members) {
            auto& of_member = all.emplace_back();
            for (auto& each : f.messages(member)) {
                if (auto* const data = get_if<group_data_message>(&each)) of_member.push_back(std::move(*data));
            }
        }
        return all;
    }
};

} // namespace

TEST_CASE("the metadata of a message reaches every member, whoever sends it") {
    members_of_all_subprotocols w;
    const auto from = GENERATE(as<std::size_t>{}, 0, 1, 2, 3, 4);
    if (from < w.members.size()) {
        w.send(w.members[from], send_to_group_message{"g", {}, false, text_payload("x"), metadata});
    } else {
        send_options how;
        how.metadata = metadata;
        REQUIRE(w.f.hub.send_to_group(w.f.now, "g", text_payload("x"), how) == 4u);
        w.f.drain();
    }
    for (const auto& got : w.received()) {
        REQUIRE(got.size() == 1);
        CHECK(got[0].metadata == metadata);
    }
}

TEST_CASE("the metadata of a stream goes with each of its messages, and with no other") {
    members_of_all_subprotocols w;
    const auto publisher = w.members[GENERATE(as<std::size_t>{}, 0, 1, 2, 3)];
    w.send(publisher, start_stream_message{"g", false, {"with", {}}, metadata});
    w.send(publisher, start_stream_message{"g", false, {"without", {}}});
    w.send(publisher, stream_data_message{"with", 1, text_payload("a")});
    w.send(publisher, stream_data_message{"without", 1, text_payload("b")});
    w.send(publisher, end_stream_message{"with"});
    w.send(publisher, end_stream_message{"without"});
    for (const auto& got : w.received()) {
        REQUIRE(got.size() == 4);
        for (const auto& each : got) {
            REQUIRE(each.stream);
            CHECK(each.metadata == (each.stream->stream_id == "with" ? metadata : string_map{}));
        }
    }
}

TEST_CASE("the metadata of events and invocations reaches the application, and that of an answer its caller") {
    members_of_all_subprotocols w;
    const auto from = w.members[GENERATE(as<std::size_t>{}, 0, 1, 2, 3)];
    w.send(from, event_message{"e", {}, text_payload("x"), metadata});
    w.send(from, ping_message{});
    REQUIRE(w.f.events.size() == 1);
    CHECK(w.f.events[0].metadata == metadata);
    REQUIRE(w.f.hub.answer_event(w.f.now, w.f.events[0].id));
    w.send(from, invoke_message{"i", "e", text_payload("x"), metadata});
    REQUIRE(w.f.invocations.size() == 1);
    CHECK(w.f.invocations[0].metadata == metadata);
    REQUIRE(w.f.hub.answer_invocation(w.f.now, w.f.invocations[0].id, std::nullopt, metadata));
    w.f.drain();
    const auto got = w.f.messages(from);
    REQUIRE(holds_alternative<invoke_response_message>(got.back()));
    CHECK(get<invoke_response_message>(got.back()).metadata == metadata);
}

TEST_CASE("base64 with blanks and line breaks is written anew without them, wherever it goes") {
    const auto blank = GENERATE(as<std::string>{}, " ", "\\t", "\\r\\n", "\\n", "\\u000d");
    const auto type = GENERATE(data_type::binary, data_type::protobuf);
    const payload bytes{type, type == data_type::binary ? std::string("\1\2\3\4") : "\x0a\x01u\x12\x01z"};
    const std::string whole = type == data_type::binary ? "AQIDBA==" : "CgF1EgF6";
    const std::string name = type == data_type::binary ? "binary" : "protobuf";
    const auto data = R"("dataType":")" + name + R"(","data":")" + blank + whole.substr(0, 3) + blank +
                      whole.substr(3, 4) + blank + blank + whole.substr(7) + blank + "\"}";
    members_of_all_subprotocols w;
    const auto simple = w.f.connect("", {}, {"g"});
    const auto from = w.members[GENERATE(as<std::size_t>{}, 0, 1)];
    w.f.text(from, R"({"type":"sendToGroup","group":"g",)" + data);
    for (const auto member : {w.members[0], w.members[1]}) {
        const auto frame = w.f.received[member].back();
        CHECK(frame.find(R"("data":")" + whole + '"') != std::string::npos);
    }
    for (const auto& got : w.received()) {
        REQUIRE(got.size() == 1);
        CHECK(got[0].data == bytes);
    }
    CHECK(w.f.take(simple) == strings{"binary " + bytes.bytes});

    w.send(from, start_stream_message{"g", false, {"s", {}}});
    w.f.text(from, R"({"type":"streamData","streamId":"s","streamSequenceId":1,)" + data);
    for (const auto& got : w.received()) {
        REQUIRE(got.size() == 1);
        CHECK(got[0].data == bytes);
    }
    w.f.text(from, R"({"type":"event","event":"e",)" + data);
    REQUIRE(w.f.events.size() == 1);
    CHECK(w.f.events[0].data == bytes);
    w.f.text(from, R"({"type":"invoke","invocationId":"i","target":"event","event":"e",)" + data);
    REQUIRE(w.f.hub.answer_event(w.f.now, w.f.events[0].id));
    w.f.drain();
    REQUIRE(w.f.invocations.size() == 1);
    CHECK(w.f.invocations[0].data == bytes);
    CHECK_FALSE(w.f.close_of(from));
}
