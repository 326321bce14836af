// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <webpubsub.v1.pb.h>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace pb = google::protobuf;

// How the schema says that a field may be missing.
enum class presence {
    implicit,   // a scalar that is not written at its default
    optional,   // marked `optional`
    submessage, // a message, not marked
    oneof,      // one of the alternatives of its message
    repeated,   // a list or a map
};

struct expected_field {
    std::string_view message;
    std::string_view name;
    int number;
    std::string_view type;
    ::presence presence;
};

using enum presence;

// Written by hand from subprotocols.md sections 7.1 to 7.3, in their order.
constexpr auto upstream_fields = std::to_array<expected_field>({
    {"UpstreamMessage", "send_to_group_message", 1, "UpstreamMessage.SendToGroupMessage", oneof},
    {"UpstreamMessage", "event_message", 5, "UpstreamMessage.EventMessage", oneof},
    {"UpstreamMessage", "join_group_message", 6, "UpstreamMessage.JoinGroupMessage", oneof},
    {"UpstreamMessage", "leave_group_message", 7, "UpstreamMessage.LeaveGroupMessage", oneof},
    {"UpstreamMessage", "sequence_ack_message", 8, "UpstreamMessage.SequenceAckMessage", oneof},
    {"UpstreamMessage", "ping_message", 9, "UpstreamMessage.PingMessage", oneof},
    {"UpstreamMessage", "invoke_event_message", 10, "UpstreamMessage.InvokeEventMessage", oneof},
    {"UpstreamMessage", "cancel_invocation_message", 11, "UpstreamMessage.CancelInvocationMessage", oneof},
    {"UpstreamMessage", "stream_data_message", 13, "UpstreamMessage.StreamDataMessage", oneof},
    {"UpstreamMessage", "stream_end_message", 14, "UpstreamMessage.StreamEndMessage", oneof},
    {"UpstreamMessage", "set_group_state_message", 15, "UpstreamMessage.SetGroupStateMessage", oneof},
    {"UpstreamMessage", "subscribe_group_state_message", 16, "UpstreamMessage.SubscribeGroupStateMessage", oneof},
    {"UpstreamMessage", "unsubscribe_group_state_message", 17, "UpstreamMessage.UnsubscribeGroupStateMessage", oneof},

    {"UpstreamMessage.SendToGroupMessage", "group", 1, "string", implicit},
    {"UpstreamMessage.SendToGroupMessage", "ack_id", 2, "uint64", optional},
    {"UpstreamMessage.SendToGroupMessage", "data", 3, "MessageData", submessage},
    {"UpstreamMessage.SendToGroupMessage", "no_echo", 4, "bool", optional},
    {"UpstreamMessage.SendToGroupMessage", "ttl_seconds", 5, "uint32", optional},
    {"UpstreamMessage.SendToGroupMessage", "metadata", 6, "map<string,string>", repeated},
    {"UpstreamMessage.SendToGroupMessage", "stream", 7, "UpstreamMessage.StreamStartInfo", submessage},

    {"UpstreamMessage.EventMessage", "event", 1, "string", implicit},
    {"UpstreamMessage.EventMessage", "data", 2, "MessageData", submessage},
    {"UpstreamMessage.EventMessage", "ack_id", 3, "uint64", optional},
    {"UpstreamMessage.EventMessage", "metadata", 4, "map<string,string>", repeated},
    {"UpstreamMessage.EventMessage", "stream", 5, "UpstreamMessage.StreamStartInfo", submessage},

    {"UpstreamMessage.JoinGroupMessage", "group", 1, "string", implicit},
    {"UpstreamMessage.JoinGroupMessage", "ack_id", 2, "uint64", optional},
    {"UpstreamMessage.LeaveGroupMessage", "group", 1, "string", implicit},
    {"UpstreamMessage.LeaveGroupMessage", "ack_id", 2, "uint64", optional},
    {"UpstreamMessage.SequenceAckMessage", "sequence_id", 1, "uint64", implicit},

    {"UpstreamMessage.InvokeEventMessage", "event", 1, "string", implicit},
    {"UpstreamMessage.InvokeEventMessage", "invocation_id", 2, "string", implicit},
    {"UpstreamMessage.InvokeEventMessage", "data", 3, "MessageData", submessage},
    {"UpstreamMessage.InvokeEventMessage", "metadata", 4, "map<string,string>", repeated},
    {"UpstreamMessage.InvokeEventMessage", "stream", 5, "UpstreamMessage.StreamStartInfo", submessage},
    {"UpstreamMessage.CancelInvocationMessage", "invocation_id", 1, "string", implicit},

    {"UpstreamMessage.StreamStartInfo", "stream_id", 1, "string", implicit},
    {"UpstreamMessage.StreamStartInfo", "idle_timeout_ms", 2, "uint32", optional},
    {"UpstreamMessage.StreamDataMessage", "stream_id", 1, "string", implicit},
    {"UpstreamMessage.StreamDataMessage", "stream_sequence_id", 2, "uint64", optional},
    {"UpstreamMessage.StreamDataMessage", "data", 3, "MessageData", optional},
    {"UpstreamMessage.StreamEndMessage", "stream_id", 1, "string", implicit},
    {"UpstreamMessage.StreamEndMessage", "error", 2, "UpstreamMessage.StreamEndMessage.StreamEndError", optional},
    {"UpstreamMessage.StreamEndMessage.StreamEndError", "message", 1, "string", optional},
    {"UpstreamMessage.StreamEndMessage.StreamEndError", "user_error_code", 2, "string", optional},

    {"UpstreamMessage.SetGroupStateMessage", "group", 1, "string", implicit},
    {"UpstreamMessage.SetGroupStateMessage", "ack_id", 2, "uint64", optional},
    {"UpstreamMessage.SetGroupStateMessage", "state", 3, "GroupStateItem.GroupState", optional},
    {"UpstreamMessage.SubscribeGroupStateMessage", "group", 1, "string", implicit},
    {"UpstreamMessage.SubscribeGroupStateMessage", "ack_id", 2, "uint64", optional},
    {"UpstreamMessage.UnsubscribeGroupStateMessage", "group", 1, "string", implicit},
    {"UpstreamMessage.UnsubscribeGroupStateMessage", "ack_id", 2, "uint64", optional},
});

