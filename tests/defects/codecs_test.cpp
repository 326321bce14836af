// SPDX-License-Identifier: MIT
#include "defects/child.hpp"
#include "defects/hub_bench.hpp"

// What clients may write in a frame to a hub. What a client reads is in client_codecs_test.cpp.

using namespace webpubsub;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

bool contains(const std::vector<std::string>& frames, std::string_view part) {
    return std::any_of(frames.begin(), frames.end(),
                       [&](const auto& frame) { return frame.find(part) != std::string::npos; });
}

} // namespace

TEST_CASE("defect 24: a hub passes on JSON data that holds half of a surrogate pair", "[!shouldfail]") {
    hub_bench b;
    const auto sender = b.connect(b.plain);
    const auto member = b.connect(b.plain, {}, {"g"});
    b.text(sender, R"({"type":"sendToGroup","group":"g","ackId":1,"dataType":"json","data":{"a":"\ud83d"}})");
    CHECK_FALSE(b.close_code_of(sender));
    CHECK(contains(b.take(sender), R"("success":true)"));
    CHECK(contains(b.take(member), R"({"a":"\ud83d"})"));
}

TEST_CASE("defect 24: a hub does not look into properties that it does not know", "[!shouldfail]") {
    hub_bench b;
    const auto client = b.connect(b.plain);
    b.text(client, R"({"type":"ping","new":"\ud83d"})");
    CHECK_FALSE(b.close_code_of(client));
    CHECK(contains(b.take(client), "pong"));
}

TEST_CASE("defect 24: a hub refuses text and names with half of a surrogate pair, and the connection stays",
          "[!shouldfail]") {
    hub_bench b;
    const auto client = b.connect(b.plain);
    SECTION("text") {
        b.text(client, R"({"type":"sendToGroup","group":"g","ackId":1,"dataType":"text","data":"\ud83d"})");
        CHECK(contains(b.take(client), "BadRequest"));
    }
    SECTION("text without an ack id") {
        b.text(client, R"({"type":"sendToGroup","group":"g","dataType":"text","data":"\ud83d"})");
        CHECK(b.take(client).empty());
    }
    SECTION("a group") {
        b.text(client, R"({"type":"joinGroup","group":"\ud83d","ackId":1})");
        CHECK(contains(b.take(client), R"("success":false)"));
    }
    CHECK_FALSE(b.close_code_of(client));
}

TEST_CASE("defect 26: base64 with white space in it is accepted by a hub, and none is written", "[!shouldfail]") {
    const std::string spaced = GENERATE(as<std::string>{}, R"(aGVs\nbG8=)", R"(aGVs\r\nbG8=\r\n)", R"( aGVs\tbG8= )");
    CAPTURE(spaced);
    hub_bench b;
    const auto sender = b.connect(b.plain);
    const auto member = b.connect(b.plain, {}, {"g"});
    b.text(sender, R"({"type":"sendToGroup","group":"g","dataType":"binary","data":")" + spaced + "\"}");
    CHECK_FALSE(b.close_code_of(sender));
    CHECK(contains(b.take(member), R"("data":"aGVsbG8=")"));
}

namespace {

/// The functions of one encoding after another, each of which is the JSON codec's under an address of its own.
template <int>
const codec_functions& functions_of_one_more_encoding() {
    static const codec_functions functions{
        [](std::string_view frame, const decode_target<client_message>& out, const codec_limits&) {
            return json_codec().decode(frame, out.message);
        },
        [](std::string_view frame, const decode_target<service_message>& out, const codec_limits&) {
            return json_codec().decode(frame, out.message);
        },
        [](const client_message& message, std::string& out) { json_codec().encode(message, out); },
        [](const service_message& message, std::string& out) { return json_codec().encode(message, out); },
        [](const service_message& message, std::string& out) { return json_codec().append_body(message, out); },
        [](std::optional<std::uint64_t> id, std::string_view body, frame_prefix& memory) {
            return json_codec().split(id, body, memory);
        },
        [](const payload& data, const codec_limits&) { return json_codec().check(data); }};
    return functions;
}

} // namespace

TEST_CASE("defect 28: a hub serves more than four encodings, or says that it does not", "[!shouldfail]") {
    CHECK(holds_in_child([] {
        const std::vector<std::string> names{"one", "two", "three", "four", "five", "six"};
        const auto protocol = [&](std::size_t i) { return subprotocol{names[i], encoding::json, false}; };
        hub_setup setup;
        setup.codecs = {codec(functions_of_one_more_encoding<0>(), protocol(0)),
                        codec(functions_of_one_more_encoding<1>(), protocol(1)),
                        codec(functions_of_one_more_encoding<2>(), protocol(2)),
                        codec(functions_of_one_more_encoding<3>(), protocol(3)),
                        codec(functions_of_one_more_encoding<4>(), protocol(4)),
                        codec(functions_of_one_more_encoding<5>(), protocol(5))};
        hub_bench b(setup);
        std::vector<hub_bench::member> members;
        for (const auto& name : names) {
            // A client of an encoding that the hub has no room for may be refused, but not taken for something else.
            if (const auto in = b.try_connect(b.request(name, {}, {"g"}))) members.push_back(*in);
        }
        b.send_to_group("g", "hello");
        return std::all_of(members.begin(), members.end(), [&](auto each) {
            const auto frames = b.take(each);
            return frames.size() == 1 && frames.front().find("\"hello\"") != std::string::npos;
        });
    }));
}
