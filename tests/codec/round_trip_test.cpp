// SPDX-License-Identifier: MIT

// Every kind of message at random, through both encodings.

#include <webpubsub/codec/json.hpp>
#include <webpubsub/codec/protobuf.hpp>
#include <webpubsub/messages/print.hpp>

#include "support/catch.hpp"
#include "support/chance.hpp"
#include "support/full_codec.hpp"
#include "support/random_message.hpp"
#include "support/sanitized.hpp"

#include <array>
#include <string>
#include <string_view>
#include <type_traits>

using namespace webpubsub;

namespace {

#ifdef WEBPUBSUB_TEST_SANITIZED
constexpr int rounds = 3'000;
#else
constexpr int rounds = 50'000;
#endif

template <class Message>
Message make(test::seeded_chance& chance) {
    test::random_message<test::seeded_chance> maker(chance);
    if constexpr (std::is_same_v<Message, client_message>) {
        return maker.client();
    } else {
        return maker.service();
    }
}

template <class Message>
std::string encode(const test::full_codec& form, const Message& message) {
    std::string frame;
    REQUIRE(form.encode(message, frame));
    return frame;
}

template <class Message>
Message decode(const test::full_codec& form, std::string_view frame) {
    Message message;
    const auto decoded = form.decode(frame, message);
    if (!decoded) FAIL(message_of(decoded.error().code) << ": " << frame);
    return message;
}

/// What protobuf can carry of a message: all but the sender's user id.
client_message in_protobuf(client_message message) { return message; }

service_message in_protobuf(service_message message) {
    if (auto* data = get_if<group_data_message>(&message)) data->from_user_id.clear();
    return message;
}

} // namespace

TEMPLATE_TEST_CASE("decoding what was encoded is the identity", "", client_message, service_message) {
    test::seeded_chance chance(1);
    // Reused, so that whatever one message leaves behind meets the next.
    TestType json_target;
    TestType protobuf_target;
    message_buffer<TestType> json_buffer;
    message_buffer<TestType> protobuf_buffer;
    const auto check = [](const test::full_codec& form, const TestType& message, TestType& target,
                          message_buffer<TestType>& buffer) {
        const auto frame = encode(form, message);
        INFO(to_string(message));
        const auto same = decode<TestType>(form, frame) == message && form.decode(frame, target) && target == message &&
                          form.decode(frame, buffer) && buffer.message() == message;
        if (!same) FAIL_CHECK("not the same: " << to_string(decode<TestType>(form, frame)));
    };
    for (int i = 0; i < rounds; ++i) {
        const auto message = make<TestType>(chance);
        check(test::full_json_codec(), message, json_target, json_buffer);
        check(test::full_protobuf_codec(), in_protobuf(message), protobuf_target, protobuf_buffer);
    }
}

TEMPLATE_TEST_CASE("JSON to protobuf to JSON keeps every byte that both can carry", "", client_message,
                   service_message) {
    test::seeded_chance chance(2);
    for (int i = 0; i < rounds / 2; ++i) {
        const auto json = encode(test::full_json_codec(), in_protobuf(make<TestType>(chance)));
        const auto protobuf = encode(test::full_protobuf_codec(), decode<TestType>(test::full_json_codec(), json));
        const auto again = encode(test::full_json_codec(), decode<TestType>(test::full_protobuf_codec(), protobuf));
        if (again != json) FAIL_CHECK(json << " became " << again);
    }
}

TEST_CASE("protobuf loses the sender's user id, and nothing else") {
    const service_message message = group_data_message{7, "g", json_payload(" [1.0] "), "user", {{"k", "v"}}};
    const auto received =
        decode<service_message>(test::full_protobuf_codec(), encode(test::full_protobuf_codec(), message));
    CHECK(received == in_protobuf(message));
    CHECK(received != message);
}

TEMPLATE_TEST_CASE("a truncated frame is refused wherever it was cut", "", client_message, service_message) {
    test::seeded_chance chance(3);
    for (int i = 0; i < rounds / 20; ++i) {
        const auto message = make<TestType>(chance);
        const auto json = encode(test::full_json_codec(), message);
        const auto protobuf = encode(test::full_protobuf_codec(), message);
        TestType target;
        for (std::size_t size = 0; size < json.size(); ++size) {
            if (test::full_json_codec().decode(std::string_view(json).substr(0, size), target))
                FAIL_CHECK(json << " at " << size);
        }
        // A frame is one field, so no beginning of it is a message.
        for (std::size_t size = 0; size < protobuf.size(); ++size) {
            if (test::full_protobuf_codec().decode(std::string_view(protobuf).substr(0, size), target)) {
                FAIL_CHECK(to_string(message) << " at " << size);
            }
        }
    }
}
