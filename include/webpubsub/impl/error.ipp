// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/error.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {

WEBPUBSUB_COLD_DECL const char* message_of(errc code) noexcept {
    switch (code) {
    case errc::invalid_json: return "The frame is not JSON.";
    case errc::invalid_protobuf: return "The frame is not protobuf.";
    case errc::not_one_object: return "The frame is not exactly one JSON object.";
    case errc::missing_field: return "The message lacks a field that its kind requires.";
    case errc::invalid_field: return "A field of the message has a wrong type or a value out of range.";
    case errc::unknown_type: return "The client sent a message of a type that does not exist.";
    case errc::invalid_data_type: return "The message names a data type that does not exist.";
    case errc::invalid_base64: return "The text is not base64 with padding (RFC 4648 section 4).";
    case errc::invalid_utf8: return "The text is not UTF-8.";
    case errc::too_deep: return "The frame is nested deeper than the limit.";
    case errc::too_many_entries: return "A list or map of the message has more entries than the limit.";
    case errc::invalid_metadata:
        return "Metadata has a key that is no token or occurs twice, a value that is not ASCII, or more bytes than "
               "allowed.";
    case errc::invalid_any: return "The data is not a serialised google.protobuf.Any.";
    case errc::unsupported_version: return "The message is of a version that can't be read.";
    case errc::invalid_percent_encoding: return "A percent sign is not followed by two hex digits.";
    case errc::wrong_frame_kind:
        return "The peer sent a text frame where the subprotocol wants a binary one, or the reverse.";
    case errc::unexpected_message: return "The peer sent a message that has no place at this point.";
    case errc::wrong_subprotocol: return "The service did not select the subprotocol it was offered.";
    case errc::already_started: return "The client was started before.";
    case errc::not_started: return "The client was not started yet.";
    case errc::stopped: return "The client is stopped for good; make a new one.";
    case errc::not_connected: return "There is no connection, and this request is not kept for later.";
    case errc::not_this_mode: return "Raw and PubSub connections have different requests.";
    case errc::invalid_option: return "An option has a value that it can't have.";
    case errc::write_not_completed:
        return "A write was handed out and is not reported as completed; does the host call handle_written?";
    case errc::too_many_written: return "The host reported more writes as completed than it was given.";
    case errc::no_url_provided: return "No client access URL was provided in time.";
    case errc::url_refused: return "The service refused the client access URL, and there is no other.";
    case errc::unknown_target: return "The id names nothing that exists now.";
    case errc::id_in_use: return "Something that is not over yet has this id.";
    case errc::stream_ended: return "The stream has ended; nothing more can be written to it.";
    case errc::invalid_group_name: return "A group name has 1 to 1024 characters, not all of them white space.";
    case errc::invalid_event_name:
        return "An event name starts with a letter and has up to 128 letters, digits, '_', '.' and '-'.";
    case errc::invalid_hub_name:
        return "A hub name starts with a letter and has up to 128 letters, digits and '_', '`', ',', '.', '[', ']'.";
    case errc::invalid_pattern: return "A pattern has 1 to 1024 characters and at most five stars.";
    case errc::invalid_payload: return "The payload's bytes are not what its data type says.";
    case errc::wrong_any_type: return "The Any holds a message of another type.";
    case errc::not_encodable: return "The message has no form on this connection.";
    case errc::invalid_connection_string: return "A connection string needs an http(s) Endpoint and an AccessKey.";
    case errc::invalid_key: return "The JSON Web Key is none of those that verify RS256 and ES256.";
    case errc::invalid_key_set: return "The text is not a set of JSON Web Keys.";
    case errc::invalid_url: return "The URL can't be used.";
    case errc::key_too_short: return "An access key of HS256 has at least 32 bytes.";
    case errc::invalid_claim:
        return "A claim for an access token is not UTF-8, out of range, or has a name of the protocol's own.";
    case errc::invalid_argument: return "An argument of the operation is empty, out of range, or not UTF-8.";
    case errc::insecure_endpoint: return "A bearer token goes to an endpoint with TLS only.";
    case errc::frame_too_large: return "The frame is longer than the limit.";
    case errc::queue_full: return "The outbound queue is full; try again when it has drained.";
    case errc::too_many_pending: return "Too many requests wait for their outcome; try again later.";
    case errc::too_many_rules: return "The connection has as many permission rules as it may have.";
    case errc::too_many_groups: return "The connection is a member of as many groups as it may be.";
    case errc::too_many_streams: return "The client publishes as many streams as it may.";
    case errc::state_too_large: return "The keys and values of a group state have more bytes than allowed.";
    case errc::events_not_drained:
        return "The caller left too many events unpolled; the frame was not taken and can be given again.";
    case errc::token_missing: return "The request carries no access token.";
    case errc::token_malformed: return "The access token is not a JSON Web Token, or lacks a claim.";
    case errc::token_algorithm: return "The access token is not signed with the algorithm of its key.";
    case errc::token_signature: return "The access token is not signed with a key of this service.";
    case errc::token_expired: return "The access token has expired.";
    case errc::token_not_yet_valid: return "The access token is not valid yet.";
    case errc::token_audience: return "The access token was issued for another endpoint or hub.";
    case errc::token_key: return "The access token names no key of its issuer.";
    case errc::token_issuer: return "The access token comes from an issuer that is not trusted here.";
    }
    return "The error has no name.";
}

WEBPUBSUB_COLD_DECL error_kind kind_of(errc code) noexcept {
    // The codes are in the order of their kinds, but for one.
    if (code == errc::too_many_entries) return error_kind::limit_exceeded;
    if (code < errc::wrong_frame_kind) return error_kind::malformed;
    if (code < errc::already_started) return error_kind::peer_violation;
    if (code < errc::frame_too_large) return error_kind::local_misuse;
    if (code < errc::token_missing) return error_kind::limit_exceeded;
    return error_kind::refused;
}

WEBPUBSUB_COLD_DECL std::string error::message() const {
    std::string text = message_of(code);
    if (subject == nullptr && offset == no_offset) return text;
    text += " (";
    if (subject != nullptr) {
        text += subject;
        if (limit != 0 || value != 0) {
            text.append(" is ").append(std::to_string(limit)).append(", and this has ").append(std::to_string(value));
        }
        if (offset != no_offset) text += ", ";
    }
    if (offset != no_offset) text.append("at byte ").append(std::to_string(offset));
    return text += ')';
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
