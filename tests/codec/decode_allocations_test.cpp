// SPDX-License-Identifier: MIT

// Under sanitizers there is no such test.
#include "support/sanitized.hpp"
#ifndef WEBPUBSUB_TEST_SANITIZED

#include <webpubsub/codec/json.hpp>
#include <webpubsub/codec/protobuf.hpp>
#include <webpubsub/messages/print.hpp>

#include "support/catch.hpp"
#include "support/chance.hpp"
#include "support/count_allocations.hpp"
#include "support/full_codec.hpp"
#include "support/random_message.hpp"

#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

using namespace webpubsub;

namespace {

template <class Message>
std::string encoded(const test::full_codec& form, const Message& message) {
    std::string out;
    REQUIRE(form.encode(message, out));
    return out;
}

const std::string group(300, 'g');
const std::string long_text(500, 'x');
const payload data = text_payload(long_text);

/// One of each kind that carries a payload, and those that come in between; longer than what a string holds in itself.
const std::vector<client_message> client_messages{
    send_to_group_message{group, 1, false, data},
    event_message{group, {}, data},
    stream_data_message{group, 1, data},
    invoke_message{group, group, data},
    join_group_message{group, 2},
    sequence_ack_message{7},
    ping_message{},
};

const std::vector<service_message> service_messages{
    group_data_message{1, group, data, group},
    server_data_message{2, data},
    invoke_response_message{group, data},
    ack_message{1, {}},
    pong_message{},
    stream_ack_message{group, 5},
    group_data_message{{}, group, binary_payload(long_text), ""},
};

/// How much decoding `frames` again and again allocates, once the target has grown.
template <class Target>
std::size_t allocations(const test::full_codec& form, const std::vector<std::string>& frames, Target& target) {
    std::size_t before = 0;
    for (int round = 0; round < 10; ++round) {
        if (round == 3) before = test::allocations;
        for (const auto& frame : frames) {
            if (!form.decode(frame, target)) return static_cast<std::size_t>(-1);
        }
    }
    return test::allocations - before;
}

template <class Message>
void check(const test::full_codec& form, const std::vector<Message>& messages) {
    CAPTURE(form.protocol().name);
    std::vector<std::string> mixed;
    for (const auto& message : messages) {
        INFO(to_string(message));
        mixed.push_back(encoded(form, message));
        Message target;
        CHECK(allocations(form, {mixed.back()}, target) == 0);
    }
    message_buffer<Message> buffer;
    CHECK(allocations(form, mixed, buffer) == 0);
}

} // namespace

TEST_CASE("decoding into a target that has grown allocates nothing, for each kind and for a mixture") {
    for (const auto& form : {test::full_json_codec(), test::full_protobuf_codec()}) {
        check(form, client_messages);
        check(form, service_messages);
    }
}

TEST_CASE("encoding into a string that has grown allocates nothing") {
    for (const auto& form : {test::full_json_codec(), test::full_protobuf_codec()}) {
        CAPTURE(form.protocol().name);
        std::string frame;
        frame.reserve(10'000);
        const auto before = test::allocations.load();
        for (const auto& message : client_messages) {
            frame.clear();
            form.encode(message, frame);
        }
        for (const auto& message : service_messages) {
            frame.clear();
            static_cast<void>(form.encode(message, frame));
        }
        CHECK(test::allocations == before);
    }
}

#endif
