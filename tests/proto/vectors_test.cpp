// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/hex.hpp"

#include <webpubsub.v1.pb.h>

#include <boost/json.hpp>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace pb = google::protobuf;
namespace json = boost::json;
using webpubsub::test::from_hex;
using webpubsub::test::to_hex;

std::vector<json::object> read_vectors() {
    std::vector<json::object> vectors;
    std::ifstream file(WEBPUBSUB_TEST_VECTORS "/protobuf/published.jsonl");
    for (std::string line; std::getline(file, line);) vectors.push_back(json::parse(line).as_object());
    return vectors;
}

std::string text(const json::value& value) { return std::string(value.as_string()); }

std::unique_ptr<pb::Message> empty_message(const json::object& vector) {
    if (vector.at("kind") == "upstream") return std::make_unique<azure::webpubsub::UpstreamMessage>();
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
        auto expected = vector.at("message").as_object();
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
        const auto* key = vector.contains("reserialized_hex") ? "reserialized_hex" : "hex";
        CHECK(to_hex(serialize(*message)) == text(vector.at(key)));
    }
}
