// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/member_row.hpp>
#include <webpubsub/messages/metadata.hpp>
#include <webpubsub/messages/row_checks.hpp>
#include <webpubsub/messages/stream.hpp>

#include <bit>
#include <cstdint>
#include <optional>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

inline errc check_row(const member_row& row, const void* message) noexcept {
    switch (row.check) {
    case value_check::none: break;
    case value_check::group:
    case value_check::event:
    case value_check::stream_id:
    case value_check::invocation_id:
        if (member_at<std::string>(message, row).empty()) return errc::missing_field;
        break;
    case value_check::not_zero:
        if (row.kind == member_kind::number ? member_at<std::uint64_t>(message, row) == 0
                                            : member_at<std::optional<std::uint32_t>>(message, row) == 0u) {
            return errc::invalid_field;
        }
        break;
    case value_check::time_to_live:
        if (member_at<std::uint32_t>(message, row) > max_ttl_seconds) return errc::invalid_field;
        break;
    case value_check::metadata: {
        const auto& metadata = member_at<string_map>(message, row);
        if (!metadata.empty() && !check_metadata(metadata)) return errc::invalid_metadata;
        break;
    }
    }
    return {};
}

/// The same for a part, in which there are no further parts to check. (A function that called itself would be inlined
/// into itself.)
inline errc check_part(const schema& rows, const void* part) noexcept {
    for (auto left = rows.checks; left != 0; left &= left - 1) {
        const auto checked = check_row(rows.rows[std::countr_zero(left)], part);
        if (checked != errc{}) return checked;
    }
    return {};
}

WEBPUBSUB_DECL errc check_rows(const schema& rows, const void* message) noexcept {
    for (auto left = rows.checks; left != 0; left &= left - 1) {
        const auto& row = rows.rows[std::countr_zero(left)];
        const bool is_part = row.kind == member_kind::part;
        const auto checked =
            is_part ? check_part(*row.part->rows, &member_at<char>(message, row)) : check_row(row, message);
        if (checked != errc{}) return checked;
    }
    return {};
}

/// Whether a part is the end of a stream.
inline bool is_stream_end(const schema& rows, const void* part) noexcept {
    for (std::size_t i = 0; i < rows.count; ++i) {
        const auto& row = rows.rows[i];
        if (row.kind == member_kind::end && member_at<std::optional<stream_end>>(part, row)) return true;
    }
    return false;
}

WEBPUBSUB_DECL bool may_lack_data(const schema& rows, const void* message) noexcept {
    for (std::size_t i = 0; i < rows.count; ++i) {
        const auto& row = rows.rows[i];
        if (row.kind == member_kind::map && !member_at<string_map>(message, row).empty()) return true;
        if (row.kind == member_kind::optional_part) {
            const void* const part = row.part->get(&member_at<char>(message, row));
            if (part != nullptr && is_stream_end(*row.part->rows, part)) return true;
        }
    }
    return false;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
