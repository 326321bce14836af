// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/codec/detail/json_scanner.hpp>
#include <webpubsub/codec/detail/wire_any.hpp>
#include <webpubsub/text/utf8.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

inline result<void> check_payload(payload_view data, const codec_limits& limits) {
    if (data.type == data_type::json) {
        const auto checked = check_json(data.bytes, limits.max_data_depth);
        if (!checked) return error{errc::invalid_payload, checked.error().offset};
    }
    if (data.type == data_type::text) {
        const auto invalid = find_invalid_utf8(data.bytes);
        if (invalid != std::string_view::npos) return error{errc::invalid_payload, invalid};
    }
    if (data.type == data_type::protobuf && !is_any(data.bytes)) return errc::invalid_payload;
    return {};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
