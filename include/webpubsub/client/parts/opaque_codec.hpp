// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// What a raw client has in the place of a codec: it has no messages, so none of these functions is called.
inline constexpr codec_functions opaque_functions{
    [](std::string_view, const decode_target<service_message>&, const codec_limits&) -> result<decode_notes> {
        return errc::not_this_mode;
    },
    [](std::size_t, const void*, std::string&) {},
    [](std::string_view) { return std::optional<std::uint64_t>(); },
};

inline constexpr codec opaque_codec{opaque_functions, subprotocol{}};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
