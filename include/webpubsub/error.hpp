// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What went wrong. `message_of` gives the sentence: who is at fault and what follows.
enum class errc : std::uint8_t {
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
    unsupported_version,

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
    invalid_option,
    write_not_completed,
    too_many_written,
    no_url_provided,
    url_refused,
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
    invalid_key,
    invalid_key_set,
    invalid_url,
    key_too_short,
    invalid_claim,
    invalid_argument,
    insecure_endpoint,

    // A limit of the options or of the protocol is reached.
    frame_too_large,
    queue_full,
    too_many_pending,
    too_many_rules,
    too_many_groups,
    too_many_streams,
    state_too_large,
    events_not_drained,

    // The credentials of a client or of a server are refused.
    token_missing,
    token_malformed,
    token_algorithm,
    token_signature,
    token_expired,
    token_not_yet_valid,
    token_audience,
    token_key,
    token_issuer,
};

/// Who is at fault.
enum class error_kind : std::uint8_t { malformed = 1, peer_violation, local_misuse, limit_exceeded, refused };

/// The sentence for a code, which never ends before the program does.
WEBPUBSUB_DECL const char* message_of(errc code) noexcept;

WEBPUBSUB_DECL error_kind kind_of(errc code) noexcept;

/// A code, and what is known of the place: a small value that allocates nothing.
struct error {
    static constexpr std::size_t no_offset = static_cast<std::size_t>(-1);

    errc code{};
    /// The byte of the input at which the error was noticed, `no_offset` where there is no input.
    std::size_t offset = no_offset;
    /// The option or field that the error is about, e.g. `max_frame_size`; null where there is none. It points to
    /// memory that lives as long as the program.
    const char* subject = nullptr;
    /// Where a limit was exceeded: the limit, and the value that was too large for it. Both are 0 elsewhere.
    std::uint64_t limit = 0;
    std::uint64_t value = 0;

    constexpr error() noexcept = default;
    constexpr error(errc the_code, std::size_t at = no_offset) noexcept : code(the_code), offset(at) {}

    /// A value that exceeds the limit of this name.
    static constexpr error exceeds(errc code, const char* name, std::uint64_t limit, std::uint64_t value) noexcept {
        error e(code);
        e.subject = name;
        e.limit = limit;
        e.value = value;
        return e;
    }

    /// A field or option that is wrong.
    static constexpr error about(errc code, const char* name, std::size_t at = no_offset) noexcept {
        error e(code, at);
        e.subject = name;
        return e;
    }

    /// The sentence for the code, followed by what is known of the place.
    std::string message() const;

    friend constexpr bool operator==(const error& a, const error& b) noexcept {
        return a.code == b.code && a.offset == b.offset && a.limit == b.limit && a.value == b.value &&
               (a.subject == nullptr || b.subject == nullptr
                    ? a.subject == b.subject
                    : std::string_view(a.subject) == std::string_view(b.subject));
    }
};

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/impl/error.ipp>
#endif
