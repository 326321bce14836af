// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub {

/// What a payload's bytes are (subprotocols.md section 4).
enum class data_type : std::uint8_t {
    /// One JSON value as text, kept and forwarded byte for byte; never parsed into numbers.
    json,
    /// UTF-8.
    text,
    /// Any bytes.
    binary,
    /// A serialised `google.protobuf.Any`.
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

inline payload text_payload(std::string utf8) { return {data_type::text, std::move(utf8)}; }
inline payload binary_payload(std::string bytes) { return {data_type::binary, std::move(bytes)}; }
inline payload json_payload(std::string json_text) { return {data_type::json, std::move(json_text)}; }
inline payload protobuf_payload(std::string serialized_any) { return {data_type::protobuf, std::move(serialized_any)}; }

} // namespace webpubsub
