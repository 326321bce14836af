// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/protobuf_difference.hpp"

#include <webpubsub.v1.pb.h>
#include <webpubsub/codec/detail/frame_writer.hpp>
#include <webpubsub/proto/client_conversion.hpp>
#include <webpubsub/proto/codec.hpp>
#include <webpubsub/proto/service_conversion.hpp>
#include <webpubsub/support/wire_reader.hpp>

#include <boost/json.hpp>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace pb = google::protobuf;
namespace json = boost::json;
using webpubsub::client_message;
using webpubsub::service_message;
using webpubsub::test::from_hex;
using webpubsub::test::to_hex;

std::vector<json::object> read_vectors(const std::string& name = "protobuf/published.jsonl") {
    std::vector<json::object> vectors;
    std::ifstream file(WEBPUBSUB_TEST_VECTORS "/" + name);
    for (std::string line; std::getline(file, line);) vectors.push_back(json::parse(line).as_object());
    return vectors;
}

std::string text(const json::value& value) { return std::string(value.as_string()); }

std::unique_ptr<pb::Message> empty_message(const json::object& vector) {
    if (vector.at("direction") == "upstream") return std::make_unique<azure::webpubsub::UpstreamMessage>();
    return std::make_unique<azure::webpubsub::DownstreamMessage>();
}

// Without this the entries of a map come in any order.
std::string serialize(const pb::Message& message) {
    std::string bytes;
    {
        pb::io::StringOutputStream stream(&bytes);
        pb::io::CodedOutputStream coded(&stream);
        coded.SetSerializationDeterministic(true);
        message.SerializeToCodedStream(&coded);
    }
    return bytes;
}

json::value meaning_of(const pb::Message& message);

// `index` is -1 for a field that is no list.
json::value meaning_of(const pb::Message& message, const pb::FieldDescriptor& field, int index) {
    const auto& reflection = *message.GetReflection();
    const bool listed = index >= 0;
    switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_MESSAGE:
        return meaning_of(listed ? reflection.GetRepeatedMessage(message, &field, index)
                                 : reflection.GetMessage(message, &field));
    case pb::FieldDescriptor::CPPTYPE_STRING: {
        const auto value = reflection.GetString(message, &field);
        if (field.type() == pb::FieldDescriptor::TYPE_BYTES) return {{"hex", to_hex(value)}};
        return json::value(value);
    }
    case pb::FieldDescriptor::CPPTYPE_UINT64: return json::value(std::to_string(reflection.GetUInt64(message, &field)));
    case pb::FieldDescriptor::CPPTYPE_INT64: return json::value(std::to_string(reflection.GetInt64(message, &field)));
    case pb::FieldDescriptor::CPPTYPE_UINT32: return reflection.GetUInt32(message, &field);
    case pb::FieldDescriptor::CPPTYPE_BOOL: return reflection.GetBool(message, &field);
    default: return "a type that the schema does not use";
    }
}

// The fields that are set, as in the vectors.
json::value meaning_of(const pb::Message& message) {
    const auto& reflection = *message.GetReflection();
    std::vector<const pb::FieldDescriptor*> set;
    reflection.ListFields(message, &set);
    json::object meaning;
    for (const auto* field : set) {
        if (!field->is_repeated()) {
            meaning[field->json_name()] = meaning_of(message, *field, -1);
            continue;
        }
        json::array list;
        for (int i = 0; i < reflection.FieldSize(message, field); ++i) list.push_back(meaning_of(message, *field, i));
        if (!field->is_map()) {
            meaning[field->json_name()] = std::move(list);
            continue;
        }
        json::object entries;
        for (const auto& entry : list) entries[text(entry.at("key"))] = entry.at("value");
        meaning[field->json_name()] = std::move(entries);
    }
    return meaning;
}

// A vector that has `success` as an explicit 0 says so in its meaning; the message can't.
void drop_false_success(json::object& meaning) {
    for (auto& [name, fields] : meaning) {
        auto* object = fields.if_object();
        if (object != nullptr && object->contains("success") && !object->at("success").as_bool()) {
            object->erase("success");
        }
    }
}

/// Every protobuf frame of the vectors that a client or the service sends, whether it is good or not.
std::vector<std::string> frames(bool upstream) {
    std::vector<std::string> found;
    for (const auto& vector : read_vectors(upstream ? "messages/client.jsonl" : "messages/service.jsonl")) {
        found.push_back(from_hex(text(vector.at("protobuf"))));
    }
    for (const auto* file : {"messages/lenient.jsonl", "messages/invalid.jsonl", "captured/protobuf_reliable.jsonl",
                             "protobuf/published.jsonl"}) {
        for (const auto& vector : read_vectors(file)) {
            if ((vector.at("direction") == "upstream") != upstream || vector.at("encoding") != "protobuf") continue;
            found.push_back(from_hex(text(vector.at("hex"))));
        }
    }
    return found;
}

