// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/service_message.hpp>

#include <webpubsub.v1.pb.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// The parts that messages have in common, as objects of the generated classes and back.

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

namespace pb = azure::webpubsub;
using generated_map = google::protobuf::Map<std::string, std::string>;

// --- parts, to generated classes -------------------------------------------------------------------------------------

inline void to_generated(const payload& data, pb::MessageData& out) {
    switch (data.type) {
    case data_type::text: out.set_text_data(data.bytes); break;
    case data_type::binary: out.set_binary_data(data.bytes); break;
    case data_type::json: out.set_json_data(data.bytes); break;
    // A payload that is no Any ends as one with what could be read of it.
    case data_type::protobuf: static_cast<void>(out.mutable_protobuf_data()->ParseFromString(data.bytes)); break;
    }
}

inline void to_generated(const string_map& map, generated_map& out) {
    for (const auto& [key, value] : map) out[key] = value;
}

inline void to_generated(const stream_start& stream, pb::UpstreamMessage::StreamStartInfo& out) {
    out.set_stream_id(stream.stream_id);
    if (stream.idle_timeout_ms) out.set_idle_timeout_ms(*stream.idle_timeout_ms);
}

template <class Error>
void to_generated(const service_error& error, Error& out) {
    out.set_name(error.name);
    out.set_message(error.message);
}

inline void to_generated(const stream_position& stream, pb::StreamInfo& out) {
    out.set_stream_id(stream.stream_id);
    out.set_stream_sequence_id(stream.stream_sequence_id);
    if (!stream.end) return;
    out.set_end_of_stream(true);
    if (!stream.end->error) return;
    const auto& error = *stream.end->error;
    out.mutable_error()->set_name(error.name);
    out.mutable_error()->set_message(error.message);
    out.mutable_error()->set_user_error_code(error.user_error_code);
}

inline void to_generated(const group_state_item& item, pb::GroupStateItem& out) {
    out.set_connection_id(item.connection_id);
    if (!item.user_id.empty()) out.set_user_id(item.user_id);
    if (item.state) to_generated(*item.state, *out.mutable_state()->mutable_entries());
    out.set_updated_at(item.updated_at.time_since_epoch().count());
}

template <class Update>
void to_generated_update(const std::optional<std::uint64_t>& sequence_id, const std::string& group,
                         const std::vector<group_state_item>& items, Update& out) {
    if (sequence_id) out.set_sequence_id(*sequence_id);
    out.set_group(group);
    for (const auto& item : items) to_generated(item, *out.add_items());
}

// --- parts, from generated classes -----------------------------------------------------------------------------------

/// False if no data is set.
inline bool from_generated(const pb::MessageData& in, payload& out) {
    switch (in.data_case()) {
    case pb::MessageData::kTextData: out = text_payload(in.text_data()); return true;
    case pb::MessageData::kBinaryData: out = binary_payload(in.binary_data()); return true;
    case pb::MessageData::kProtobufData: out = protobuf_payload(in.protobuf_data().SerializeAsString()); return true;
    case pb::MessageData::kJsonData: out = json_payload(in.json_data()); return true;
    case pb::MessageData::DATA_NOT_SET: break;
    }
    return false;
}

inline void from_generated(const generated_map& in, string_map& out) {
    out.clear();
    for (const auto& [key, value] : in) out.push_back({key, value});
}

/// The same for messages that must have data but in some cases; without any it is an empty text.
inline bool data_from_generated(const pb::MessageData& in, payload& out) {
    if (from_generated(in, out)) return true;
    out = text_payload({});
    return false;
}

/// The number of the last field that the schema does not have, 0 if there is none.
inline int last_unknown_field(const google::protobuf::Message& in) {
    const auto& unknown = in.GetReflection()->GetUnknownFields(in);
    return unknown.empty() ? 0 : unknown.field(unknown.field_count() - 1).number();
}

template <class Error>
service_error error_from_generated(const Error& in) {
    return {in.name(), in.message()};
}

inline group_state_item from_generated(const pb::GroupStateItem& in) {
    group_state_item out;
    out.connection_id = in.connection_id();
    out.user_id = in.user_id();
    if (in.has_state()) from_generated(in.state().entries(), out.state.emplace());
    out.updated_at = update_time(update_time::duration(in.updated_at()));
    return out;
}

template <class Message, class Update>
Message update_from_generated(const Update& in) {
    Message out;
    if (in.has_sequence_id()) out.sequence_id = in.sequence_id();
    out.group = in.group();
    for (const auto& item : in.items()) out.items.push_back(from_generated(item));
    return out;
}

template <class Request>
std::optional<std::uint64_t> ack_id_of(const Request& in) {
    return in.has_ack_id() ? std::optional<std::uint64_t>(in.ack_id()) : std::nullopt;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
