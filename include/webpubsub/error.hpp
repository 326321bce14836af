// SPDX-License-Identifier: MIT
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/error_condition.hpp>
#include <boost/system/is_error_code_enum.hpp>
#include <boost/system/is_error_condition_enum.hpp>
#include <boost/system/system_error.hpp>
#include <boost/throw_exception.hpp>

#include <array>
#include <cstddef>
#include <string>

namespace webpubsub {

/// What went wrong. `message_of` gives the sentence: who is at fault and what follows.
enum class errc {
    // The bytes of a peer can't be read.
    invalid_json = 1,
    invalid_protobuf,
    not_one_object,
    missing_field,
    invalid_field,
    unknown_type,
    invalid_data_type,
    invalid_base64,
    invalid_utf8,
    too_deep,
    too_many_entries,
    invalid_metadata,
    invalid_any,
    invalid_percent_encoding,

    // The bytes can be read but the protocol does not allow them here.
    wrong_frame_kind,
    unexpected_message,
    wrong_subprotocol,

    // The caller asked for what can't be done.
    already_started,
    not_started,
    stopped,
    not_connected,
    not_this_mode,
    unknown_target,
    id_in_use,
    stream_ended,
    invalid_group_name,
    invalid_event_name,
    invalid_hub_name,
    invalid_pattern,
    invalid_payload,
    wrong_any_type,
    not_encodable,
    invalid_connection_string,
    invalid_url,
    key_too_short,
    invalid_claim,

    // A limit of the options or of the protocol is reached.
    frame_too_large,
    queue_full,
    too_many_pending,
    too_many_rules,
    too_many_groups,
    too_many_streams,
    state_too_large,
    events_not_drained,

    // A client's credentials are refused.
    token_missing,
    token_malformed,
    token_algorithm,
    token_signature,
    token_expired,
    token_not_yet_valid,
    token_audience,
};

/// The kinds of error, to be compared with an `error_code`: `code == error_kind::limit_exceeded`.
enum class error_kind { malformed = 1, peer_violation, local_misuse, limit_exceeded, refused };

namespace detail {

struct errc_entry {
    errc code;
    error_kind kind;
    const char* sentence;
};

inline constexpr auto errc_table = std::to_array<errc_entry>({
    {errc::invalid_json, error_kind::malformed, "The frame is not JSON."},
    {errc::invalid_protobuf, error_kind::malformed, "The frame is not protobuf."},
    {errc::not_one_object, error_kind::malformed, "The frame is not exactly one JSON object."},
    {errc::missing_field, error_kind::malformed, "The message lacks a field that its kind requires."},
    {errc::invalid_field, error_kind::malformed, "A field of the message has a wrong type or a value out of range."},
    {errc::unknown_type, error_kind::malformed, "The client sent a message of a type that does not exist."},
    {errc::invalid_data_type, error_kind::malformed, "The message names a data type that does not exist."},
    {errc::invalid_base64, error_kind::malformed, "The text is not base64 with padding (RFC 4648 section 4)."},
    {errc::invalid_utf8, error_kind::malformed, "The text is not UTF-8."},
    {errc::too_deep, error_kind::malformed, "The frame is nested deeper than the limit."},
    {errc::too_many_entries, error_kind::limit_exceeded, "A list or map of the message has more entries than the limit."},
    {errc::invalid_metadata, error_kind::malformed,
     "Metadata has a key that is no token or occurs twice, a value that is not ASCII, or more bytes than allowed."},
    {errc::invalid_any, error_kind::malformed, "The data is not a serialised google.protobuf.Any."},
    {errc::invalid_percent_encoding, error_kind::malformed, "A percent sign is not followed by two hex digits."},
    {errc::wrong_frame_kind, error_kind::peer_violation,
     "The peer sent a text frame where the subprotocol wants a binary one, or the reverse."},
    {errc::unexpected_message, error_kind::peer_violation, "The peer sent a message that has no place at this point."},
    {errc::wrong_subprotocol, error_kind::peer_violation, "The service did not select the subprotocol it was offered."},
    {errc::already_started, error_kind::local_misuse, "The client was started before."},
    {errc::not_started, error_kind::local_misuse, "The client was not started yet."},
    {errc::stopped, error_kind::local_misuse, "The client is stopped for good; make a new one."},
    {errc::not_connected, error_kind::local_misuse, "There is no connection, and this request is not kept for later."},
    {errc::not_this_mode, error_kind::local_misuse, "Raw and PubSub connections have different requests."},
    {errc::unknown_target, error_kind::local_misuse, "The id names nothing that exists now."},
    {errc::id_in_use, error_kind::local_misuse, "Something that is not over yet has this id."},
    {errc::stream_ended, error_kind::local_misuse, "The stream has ended; nothing more can be written to it."},
    {errc::invalid_group_name, error_kind::local_misuse,
     "A group name has 1 to 1024 characters, not all of them white space."},
    {errc::invalid_event_name, error_kind::local_misuse,
     "An event name starts with a letter and has up to 128 letters, digits, '_', '.' and '-'."},
    {errc::invalid_hub_name, error_kind::local_misuse,
     "A hub name starts with a letter and has up to 128 letters, digits and '_', '`', ',', '.', '[', ']'."},
    {errc::invalid_pattern, error_kind::local_misuse, "A pattern has 1 to 1024 characters and at most five stars."},
    {errc::invalid_payload, error_kind::local_misuse, "The payload's bytes are not what its data type says."},
    {errc::wrong_any_type, error_kind::local_misuse, "The Any holds a message of another type."},
    {errc::not_encodable, error_kind::local_misuse, "The message has no form on this connection."},
    {errc::invalid_connection_string, error_kind::local_misuse,
     "A connection string needs an http(s) Endpoint and an AccessKey."},
    {errc::invalid_url, error_kind::local_misuse, "The URL is not one of a Web PubSub client."},
    {errc::key_too_short, error_kind::local_misuse, "An access key of HS256 has at least 32 bytes."},
    {errc::invalid_claim, error_kind::local_misuse,
     "A claim for an access token is not UTF-8, out of range, or has a name of the protocol's own."},
    {errc::frame_too_large, error_kind::limit_exceeded, "The frame is longer than the limit."},
    {errc::queue_full, error_kind::limit_exceeded, "The outbound queue is full; try again when it has drained."},
    {errc::too_many_pending, error_kind::limit_exceeded, "Too many requests wait for their outcome; try again later."},
    {errc::too_many_rules, error_kind::limit_exceeded, "The connection has as many permission rules as it may have."},
    {errc::too_many_groups, error_kind::limit_exceeded, "The connection is a member of as many groups as it may be."},
    {errc::too_many_streams, error_kind::limit_exceeded, "The client publishes as many streams as it may."},
    {errc::state_too_large, error_kind::limit_exceeded, "The keys and values of a group state have more bytes than allowed."},
    {errc::events_not_drained, error_kind::limit_exceeded,
     "The caller left too many events unpolled; the frame was not taken and can be given again."},
    {errc::token_missing, error_kind::refused, "The request carries no access token."},
    {errc::token_malformed, error_kind::refused, "The access token is not a JSON Web Token of a client."},
    {errc::token_algorithm, error_kind::refused, "The access token is not signed with HS256."},
    {errc::token_signature, error_kind::refused, "The access token is not signed with a key of this service."},
    {errc::token_expired, error_kind::refused, "The access token has expired."},
    {errc::token_not_yet_valid, error_kind::refused, "The access token is not valid yet."},
    {errc::token_audience, error_kind::refused, "The access token was issued for another endpoint or hub."},
});

constexpr const errc_entry* find_entry(errc code) noexcept {
    for (const auto& entry : errc_table) {
        if (entry.code == code) return &entry;
    }
    return nullptr;
}

} // namespace detail

/// The sentence for an error; never null.
constexpr const char* message_of(errc code) noexcept {
    const auto* entry = detail::find_entry(code);
    return entry != nullptr ? entry->sentence : "unknown error";
}

constexpr error_kind kind_of(errc code) noexcept {
    const auto* entry = detail::find_entry(code);
    return entry != nullptr ? entry->kind : error_kind::local_misuse;
}

/// An error and the place in the input where it was noticed.
struct error {
    static constexpr std::size_t no_offset = static_cast<std::size_t>(-1);

