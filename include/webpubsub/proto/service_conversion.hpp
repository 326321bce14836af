// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/error.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/messages/validity.hpp>
#include <webpubsub/overloaded.hpp>
#include <webpubsub/proto/detail/part_conversion.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/variant.hpp>

#include <webpubsub.v1.pb.h>

#include <optional>
#include <string>
#include <utility>

// Service messages as objects of the generated classes, and back. Part of the component `proto`. Written by hand, not
// from description.hpp, so that one checks the other.

namespace webpubsub::inline WEBPUBSUB_MODE {
namespace detail {

inline result<service_message> from_data(const pb::DownstreamMessage::DataMessage& in) {
    const auto sequence_id = in.has_sequence_id() ? std::optional(in.sequence_id()) : std::nullopt;
    if (in.from() == "server") {
        server_data_message out{sequence_id, {}};
        const bool has_data = data_from_generated(in.data(), out.data);
        from_generated(in.metadata(), out.metadata);
        if (!has_data && out.metadata.empty()) return errc::missing_field;
        return service_message(std::move(out));
    }
    if (in.from() != "group") return service_message(unknown_message{"message/" + in.from(), sequence_id});
    group_data_message out{sequence_id, in.group(), {}, {}};
    const bool has_data = data_from_generated(in.data(), out.data);
    from_generated(in.metadata(), out.metadata);
    if (in.has_stream()) {
        const auto& stream = in.stream();
        out.stream = stream_position{stream.stream_id(), stream.stream_sequence_id(), {}};
        if (stream.end_of_stream() || stream.has_error()) out.stream->end.emplace();
        if (stream.has_error()) {
            const auto& error = stream.error();
            out.stream->end->error = stream_error{error.name(), error.message(), error.user_error_code()};
        }
    }
    const bool is_end = out.stream && out.stream->end;
    if (!has_data && out.metadata.empty() && !is_end) return errc::missing_field;
    return service_message(std::move(out));
}

inline service_message from_system(const pb::DownstreamMessage::SystemMessage& in) {
    if (in.has_connected_message()) {
        const auto& event = in.connected_message();
        return connected_message{event.user_id(), event.connection_id(), event.reconnection_token()};
    }
    if (in.has_disconnected_message()) return disconnected_message{in.disconnected_message().reason()};
    const auto unknown = last_unknown_field(in);
    return unknown_message{unknown == 0 ? "system" : "system/" + std::to_string(unknown), {}};
}

inline service_message from_invoke_response(const pb::DownstreamMessage::InvokeResponseMessage& in) {
    invoke_response_message out{in.invocation_id()};
    from_generated(in.metadata(), out.metadata);
    if (!in.success()) {
        out.outcome = error_from_generated(in.error());
    } else if (payload data; from_generated(in.data(), data)) {
        out.outcome = std::move(data);
    }
    return out;
}

inline result<service_message> from_generated(const pb::DownstreamMessage& in) {
    switch (in.message_case()) {
    case pb::DownstreamMessage::kAckMessage: {
        ack_message out{in.ack_message().ack_id(), {}};
        if (!in.ack_message().success()) out.error = error_from_generated(in.ack_message().error());
        return service_message(std::move(out));
    }
    case pb::DownstreamMessage::kDataMessage: return from_data(in.data_message());
    case pb::DownstreamMessage::kSystemMessage: return from_system(in.system_message());
    case pb::DownstreamMessage::kPongMessage: return service_message(pong_message{});
    case pb::DownstreamMessage::kInvokeResponseMessage: return from_invoke_response(in.invoke_response_message());
    case pb::DownstreamMessage::kStreamAckMessage: {
        const auto& ack = in.stream_ack_message();
        return service_message(stream_ack_message{ack.stream_id(), ack.expected_sequence_id()});
    }
    case pb::DownstreamMessage::kStreamNackMessage: {
        const auto& nack = in.stream_nack_message();
        return service_message(
            stream_nack_message{nack.stream_id(), nack.expected_sequence_id(), nack.name(), nack.message()});
    }
    case pb::DownstreamMessage::kStreamClosedMessage: {
        stream_closed_message out{in.stream_closed_message().stream_id()};
        if (in.stream_closed_message().has_error()) {
            out.error = error_from_generated(in.stream_closed_message().error());
        }
        return service_message(std::move(out));
    }
    case pb::DownstreamMessage::kGroupStateUpdateMessage:
        return service_message(update_from_generated<group_state_update_message>(in.group_state_update_message()));
    case pb::DownstreamMessage::kGroupStateSnapshotMessage:
        return service_message(update_from_generated<group_state_snapshot_message>(in.group_state_snapshot_message()));
    case pb::DownstreamMessage::MESSAGE_NOT_SET: break;
    }
    const auto unknown = last_unknown_field(in);
    if (unknown == 0) return errc::missing_field;
    return service_message(unknown_message{std::to_string(unknown), {}});
}

} // namespace detail

/// The generated object of a service message; an `unknown_message` gives an empty one. A sender's user id is lost, for
/// which protobuf has no field, and so is the order of the entries of metadata and group states.
inline azure::webpubsub::DownstreamMessage to_generated(const service_message& message) {
    azure::webpubsub::DownstreamMessage out;
    visit(overloaded{
              [&](const ack_message& in) {
                  auto& to = *out.mutable_ack_message();
                  to.set_ack_id(in.ack_id);
                  to.set_success(!in.error);
                  if (in.error) detail::to_generated(*in.error, *to.mutable_error());
              },
              [&](const group_data_message& in) {
                  auto& to = *out.mutable_data_message();
                  to.set_from("group");
                  if (!in.group.empty()) to.set_group(in.group);
                  if (in.sequence_id) to.set_sequence_id(*in.sequence_id);
                  detail::to_generated(in.data, *to.mutable_data());
                  detail::to_generated(in.metadata, *to.mutable_metadata());
                  if (in.stream) detail::to_generated(*in.stream, *to.mutable_stream());
              },
              [&](const server_data_message& in) {
                  auto& to = *out.mutable_data_message();
                  to.set_from("server");
                  if (in.sequence_id) to.set_sequence_id(*in.sequence_id);
                  detail::to_generated(in.data, *to.mutable_data());
                  detail::to_generated(in.metadata, *to.mutable_metadata());
              },
              [&](const connected_message& in) {
                  auto& to = *out.mutable_system_message()->mutable_connected_message();
                  to.set_connection_id(in.connection_id);
                  to.set_user_id(in.user_id);
                  if (!in.reconnection_token.empty()) to.set_reconnection_token(in.reconnection_token);
              },
              [&](const disconnected_message& in) {
                  out.mutable_system_message()->mutable_disconnected_message()->set_reason(in.message);
              },
              [&](const pong_message&) { out.mutable_pong_message(); },
              [&](const stream_ack_message& in) {
                  auto& to = *out.mutable_stream_ack_message();
                  to.set_stream_id(in.stream_id);
                  to.set_expected_sequence_id(in.expected_sequence_id);
              },
              [&](const stream_nack_message& in) {
                  auto& to = *out.mutable_stream_nack_message();
                  to.set_stream_id(in.stream_id);
                  to.set_expected_sequence_id(in.expected_sequence_id);
                  to.set_name(in.name);
                  to.set_message(in.message);
              },
              [&](const stream_closed_message& in) {
                  auto& to = *out.mutable_stream_closed_message();
                  to.set_stream_id(in.stream_id);
                  if (in.error) detail::to_generated(*in.error, *to.mutable_error());
              },
              [&](const invoke_response_message& in) {
                  auto& to = *out.mutable_invoke_response_message();
                  to.set_invocation_id(in.invocation_id);
                  const auto* const error = get_if<service_error>(&in.outcome);
                  const auto* const data = get_if<payload>(&in.outcome);
                  to.set_success(error == nullptr);
                  if (error != nullptr) detail::to_generated(*error, *to.mutable_error());
                  if (data != nullptr) detail::to_generated(*data, *to.mutable_data());
                  detail::to_generated(in.metadata, *to.mutable_metadata());
              },
              [&](const group_state_snapshot_message& in) {
                  detail::to_generated_update(in.sequence_id, in.group, in.items,
                                              *out.mutable_group_state_snapshot_message());
              },
              [&](const group_state_update_message& in) {
                  detail::to_generated_update(in.sequence_id, in.group, in.items,
                                              *out.mutable_group_state_update_message());
              },
              [](const unknown_message&) {},
          },
          message);
    return out;
}

[[nodiscard]] inline result<service_message> from_generated(const azure::webpubsub::DownstreamMessage& in) {
    return detail::from_generated(in);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
