// SPDX-License-Identifier: MIT

// The vectors in tests/vectors, whose README says what they are.

#include <webpubsub/codec/json.hpp>
#include <webpubsub/codec/protobuf.hpp>
#include <webpubsub/rules/names.hpp>

#include "support/catch.hpp"
#include "support/full_codec.hpp"
#include "support/hex.hpp"
#include "support/neutral.hpp"

#include <boost/json.hpp>

#include <cstddef>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

using namespace webpubsub;

namespace {

namespace json = boost::json;

std::vector<json::object> read_cases(const std::string& file) {
    std::vector<json::object> cases;
    std::ifstream lines(WEBPUBSUB_TEST_VECTORS "/" + file);
    for (std::string line; std::getline(lines, line);) cases.push_back(json::parse(line).as_object());
    INFO(file);
    REQUIRE_FALSE(cases.empty());
    return cases;
}

std::string text(const json::object& from, std::string_view key) { return std::string(from.at(key).as_string()); }

bool is_upstream(const json::object& vector) {
    const auto direction = text(vector, "direction");
    REQUIRE((direction == "upstream" || direction == "downstream"));
    return direction == "upstream";
}

test::full_codec codec_of(const json::object& vector) {
    const auto encoding = text(vector, "encoding");
    REQUIRE((encoding == "json" || encoding == "protobuf"));
    return encoding == "json" ? test::full_json_codec() : test::full_protobuf_codec();
}

std::string frame_of(const json::object& vector) {
    return vector.contains("frame") ? text(vector, "frame") : test::from_hex(text(vector, "hex"));
}

template <class Message>
std::string encoded(const test::full_codec& form, const Message& message) {
    std::string frame;
    REQUIRE(form.encode(message, frame));
    return frame;
}

/// Nothing for a frame that is refused.
template <class Message>
std::optional<Message> decoded(const test::full_codec& form, std::string_view frame) {
    Message message;
    if (!form.decode(frame, message)) return std::nullopt;
    return message;
}

template <class Message>
Message decoded_as(const test::full_codec& form, std::string_view frame, const json::value& meaning) {
    const auto message = decoded<Message>(form, frame);
    REQUIRE(message);
    CHECK(json::value(test::neutral::of(*message)) == meaning);
    return *message;
}

/// The frame of one encoding means what the vector says, and is what the codec writes for that.
template <class Message>
Message check_frame(const test::full_codec& form, const std::string& frame, const json::value& meaning,
                    const std::string& written) {
    const auto message = decoded_as<Message>(form, frame, meaning);
    CHECK(test::to_hex(encoded(form, message)) == test::to_hex(written));
    return message;
}

template <class Message>
void check_forms(const json::object& vector) {
    CAPTURE(text(vector, "name"));
    const auto& meaning = vector.at("message");
    const auto& protobuf_meaning = vector.contains("protobuf_means") ? vector.at("protobuf_means") : meaning;
    const auto json_frame = text(vector, "json");
    const auto protobuf_frame = test::from_hex(text(vector, "protobuf"));
    const auto from_json = check_frame<Message>(test::full_json_codec(), json_frame, meaning, json_frame);
    const auto from_protobuf =
        check_frame<Message>(test::full_protobuf_codec(), protobuf_frame, protobuf_meaning, protobuf_frame);
    CHECK(test::to_hex(encoded(test::full_protobuf_codec(), from_json)) ==
          test::to_hex(encoded(test::full_protobuf_codec(), from_protobuf)));
    if (!vector.contains("protobuf_means")) CHECK(encoded(test::full_json_codec(), from_protobuf) == json_frame);
}

/// The name of the first case of which some beginning is taken for a whole frame, if there is one.
template <class Message>
std::string taken_though_cut(const std::vector<json::object>& cases) {
    for (const auto& vector : cases) {
        const auto json_frame = text(vector, "json");
        const auto protobuf_frame = test::from_hex(text(vector, "protobuf"));
        for (std::size_t size = 0; size < json_frame.size(); ++size) {
            if (decoded<Message>(test::full_json_codec(), json_frame.substr(0, size))) return text(vector, "name");
        }
        for (std::size_t size = 0; size < protobuf_frame.size(); ++size) {
            if (decoded<Message>(test::full_protobuf_codec(), protobuf_frame.substr(0, size)))
                return text(vector, "name");
        }
    }
    return {};
}

/// Which kinds of messages the vectors have, by their places in the variant.
template <class Message>
std::set<std::size_t> kinds_in(const std::string& file) {
    std::set<std::size_t> kinds;
    for (const auto& vector : read_cases(file)) {
        const auto message = decoded<Message>(test::full_json_codec(), text(vector, "json"));
        if (message) kinds.insert(message->index());
    }
    return kinds;
}

template <class Message>
void check_reused_memory(const std::vector<json::object>& cases) {
    message_buffer<Message> memory;
    for (const auto& before : cases) {
        for (const auto& vector : cases) {
            CAPTURE(text(before, "name"), text(vector, "name"));
            REQUIRE(codec_of(before).decode(frame_of(before), memory));
            REQUIRE(codec_of(vector).decode(frame_of(vector), memory));
            REQUIRE(json::value(test::neutral::of(memory.message())) == vector.at("message"));
        }
    }
}

/// A frame that another implementation wrote.
template <class Message>
void check_foreign(const json::object& vector) {
    const auto frame = frame_of(vector);
    std::string written = frame;
    if (vector.contains("rewritten")) {
        written = text(vector, "rewritten");
        if (text(vector, "encoding") == "protobuf") written = test::from_hex(written);
        CHECK(written != frame);
    }
    check_frame<Message>(codec_of(vector), frame, vector.at("message"), written);
}

void check_foreign_file(const std::string& file) {
    for (const auto& vector : read_cases(file)) {
        CAPTURE(file, text(vector, "name"));
        if (is_upstream(vector)) {
            check_foreign<client_message>(vector);
        } else {
            check_foreign<service_message>(vector);
        }
    }
}

/// The rules for names are not the codec's.
bool has_good_names(const client_message& message) {
    return visit(
        [](const auto& it) {
            if constexpr (requires { it.group; }) return is_valid_group_name(it.group);
            if constexpr (requires { it.event; }) return is_valid_event_name(it.event);
            return true;
        },
        message);
}

} // namespace