    errc code{};
    /// Byte offset into the input, `no_offset` where there is none.
    std::size_t offset = no_offset;

    constexpr error() noexcept = default;
    constexpr error(errc c, std::size_t at = no_offset) noexcept : code(c), offset(at) {}

    friend constexpr bool operator==(const error&, const error&) = default;
};

namespace detail {

// A fixed id makes categories from different shared libraries compare equal, which std::error_category can't.
class kind_category final : public boost::system::error_category {
public:
    constexpr kind_category() noexcept : error_category(0x5b1d7a3f0e94c6b2) {}
    const char* name() const noexcept override { return "webpubsub.kind"; }
    std::string message(int value) const override {
        switch (static_cast<error_kind>(value)) {
        case error_kind::malformed: return "malformed input";
        case error_kind::peer_violation: return "the peer broke the protocol";
        case error_kind::local_misuse: return "misuse by the caller";
        case error_kind::limit_exceeded: return "a limit is reached";
        case error_kind::refused: return "credentials refused";
        }
        return "unknown";
    }
};

inline constexpr kind_category the_kind_category{};

class errc_category final : public boost::system::error_category {
public:
    constexpr errc_category() noexcept : error_category(0xc3e86d21947fa05b) {}
    const char* name() const noexcept override { return "webpubsub"; }
    std::string message(int value) const override { return message_of(static_cast<errc>(value)); }
    boost::system::error_condition default_error_condition(int value) const noexcept override {
        return {static_cast<int>(kind_of(static_cast<errc>(value))), the_kind_category};
    }
};

inline constexpr errc_category the_errc_category{};

} // namespace detail

inline boost::system::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), detail::the_errc_category};
}

inline boost::system::error_code make_error_code(const error& e) noexcept { return make_error_code(e.code); }

inline boost::system::error_condition make_error_condition(error_kind kind) noexcept {
    return {static_cast<int>(kind), detail::the_kind_category};
}

/// What `result<T>::value()` throws when there is none: only for callers who asked for it.
[[noreturn]] inline void throw_exception_from_error(const error& e, const boost::source_location& where) {
    boost::throw_exception(boost::system::system_error(make_error_code(e.code)), where);
}

} // namespace webpubsub

template <>
struct boost::system::is_error_code_enum<webpubsub::errc> : std::true_type {};
template <>
struct boost::system::is_error_condition_enum<webpubsub::error_kind> : std::true_type {};