/// The message of a frame cut to each length, in frames that are whole by themselves.
std::vector<std::string> with_shorter_messages(const std::string& frame) {
    webpubsub::detail::wire_reader reader(frame, 1);
    webpubsub::detail::wire_field member;
    if (!reader.next(member) || member.type != webpubsub::detail::wire_type::length) return {};
    std::vector<std::string> shorter;
    for (std::size_t size = 0; size < member.bytes.size(); ++size) {
        std::string head(12, '\0');
        const auto tag = member.number << 3 | static_cast<std::uint32_t>(member.type);
        auto* const end = webpubsub::detail::write_varint(size, webpubsub::detail::write_varint(tag, head.data()));
        head.resize(static_cast<std::size_t>(end - head.data()));
        shorter.push_back(head.append(member.bytes.substr(0, size)));
    }
    return shorter;
}

template <class Message>
void compare(std::string_view frame) {
    const auto difference = webpubsub::test::protobuf_difference<Message>(frame);
    if (difference.empty()) return;
    CAPTURE(to_hex(frame));
    FAIL_CHECK(difference);
}

template <class Message>
void compare_cut_frames(bool upstream) {
    const auto all = frames(upstream);
    CHECK(all.size() > 70);
    for (const auto& frame : all) {
        for (std::size_t size = 0; size <= frame.size(); ++size)
            compare<Message>(std::string_view(frame).substr(0, size));
        for (const auto& shorter : with_shorter_messages(frame)) compare<Message>(shorter);
    }
}

/// What the generated classes write for what the second codec has read.
template <class Message>
std::string rewritten(const std::string& frame) {
    Message message;
    const webpubsub::test::full_codec form{webpubsub::generated_protobuf_codec(),
                                           webpubsub::generated_protobuf_service_codec()};
    REQUIRE(form.decode(frame, message));
    return serialize(webpubsub::to_generated(message));
}

void check_rewritten(bool upstream, const std::string& frame, const std::string& expected) {
    CHECK(to_hex(upstream ? rewritten<client_message>(frame) : rewritten<service_message>(frame)) == to_hex(expected));
}

} // namespace

TEST_CASE("the published vectors are complete") {
    const auto vectors = read_vectors();
    CHECK(vectors.size() == 52);
    std::size_t published = 0;
    for (const auto& vector : vectors) published += vector.at("source") == "published test vector" ? 1 : 0;
    CHECK(published == 34);
}

TEST_CASE("the generated classes read each vector as what it means") {
    for (const auto& vector : read_vectors()) {
        INFO(text(vector.at("name")));
        const auto message = empty_message(vector);
        REQUIRE(message->ParseFromString(from_hex(text(vector.at("hex")))));
        auto expected = vector.at("fields").as_object();
        drop_false_success(expected);
        CHECK(meaning_of(*message) == json::value(expected));
    }
}

TEST_CASE("the generated classes know every field of the vectors") {
    for (const auto& vector : read_vectors()) {
        INFO(text(vector.at("name")));
        const auto message = empty_message(vector);
        REQUIRE(message->ParseFromString(from_hex(text(vector.at("hex")))));
        message->DiscardUnknownFields();
        const auto* key = vector.contains("rewritten") ? "rewritten" : "hex";
        CHECK(to_hex(serialize(*message)) == text(vector.at(key)));
    }
}

TEST_CASE("the codec on the generated classes writes each published vector as it was") {
    for (const auto& vector : read_vectors()) {
        INFO(text(vector.at("name")));
        const auto* key = vector.contains("rewritten") ? "rewritten" : "hex";
        check_rewritten(vector.at("direction") == "upstream", from_hex(text(vector.at("hex"))),
                        from_hex(text(vector.at(key))));
    }
}

TEST_CASE("the codec on the generated classes writes each message as the vectors do") {
    for (const bool upstream : {true, false}) {
        for (const auto& vector : read_vectors(upstream ? "messages/client.jsonl" : "messages/service.jsonl")) {
            INFO(text(vector.at("name")));
            const auto frame = from_hex(text(vector.at("protobuf")));
            check_rewritten(upstream, frame, frame);
        }
    }
}

TEST_CASE("the vectors' frames cut short are taken by both parsers or by none") {
    pb::SetLogHandler(nullptr);
    compare_cut_frames<client_message>(true);
    compare_cut_frames<service_message>(false);
}
