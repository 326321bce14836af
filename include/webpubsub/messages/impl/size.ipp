// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/client_schema.hpp>
#include <webpubsub/messages/reach.hpp>
#include <webpubsub/messages/service_schema.hpp>
#include <webpubsub/messages/size.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {
namespace detail {

inline std::size_t map_content_size(const string_map& map) noexcept {
    std::size_t size = 0;
    for (const auto& [key, value] : map) size += key.size() + value.size();
    return size;
}

inline std::size_t optional_content_size(const part_schema& part, const void* optional) noexcept {
    const void* const inside = part.get(optional);
    return inside != nullptr ? content_size(*part.rows, inside) : 0;
}

inline std::size_t row_content_size(const member_row& row, const void* message) noexcept {
    switch (row.kind) {
    case member_kind::text: return member_at<std::string>(message, row).size();
    case member_kind::data: return member_at<payload>(message, row).bytes.size();
    case member_kind::optional_data: {
        const auto& data = member_at<std::optional<payload>>(message, row);
        return data ? data->bytes.size() : 0;
    }
    case member_kind::map: return map_content_size(member_at<string_map>(message, row));
    case member_kind::optional_map: {
        const auto& map = member_at<std::optional<string_map>>(message, row);
        return map ? map_content_size(*map) : 0;
    }
    case member_kind::part: return content_size(*row.part->rows, &member_at<char>(message, row));
    case member_kind::optional_part:
    case member_kind::success_error: return optional_content_size(*row.part, &member_at<char>(message, row));
    case member_kind::items: {
        std::size_t size = 0;
        for (const auto& item : member_at<std::vector<group_state_item>>(message, row)) {
            size += content_size(*row.part->rows, &item);
        }
        return size;
    }
    case member_kind::end_error: {
        const auto& end = member_at<std::optional<stream_end>>(message, row);
        return end && end->error ? content_size(*row.part->rows, &*end->error) : 0;
    }
    case member_kind::response_error: {
        const auto& outcome = member_at<response_outcome>(message, row);
        if (const auto* const data = std::get_if<payload>(&outcome)) return data->bytes.size();
        const auto* const error = std::get_if<service_error>(&outcome);
        return error != nullptr ? content_size(*row.part->rows, error) : 0;
    }
    default: return 0;
    }
}

WEBPUBSUB_DECL std::size_t content_size(const schema& rows, const void* message) noexcept {
    std::size_t size = 0;
    for (std::size_t i = 0; i < rows.count; ++i) size += row_content_size(rows.rows[i], message);
    return size;
}

} // namespace detail

WEBPUBSUB_DECL std::size_t content_size(const client_message& message) noexcept {
    return detail::content_size(*detail::client_message_kinds[message.index()].rows, detail::alternative_of(message));
}

WEBPUBSUB_DECL std::size_t content_size(const service_message& message) noexcept {
    if (const auto* const unknown = std::get_if<unknown_message>(&message)) return unknown->type.size();
    return detail::content_size(*detail::service_message_kinds[message.index()].rows, detail::alternative_of(message));
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
