// SPDX-License-Identifier: MIT

#include "competitors.hpp"

#include <webpubsub.v1.pb.h>

#include <google/protobuf/arena.h>

#include <array>
#include <memory>

namespace webpubsub::inline WEBPUBSUB_MODE::bench {
namespace {

using azure::webpubsub::DownstreamMessage;

void parse(const std::string& frame, DownstreamMessage& out) {
    if (!out.ParseFromArray(frame.data(), static_cast<int>(frame.size()))) std::abort();
}

/// Into strings that are used again.
void take(const DownstreamMessage& parsed, group_data_message& out) {
    const auto& data = parsed.data_message();
    if (data.from() != "group") std::abort();
    out.sequence_id.reset();
    if (data.has_sequence_id()) out.sequence_id = data.sequence_id();
    out.group = data.group();
    switch (data.data().data_case()) {
    case azure::webpubsub::MessageData::kTextData:
        out.data.type = data_type::text;
        out.data.bytes = data.data().text_data();
        break;
    case azure::webpubsub::MessageData::kBinaryData:
        out.data.type = data_type::binary;
        out.data.bytes = data.data().binary_data();
        break;
    case azure::webpubsub::MessageData::kJsonData:
        out.data.type = data_type::json;
        out.data.bytes = data.data().json_data();
        break;
    default: std::abort();
    }
}

void fill(DownstreamMessage& to, const group_data_message& message) {
    auto& data = *to.mutable_data_message();
    data.set_from("group");
    data.set_group(message.group);
    data.set_sequence_id(*message.sequence_id);
    switch (message.data.type) {
    case data_type::text: data.mutable_data()->set_text_data(message.data.bytes); break;
    case data_type::binary: data.mutable_data()->set_binary_data(message.data.bytes); break;
    case data_type::json: data.mutable_data()->set_json_data(message.data.bytes); break;
    default: std::abort();
    }
}

/// An arena whose memory is used again.
struct arena {
    std::array<char, 16384> memory;
    google::protobuf::Arena objects{memory.data(), memory.size()};

    DownstreamMessage& make() {
        objects.Reset();
        return *google::protobuf::Arena::CreateMessage<DownstreamMessage>(&objects);
    }
};

void decode(const std::string& frame, const group_data_message& message, comparison& with) {
    DownstreamMessage parsed;
    group_data_message out;
    parse(frame, parsed);
    take(parsed, out);
    require(out == message, "generated code");
    with.against(
        "generated code, fresh object",
        [frame] {
            DownstreamMessage fresh;
            parse(frame, fresh);
        },
        0.25);
    with.against(
        "generated code, same object", [frame, parsed]() mutable { parse(frame, parsed); }, 0.25);
    with.against(
        "generated code, arena", [frame, memory = std::make_shared<arena>()] { parse(frame, memory->make()); }, 0.25);
    with.against("generated code, same object, taken into the same struct", [frame, parsed, out]() mutable {
        parse(frame, parsed);
        take(parsed, out);
    });
}

void serialize(const DownstreamMessage& from, std::string& out) {
    if (!from.SerializeToString(&out)) std::abort();
}

void encode(const std::string& frame, const group_data_message& message, comparison& with) {
    DownstreamMessage built;
    fill(built, message);
    std::string out;
    serialize(built, out);
    DownstreamMessage again;
    parse(frame, again);
    require(out.size() == frame.size() && again.SerializeAsString() == out, "generated code");
    with.against(
        "generated code, fresh object",
        [message, out]() mutable {
            DownstreamMessage fresh;
            fill(fresh, message);
            serialize(fresh, out);
        },
        0.15);
    with.against(
        "generated code, same object",
        [message, built, out]() mutable {
            built.Clear();
            fill(built, message);
            serialize(built, out);
        },
        0.15);
    with.against(
        "generated code, arena",
        [message, out, memory = std::make_shared<arena>()]() mutable {
            auto& object = memory->make();
            fill(object, message);
            serialize(object, out);
        },
        0.15);
    with.against("generated code, object built before", [built, out]() mutable { serialize(built, out); });
}

template <class Generated>
void parse_as(const std::string& frame, comparison& with) {
    Generated object;
    require(object.ParseFromString(frame) && object.message_case() != 0, "generated code");
    with.against("generated code, same object", [frame, object]() mutable {
        if (!object.ParseFromString(frame)) std::abort();
    });
}

void parse_alone(const std::string& frame, bool from_client, comparison& with) {
    from_client ? parse_as<azure::webpubsub::UpstreamMessage>(frame, with) : parse_as<DownstreamMessage>(frame, with);
}

const bool added = add({parse_alone, decode, encode});

} // namespace
} // namespace webpubsub::inline WEBPUBSUB_MODE::bench