constexpr auto downstream_fields = std::to_array<expected_field>({
    {"DownstreamMessage", "ack_message", 1, "DownstreamMessage.AckMessage", oneof},
    {"DownstreamMessage", "data_message", 2, "DownstreamMessage.DataMessage", oneof},
    {"DownstreamMessage", "system_message", 3, "DownstreamMessage.SystemMessage", oneof},
    {"DownstreamMessage", "pong_message", 4, "DownstreamMessage.PongMessage", oneof},
    {"DownstreamMessage", "invoke_response_message", 5, "DownstreamMessage.InvokeResponseMessage", oneof},
    {"DownstreamMessage", "stream_ack_message", 6, "DownstreamMessage.StreamAckMessage", oneof},
    {"DownstreamMessage", "stream_nack_message", 7, "DownstreamMessage.StreamNackMessage", oneof},
    {"DownstreamMessage", "stream_closed_message", 8, "DownstreamMessage.StreamClosedMessage", oneof},
    {"DownstreamMessage", "group_state_update_message", 9, "DownstreamMessage.GroupStateUpdateMessage", oneof},
    {"DownstreamMessage", "group_state_snapshot_message", 10, "DownstreamMessage.GroupStateSnapshotMessage", oneof},

    {"DownstreamMessage.AckMessage", "ack_id", 1, "uint64", implicit},
    {"DownstreamMessage.AckMessage", "success", 2, "bool", implicit},
    {"DownstreamMessage.AckMessage", "error", 3, "DownstreamMessage.AckMessage.ErrorMessage", optional},
    {"DownstreamMessage.AckMessage.ErrorMessage", "name", 1, "string", implicit},
    {"DownstreamMessage.AckMessage.ErrorMessage", "message", 2, "string", implicit},

    {"DownstreamMessage.DataMessage", "from", 1, "string", implicit},
    {"DownstreamMessage.DataMessage", "group", 2, "string", optional},
    {"DownstreamMessage.DataMessage", "data", 3, "MessageData", submessage},
    {"DownstreamMessage.DataMessage", "sequence_id", 4, "uint64", optional},
    {"DownstreamMessage.DataMessage", "metadata", 5, "map<string,string>", repeated},
    {"DownstreamMessage.DataMessage", "stream", 6, "StreamInfo", optional},

    {"DownstreamMessage.SystemMessage", "connected_message", 1, "DownstreamMessage.SystemMessage.ConnectedMessage",
     oneof},
    {"DownstreamMessage.SystemMessage", "disconnected_message", 2,
     "DownstreamMessage.SystemMessage.DisconnectedMessage", oneof},
    {"DownstreamMessage.SystemMessage.ConnectedMessage", "connection_id", 1, "string", implicit},
    {"DownstreamMessage.SystemMessage.ConnectedMessage", "user_id", 2, "string", implicit},
    {"DownstreamMessage.SystemMessage.ConnectedMessage", "reconnection_token", 3, "string", optional},
    {"DownstreamMessage.SystemMessage.DisconnectedMessage", "reason", 2, "string", implicit},

    {"DownstreamMessage.InvokeResponseMessage", "invocation_id", 1, "string", implicit},
    {"DownstreamMessage.InvokeResponseMessage", "success", 2, "bool", implicit},
    {"DownstreamMessage.InvokeResponseMessage", "data", 3, "MessageData", optional},
    {"DownstreamMessage.InvokeResponseMessage", "error", 4, "DownstreamMessage.InvokeResponseMessage.ErrorMessage",
     optional},
    {"DownstreamMessage.InvokeResponseMessage", "metadata", 5, "map<string,string>", repeated},
    {"DownstreamMessage.InvokeResponseMessage.ErrorMessage", "name", 1, "string", implicit},
    {"DownstreamMessage.InvokeResponseMessage.ErrorMessage", "message", 2, "string", implicit},

    {"DownstreamMessage.StreamAckMessage", "stream_id", 1, "string", implicit},
    {"DownstreamMessage.StreamAckMessage", "expected_sequence_id", 2, "uint64", implicit},
    {"DownstreamMessage.StreamNackMessage", "stream_id", 1, "string", implicit},
    {"DownstreamMessage.StreamNackMessage", "name", 2, "string", implicit},
    {"DownstreamMessage.StreamNackMessage", "message", 3, "string", implicit},
    {"DownstreamMessage.StreamNackMessage", "expected_sequence_id", 4, "uint64", implicit},
    {"DownstreamMessage.StreamClosedMessage", "stream_id", 1, "string", implicit},
    {"DownstreamMessage.StreamClosedMessage", "error", 2, "DownstreamMessage.StreamClosedMessage.StreamClosedError",
     optional},
    {"DownstreamMessage.StreamClosedMessage.StreamClosedError", "name", 1, "string", implicit},
    {"DownstreamMessage.StreamClosedMessage.StreamClosedError", "message", 2, "string", implicit},

    {"DownstreamMessage.GroupStateUpdateMessage", "group", 1, "string", implicit},
    {"DownstreamMessage.GroupStateUpdateMessage", "items", 2, "GroupStateItem", repeated},
    {"DownstreamMessage.GroupStateUpdateMessage", "sequence_id", 3, "uint64", optional},
    {"DownstreamMessage.GroupStateSnapshotMessage", "group", 1, "string", implicit},
    {"DownstreamMessage.GroupStateSnapshotMessage", "items", 2, "GroupStateItem", repeated},
    {"DownstreamMessage.GroupStateSnapshotMessage", "sequence_id", 3, "uint64", optional},
});