TEST_CASE("vectors: each client message has these two forms") {
    for (const auto& vector : read_cases("messages/client.jsonl")) {
        check_forms<client_message>(vector);
        CHECK(has_good_names(*decoded<client_message>(test::full_json_codec(), text(vector, "json"))));
    }
}

TEST_CASE("vectors: each service message has these two forms") {
    for (const auto& vector : read_cases("messages/service.jsonl")) check_forms<service_message>(vector);
}

TEST_CASE("vectors: a frame that is cut short anywhere is refused") {
    CHECK(taken_though_cut<client_message>(read_cases("messages/client.jsonl")) == "");
    CHECK(taken_though_cut<service_message>(read_cases("messages/service.jsonl")) == "");
}

TEST_CASE("vectors: there is one for every kind of message") {
    CHECK(kinds_in<client_message>("messages/client.jsonl").size() == client_message::size);
    const auto kinds = kinds_in<service_message>("messages/service.jsonl");
    CHECK(kinds.size() == service_message::size - 1);
    CHECK(kinds.count(service_message(unknown_message{}).index()) == 0);
}

TEST_CASE("vectors: their names are unique") {
    for (const auto* file : {"messages/client.jsonl", "messages/service.jsonl", "messages/lenient.jsonl",
                             "messages/invalid.jsonl", "captured/json.jsonl", "captured/json_reliable.jsonl",
                             "captured/protobuf_reliable.jsonl", "protobuf/published.jsonl"}) {
        std::set<std::string> names;
        for (const auto& vector : read_cases(file)) {
            CAPTURE(file, text(vector, "name"));
            CHECK(names.insert(text(vector, "name")).second);
        }
    }
}

TEST_CASE("vectors: what peers write differently means this") {
    for (const auto& vector : read_cases("messages/lenient.jsonl")) {
        CAPTURE(text(vector, "name"));
        if (is_upstream(vector)) {
            decoded_as<client_message>(codec_of(vector), frame_of(vector), vector.at("message"));
        } else {
            decoded_as<service_message>(codec_of(vector), frame_of(vector), vector.at("message"));
        }
    }
}

TEST_CASE("vectors: a reader tells where it has replaced half of a surrogate pair") {
    std::size_t replaced = 0;
    for (const auto& vector : read_cases("messages/lenient.jsonl")) {
        CAPTURE(text(vector, "name"));
        client_message upstream;
        service_message downstream;
        const auto form = codec_of(vector);
        const auto notes =
            is_upstream(vector) ? form.decode(frame_of(vector), upstream) : form.decode(frame_of(vector), downstream);
        REQUIRE(notes);
        const auto where = vector.contains("replaced") ? text(vector, "replaced") : "";
        CHECK((notes->replaced_in_name != nullptr) == (where == "name"));
        CHECK(notes->replaced_in_text == (where == "text"));
        replaced += notes->empty() ? 0 : 1;
    }
    CHECK(replaced > 5);
}

TEST_CASE("vectors: they mean the same in memory that has held any other message") {
    std::vector<json::object> upstream;
    std::vector<json::object> downstream;
    for (auto& vector : read_cases("messages/lenient.jsonl"))
        (is_upstream(vector) ? upstream : downstream).push_back(vector);
    check_reused_memory<client_message>(upstream);
    check_reused_memory<service_message>(downstream);
}

TEST_CASE("vectors: what is malformed is refused") {
    for (const auto& vector : read_cases("messages/invalid.jsonl")) {
        CAPTURE(text(vector, "name"));
        // That is for whoever has the WebSocket.
        if (vector.contains("opcode")) continue;
        if (!is_upstream(vector)) {
            CHECK_FALSE(decoded<service_message>(codec_of(vector), frame_of(vector)));
            continue;
        }
        CHECK(vector.at("close") == 1007);
        const auto message = decoded<client_message>(codec_of(vector), frame_of(vector));
        CHECK(message.has_value() == vector.contains("name_rule"));
        if (message) CHECK_FALSE(has_good_names(*message));
    }
}

TEST_CASE("vectors: what the official client wrote and was sent means what its calls and events say") {
    check_foreign_file("captured/json.jsonl");
    check_foreign_file("captured/json_reliable.jsonl");
    check_foreign_file("captured/protobuf_reliable.jsonl");
}

TEST_CASE("vectors: what the official clients' tests print is read, and written the same") {
    check_foreign_file("protobuf/published.jsonl");
    std::size_t rewritten = 0;
    for (const auto& vector : read_cases("protobuf/published.jsonl")) {
        if (text(vector, "source") == "published test vector") rewritten += vector.contains("rewritten") ? 1 : 0;
    }
    CHECK(rewritten == 1);
}
