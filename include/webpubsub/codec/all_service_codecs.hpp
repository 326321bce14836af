// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/json_service.hpp>
#include <webpubsub/codec/protobuf_service.hpp>
#include <webpubsub/codec/service_codec.hpp>
#include <webpubsub/text/ascii.hpp>

#include <optional>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// A service's codec for each subprotocol, for a hub that takes every client. The reliable ones come first.
inline std::vector<service_codec> all_service_codecs(const codec_limits& limits = {}) {
    return {reliable_json_service_codec(limits), reliable_protobuf_service_codec(limits), json_service_codec(limits),
            protobuf_service_codec(limits)};
}

/// The codec of that subprotocol, compared without case as the service does.
inline std::optional<service_codec> find_service_codec(std::string_view subprotocol, const codec_limits& limits = {}) {
    for (const auto& known : all_service_codecs(limits)) {
        if (equal_ignoring_case(known.protocol().name, subprotocol)) return known;
    }
    return std::nullopt;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