constexpr auto shared_fields = std::to_array<expected_field>({
    {"MessageData", "text_data", 1, "string", oneof},
    {"MessageData", "binary_data", 2, "bytes", oneof},
    {"MessageData", "protobuf_data", 3, "google.protobuf.Any", oneof},
    {"MessageData", "json_data", 4, "string", oneof},
    {"GroupStateItem", "connection_id", 1, "string", implicit},
    {"GroupStateItem", "user_id", 2, "string", optional},
    {"GroupStateItem", "state", 3, "GroupStateItem.GroupState", optional},
    {"GroupStateItem", "updated_at", 4, "int64", implicit},
    {"GroupStateItem.GroupState", "entries", 1, "map<string,string>", repeated},
    {"StreamInfo", "stream_id", 1, "string", implicit},
    {"StreamInfo", "stream_sequence_id", 2, "uint64", implicit},
    {"StreamInfo", "end_of_stream", 3, "bool", optional},
    {"StreamInfo", "error", 4, "StreamInfo.StreamError", optional},
    {"StreamInfo.StreamError", "name", 1, "string", implicit},
    {"StreamInfo.StreamError", "message", 2, "string", implicit},
    {"StreamInfo.StreamError", "user_error_code", 3, "string", implicit},
});

constexpr std::array messages_without_fields{std::string_view("UpstreamMessage.PingMessage"),
                                             std::string_view("DownstreamMessage.PongMessage")};

