// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/text/base64.hpp>

#include <boost/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::test {

/// Says what a message is in the terms of tests/vectors and its README. Written from there and not from the library's
/// descriptions, so that it can't share their mistakes.
class neutral {
public:
    using object = boost::json::object;

    static object of(const client_message& message) {
        return visit([](const auto& it) { return describe(it); }, message);
    }
    static object of(const service_message& message) {
        return visit([](const auto& it) { return describe(it); }, message);
    }

private:
    // --- from clients ---

    static object describe(const join_group_message& it) {
        return with_ack({{"kind", "joinGroup"}, {"group", it.group}}, it.ack_id);
    }
    static object describe(const leave_group_message& it) {
        return with_ack({{"kind", "leaveGroup"}, {"group", it.group}}, it.ack_id);
    }

    static object describe(const send_to_group_message& it) {
        object out = with_ack({{"kind", "sendToGroup"}, {"group", it.group}, {"data", describe(it.data)}}, it.ack_id);
        put_options(out, it.no_echo, it.ttl_seconds, it.metadata);
        return out;
    }

    static object describe(const start_stream_message& it) {
        object stream{{"streamId", it.stream.stream_id}};
        if (it.stream.idle_timeout_ms) stream["idleTimeoutMs"] = *it.stream.idle_timeout_ms;
        object out{{"kind", "streamStart"}, {"group", it.group}, {"stream", stream}};
        put_options(out, it.no_echo, it.ttl_seconds, it.metadata);
        return out;
    }

    static object describe(const event_message& it) {
        object out = with_ack({{"kind", "event"}, {"event", it.event}, {"data", describe(it.data)}}, it.ack_id);
        put_metadata(out, it.metadata);
        return out;
    }

    static object describe(const sequence_ack_message& it) {
        return {{"kind", "sequenceAck"}, {"sequenceId", digits(it.sequence_id)}};
    }

    static object describe(const ping_message&) { return {{"kind", "ping"}}; }

    static object describe(const stream_data_message& it) {
        return {{"kind", "streamData"},
                {"streamId", it.stream_id},
                {"streamSequenceId", digits(it.stream_sequence_id)},
                {"data", describe(it.data)}};
    }

    static object describe(const stream_keep_alive_message& it) {
        return {{"kind", "streamKeepAlive"}, {"streamId", it.stream_id}};
    }

    static object describe(const end_stream_message& it) {
        object out{{"kind", "streamEnd"}, {"streamId", it.stream_id}};
        if (!it.error) return out;
        object error;
        put_text(error, "message", it.error->message);
        put_text(error, "userErrorCode", it.error->user_error_code);
        out["error"] = error;
        return out;
    }

    static object describe(const invoke_message& it) {
        object out{{"kind", "invoke"}, {"invocationId", it.invocation_id}, {"event", it.event}};
        if (it.data) out["data"] = describe(*it.data);
        put_metadata(out, it.metadata);
        return out;
    }

    static object describe(const cancel_invocation_message& it) {
        return {{"kind", "cancelInvocation"}, {"invocationId", it.invocation_id}};
    }

    static object describe(const set_group_state_message& it) {
        object out = with_ack({{"kind", "setGroupState"}, {"group", it.group}}, it.ack_id);
        if (it.state) out["state"] = describe(*it.state);
        return out;
    }

    static object describe(const subscribe_group_state_message& it) {
        return with_ack({{"kind", "subscribeGroupState"}, {"group", it.group}}, it.ack_id);
    }

    static object describe(const unsubscribe_group_state_message& it) {
        return with_ack({{"kind", "unsubscribeGroupState"}, {"group", it.group}}, it.ack_id);
    }

    // --- from the service ---

    static object describe(const ack_message& it) {
        object out{{"kind", "ack"}, {"ackId", digits(it.ack_id)}, {"success", !it.error}};
        if (it.error) out["error"] = describe(*it.error);
        return out;
    }

    static object describe(const group_data_message& it) {
        object out =
            with_sequence({{"kind", "groupMessage"}, {"group", it.group}, {"data", describe(it.data)}}, it.sequence_id);
        put_text(out, "fromUserId", it.from_user_id);
        put_metadata(out, it.metadata);
        if (it.stream) out["stream"] = describe(*it.stream);
        return out;
    }

    static object describe(const server_data_message& it) {
        object out = with_sequence({{"kind", "serverMessage"}, {"data", describe(it.data)}}, it.sequence_id);
        put_metadata(out, it.metadata);
        return out;
    }

    static object describe(const connected_message& it) {
        object out{{"kind", "connected"}, {"connectionId", it.connection_id}};
        put_text(out, "userId", it.user_id);
        put_text(out, "reconnectionToken", it.reconnection_token);
        return out;
    }

