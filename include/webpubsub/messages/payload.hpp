// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What a payload's bytes are (subprotocols.md section 4).
enum class data_type : std::uint8_t {
    /// The bytes are one JSON value as text, which is kept and forwarded byte for byte, and never parsed into numbers.
    json,
    /// The bytes are text in UTF-8.
    text,
    /// The bytes may be any.
    binary,
    /// The bytes are a serialised `google.protobuf.Any`.
    protobuf,
};

/// The protocol's names of the data types, by their value.
inline constexpr std::array<std::string_view, 4> data_type_names{"json", "text", "binary", "protobuf"};

constexpr std::string_view name_of(data_type type) noexcept { return data_type_names[static_cast<std::size_t>(type)]; }

/// The data of a message. Whoever puts bytes in vouches for them; a client or a hub checks what its caller gives it
/// (`codec::check`), a codec checks what comes from the wire.
struct payload {
    data_type type = data_type::text;
    std::string bytes;

    friend bool operator==(const payload&, const payload&) = default;
};

/// The same, of bytes that belong to somebody else: what calls take. A view is valid for as long as those bytes are.
struct payload_view {
    data_type type = data_type::text;
    std::string_view bytes;

    constexpr payload_view() noexcept = default;
    constexpr payload_view(data_type the_type, std::string_view the_bytes) noexcept
        : type(the_type), bytes(the_bytes) {}
    payload_view(const payload& owner) noexcept : type(owner.type), bytes(owner.bytes) {}

    static constexpr payload_view text(std::string_view utf8) noexcept { return {data_type::text, utf8}; }
    static constexpr payload_view binary(std::string_view bytes) noexcept { return {data_type::binary, bytes}; }
    static constexpr payload_view json(std::string_view json_text) noexcept { return {data_type::json, json_text}; }
    static constexpr payload_view protobuf(std::string_view serialized_any) noexcept {
        return {data_type::protobuf, serialized_any};
    }

    payload to_payload() const { return {type, std::string(bytes)}; }

    friend constexpr bool operator==(const payload_view&, const payload_view&) = default;
};

/// Stands for an answer that succeeded and has no payload.
struct no_data {
    friend bool operator==(const no_data&, const no_data&) = default;
};

inline payload text_payload(std::string utf8) { return {data_type::text, std::move(utf8)}; }
inline payload binary_payload(std::string bytes) { return {data_type::binary, std::move(bytes)}; }
inline payload json_payload(std::string json_text) { return {data_type::json, std::move(json_text)}; }
inline payload protobuf_payload(std::string serialized_any) { return {data_type::protobuf, std::move(serialized_any)}; }

} // namespace webpubsub::inline WEBPUBSUB_MODE