std::vector<expected_field> all_expected() {
    std::vector<expected_field> all(upstream_fields.begin(), upstream_fields.end());
    all.insert(all.end(), downstream_fields.begin(), downstream_fields.end());
    all.insert(all.end(), shared_fields.begin(), shared_fields.end());
    return all;
}

const pb::FileDescriptor& schema() { return *azure::webpubsub::UpstreamMessage::descriptor()->file(); }

std::string name_in_package(const std::string& full_name) {
    const std::string package = schema().package() + ".";
    return full_name.rfind(package, 0) == 0 ? full_name.substr(package.size()) : full_name;
}

std::string type_of(const pb::FieldDescriptor& field) {
    if (field.is_map()) {
        return "map<" + type_of(*field.message_type()->map_key()) + "," + type_of(*field.message_type()->map_value()) +
               ">";
    }
    if (field.type() == pb::FieldDescriptor::TYPE_MESSAGE) return name_in_package(field.message_type()->full_name());
    return field.type_name();
}

presence presence_of(const pb::FieldDescriptor& field) {
    if (field.is_repeated()) return repeated;
    if (field.real_containing_oneof() != nullptr) return oneof;
    if (field.has_optional_keyword()) return optional;
    return field.has_presence() ? submessage : implicit;
}

void collect_messages(const pb::Descriptor& message, std::set<std::string>& names) {
    if (message.options().map_entry()) return;
    names.insert(name_in_package(message.full_name()));
    for (int i = 0; i < message.nested_type_count(); ++i) collect_messages(*message.nested_type(i), names);
}

std::set<std::string> messages_of_the_schema() {
    std::set<std::string> names;
    for (int i = 0; i < schema().message_type_count(); ++i) collect_messages(*schema().message_type(i), names);
    return names;
}

const pb::Descriptor* find_message(std::string_view name) {
    return schema().pool()->FindMessageTypeByName(schema().package() + "." + std::string(name));
}

} // namespace

TEST_CASE("the schema is proto3 in the package of the service") {
    CHECK(schema().package() == "azure.webpubsub");
    CHECK(schema().name() == "webpubsub.v1.proto");
    CHECK(schema().enum_type_count() == 0);
    CHECK(schema().service_count() == 0);
}

TEST_CASE("each field of the schema has its number, type and presence") {
    for (const auto& expected : all_expected()) {
        INFO(expected.message << "." << expected.name);
        const auto* message = find_message(expected.message);
        REQUIRE(message != nullptr);
        const auto* field = message->FindFieldByName(std::string(expected.name));
        REQUIRE(field != nullptr);
        CHECK(field->number() == expected.number);
        CHECK(type_of(*field) == expected.type);
        CHECK(static_cast<int>(presence_of(*field)) == static_cast<int>(expected.presence));
    }
}

TEST_CASE("the schema has no other messages and no other fields") {
    const auto expected = all_expected();
    std::set<std::string> expected_messages(messages_without_fields.begin(), messages_without_fields.end());
    for (const auto& field : expected) expected_messages.emplace(field.message);
    CHECK(messages_of_the_schema() == expected_messages);

    for (const auto& name : messages_of_the_schema()) {
        INFO(name);
        const auto count = std::count_if(expected.begin(), expected.end(),
                                         [&](const expected_field& field) { return field.message == name; });
        CHECK(find_message(name)->field_count() == count);
    }
}

TEST_CASE("the alternatives of a message exclude each other in one oneof") {
    for (const auto* name : {"UpstreamMessage", "DownstreamMessage", "DownstreamMessage.SystemMessage"}) {
        INFO(name);
        REQUIRE(find_message(name)->real_oneof_decl_count() == 1);
        CHECK(find_message(name)->oneof_decl(0)->name() == "message");
    }
    REQUIRE(find_message("MessageData")->real_oneof_decl_count() == 1);
    CHECK(find_message("MessageData")->oneof_decl(0)->name() == "data");
}

TEST_CASE("an ack id of 0 is not the same as none") {
    azure::webpubsub::UpstreamMessage message;
    message.mutable_join_group_message()->set_group("room");
    CHECK(message.SerializeAsString() == std::string("\x32\x06\x0a\x04room", 8));
    message.mutable_join_group_message()->set_ack_id(0);
    CHECK(message.SerializeAsString() == std::string("\x32\x08\x0a\x04room\x10\x00", 10));
}
