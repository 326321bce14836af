// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/wire_any.hpp>
#include <webpubsub/codec/limits.hpp>
#include <webpubsub/text/json_text.hpp>
#include <webpubsub/text/utf8.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {

WEBPUBSUB_DECL result<void> check_payload(payload_view data, std::size_t max_depth) noexcept {
    switch (data.type) {
    case data_type::json: {
        const auto checked = check_json(data.bytes, max_depth);
        if (!checked) return error(errc::invalid_payload, checked.error().offset);
        break;
    }
    case data_type::text: {
        const auto invalid = find_invalid_utf8(data.bytes);
        if (invalid != std::string_view::npos) return error(errc::invalid_payload, invalid);
        break;
    }
    case data_type::protobuf:
        if (!detail::is_any(data.bytes)) return errc::invalid_payload;
        break;
    case data_type::binary: break;
    }
    return {};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
