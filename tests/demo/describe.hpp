// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/events.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/text/base64.hpp>

#include <boost/json/object.hpp>

#include <string>

// The events of a client as JSON objects: `event` names the alternative, the other members are spelt as the protocol
// spells them.

namespace webpubsub::inline WEBPUBSUB_MODE::demo {

/// Data that is not text is base64, as in the protocol.
inline std::string readable(const payload& data) {
    if (data.type == data_type::text || data.type == data_type::json) return data.bytes;
    std::string text;
    base64_encode_append(data.bytes, text);
    return text;
}

inline boost::json::object describe(const service_error& error) {
    return {{"name", error.name}, {"message", error.message}};
}

inline boost::json::object describe(const client_events::connected& e) {
    return {{"event", "connected"}, {"connectionId", e.connection_id}, {"userId", e.user_id}};
}

inline boost::json::object describe(const client_events::recovering& e) {
    return {{"event", "recovering"}, {"connectionId", e.connection_id}, {"code", e.code}, {"reason", e.reason}};
}

inline boost::json::object describe(const client_events::recovered& e) {
    return {{"event", "recovered"}, {"connectionId", e.connection_id}};
}

inline boost::json::object describe(const client_events::disconnected& e) {
    return {{"event", "disconnected"},
            {"connectionId", e.connection_id},
            {"code", e.code},
            {"reason", e.reason},
            {"message", e.message}};
}

inline boost::json::object describe(const client_events::connect_failed& e) {
    return {{"event", "connectFailed"}, {"purpose", name_of(e.purpose)},
            {"attempt", e.attempt},     {"httpStatus", e.http_status},
            {"code", e.code},           {"reason", e.reason}};
}

inline boost::json::object describe(const client_events::stopped& e) {
    boost::json::object out{{"event", "stopped"}};
    if (e.error) out["reason"] = message_of(e.error->code);
    return out;
}

/// The host of the client, which is this program, has done something wrong.
inline boost::json::object describe(const client_events::host_error& e) {
    return {{"event", "hostError"}, {"reason", message_of(e.error.code)}};
}

inline boost::json::object describe(const client_events::request_completed& e) {
    boost::json::object out{{"event", "requestCompleted"},
                            {"ackId", number_of(e.ack_id)},
                            {"status", name_of(e.status)},
                            {"duplicate", e.duplicate},
                            {"mayBeDuplicate", e.may_be_duplicate}};
    if (e.status == request_status::failed) out["error"] = describe(e.error);
    return out;
}

inline boost::json::object describe(const client_events::rejoin_failed& e) {
    return {{"event", "rejoinFailed"}, {"group", e.group}, {"error", e.error.name}};
}

inline boost::json::object describe(const client_events::group_message& e) {
    return {{"event", "groupMessage"},
            {"group", e.group},
            {"fromUserId", e.from_user_id},
            {"dataType", webpubsub::name_of(e.data.type)},
            {"data", readable(e.data)}};
}

inline boost::json::object describe(const client_events::server_message& e) {
    return {{"event", "serverMessage"}, {"dataType", webpubsub::name_of(e.data.type)}, {"data", readable(e.data)}};
}

inline boost::json::object describe(const client_events::unknown_message_received& e) {
    return {{"event", "unknownMessage"}, {"type", e.type}};
}

inline boost::json::object describe(const client_events::sequence_gap& e) {
    return {{"event", "sequenceGap"}, {"expected", e.expected}, {"received", e.received}};
}

inline boost::json::object describe(const client_events::protocol_error& e) {
    return {{"event", "protocolError"}, {"reason", message_of(e.error.code)}};
}

inline boost::json::object describe(const client_events::stream_opened& e) {
    return {{"event", "streamOpened"}, {"streamId", e.stream_id}};
}

inline boost::json::object describe(const client_events::stream_writable& e) {
    return {{"event", "streamWritable"}, {"streamId", e.stream_id}};
}

inline boost::json::object describe(const client_events::stream_closed& e) {
    boost::json::object out{{"event", "streamClosed"}, {"streamId", e.stream_id}, {"status", name_of(e.status)}};
    if (e.status == client_events::stream_status::failed) out["error"] = describe(e.error);
    return out;
}

inline boost::json::object describe(const client_events::stream_fragment& e) {
    return {{"event", "streamFragment"},
            {"group", e.group},
            {"streamId", e.stream_id},
            {"streamSequenceId", e.stream_sequence_id},
            {"first", e.first},
            {"fromUserId", e.from_user_id},
            {"dataType", webpubsub::name_of(e.data.type)},
            {"data", readable(e.data)}};
}

inline boost::json::object describe(const client_events::stream_gap& e) {
    return {{"event", "streamGap"},
            {"group", e.group},
            {"streamId", e.stream_id},
            {"expected", e.expected},
            {"received", e.received}};
}

inline boost::json::object describe(const client_events::stream_finished& e) {
    boost::json::object out{{"event", "streamFinished"}, {"group", e.group}, {"streamId", e.stream_id}};
    if (e.error) out["error"] = boost::json::object{{"name", e.error->name}, {"message", e.error->message}};
    return out;
}

inline boost::json::object describe(const client_events::stream_abandoned& e) {
    return {{"event", "streamAbandoned"}, {"group", e.group}, {"streamId", e.stream_id}};
}

/// Of invocations and group states, which the demo does without.
template <class Event>
boost::json::object describe(const Event&) {
    return {{"event", "other"}};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::demo