    static object describe(const disconnected_message& it) {
        object out{{"kind", "disconnected"}};
        put_text(out, "message", it.message);
        return out;
    }

    static object describe(const pong_message&) { return {{"kind", "pong"}}; }

    static object describe(const stream_ack_message& it) {
        return {
            {"kind", "streamAck"}, {"streamId", it.stream_id}, {"expectedSequenceId", digits(it.expected_sequence_id)}};
    }

    static object describe(const stream_nack_message& it) {
        return {{"kind", "streamNack"},
                {"streamId", it.stream_id},
                {"expectedSequenceId", digits(it.expected_sequence_id)},
                {"name", it.name},
                {"message", it.message}};
    }

    static object describe(const stream_closed_message& it) {
        object out{{"kind", "streamClosed"}, {"streamId", it.stream_id}};
        if (it.error) out["error"] = describe(*it.error);
        return out;
    }

    static object describe(const invoke_response_message& it) {
        const auto* error = get_if<service_error>(&it.outcome);
        object out{{"kind", "invokeResponse"}, {"invocationId", it.invocation_id}, {"success", error == nullptr}};
        if (error != nullptr) out["error"] = describe(*error);
        if (const auto* data = get_if<payload>(&it.outcome)) out["data"] = describe(*data);
        put_metadata(out, it.metadata);
        return out;
    }

    static object describe(const group_state_snapshot_message& it) {
        return with_sequence({{"kind", "groupStateSnapshot"}, {"group", it.group}, {"items", describe(it.items)}},
                             it.sequence_id);
    }

    static object describe(const group_state_update_message& it) {
        return with_sequence({{"kind", "groupStateUpdate"}, {"group", it.group}, {"items", describe(it.items)}},
                             it.sequence_id);
    }

    static object describe(const unknown_message& it) {
        return with_sequence({{"kind", "unknown"}, {"type", it.type}}, it.sequence_id);
    }

    // --- parts ---

    static object describe(const payload& data) {
        switch (data.type) {
        case data_type::json: return {{"dataType", "json"}, {"json", data.bytes}};
        case data_type::text: return {{"dataType", "text"}, {"text", data.bytes}};
        case data_type::binary: return {{"dataType", "binary"}, {"base64", base64(data.bytes)}};
        case data_type::protobuf: break;
        }
        return {{"dataType", "protobuf"}, {"base64", base64(data.bytes)}};
    }

    static object describe(const service_error& error) { return {{"name", error.name}, {"message", error.message}}; }

    static object describe(const stream_position& it) {
        object out{{"streamId", it.stream_id}, {"streamSequenceId", digits(it.stream_sequence_id)}};
        if (!it.end) return out;
        out["endOfStream"] = true;
        if (!it.end->error) return out;
        object error{{"name", it.end->error->name}, {"message", it.end->error->message}};
        put_text(error, "userErrorCode", it.end->error->user_error_code);
        out["error"] = error;
        return out;
    }

    static object describe(const string_map& map) {
        object out;
        for (const auto& [key, value] : map) out[key] = value;
        return out;
    }

    static boost::json::array describe(const std::vector<group_state_item>& items) {
        boost::json::array out;
        for (const auto& item : items) {
            object each{{"connectionId", item.connection_id},
                        {"updatedAt", std::to_string(item.updated_at.time_since_epoch().count())}};
            put_text(each, "userId", item.user_id);
            if (item.state) each["state"] = describe(*item.state);
            out.push_back(each);
        }
        return out;
    }

    static std::string digits(std::uint64_t number) { return std::to_string(number); }

    static std::string base64(std::string_view bytes) {
        std::string out;
        base64_encode_append(bytes, out);
        return out;
    }

    static object with_ack(object out, const std::optional<std::uint64_t>& id) {
        if (id) out["ackId"] = digits(*id);
        return out;
    }

    static object with_sequence(object out, const std::optional<std::uint64_t>& id) {
        if (id) out["sequenceId"] = digits(*id);
        return out;
    }

    static void put_text(object& out, std::string_view name, const std::string& text) {
        if (!text.empty()) out[name] = text;
    }

    static void put_metadata(object& out, const string_map& metadata) {
        if (!metadata.empty()) out["metadata"] = describe(metadata);
    }

    static void put_options(object& out, bool no_echo, std::uint32_t ttl_seconds, const string_map& metadata) {
        if (no_echo) out["noEcho"] = true;
        if (ttl_seconds != 0) out["ttlSeconds"] = ttl_seconds;
        put_metadata(out, metadata);
    }
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::test
