// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/client_codec.hpp>
#include <webpubsub/codec/json.hpp>
#include <webpubsub/codec/protobuf.hpp>
#include <webpubsub/text/ascii.hpp>

#include <optional>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// A client's codec for each subprotocol. The reliable ones come first.
inline std::vector<codec> all_codecs(const codec_limits& limits = {}) {
    return {reliable_json_codec(limits), reliable_protobuf_codec(limits), json_codec(limits), protobuf_codec(limits)};
}

/// The codec of that subprotocol, compared without case as the service does.
inline std::optional<codec> find_codec(std::string_view subprotocol, const codec_limits& limits = {}) {
    for (const auto& known : all_codecs(limits)) {
        if (equal_ignoring_case(known.protocol().name, subprotocol)) return known;
    }
    return std::nullopt;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
