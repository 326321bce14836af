// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/wire_reader.hpp>

#include <array>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

WEBPUBSUB_DECL bool wire_reader::next(wire_field& field) noexcept {
    if (at_ == end_) return false;
    const char* at = read_field(at_, end_, field);
    if (at != nullptr && field.type == wire_type::group_begin) at = skip_group(at, end_, depth_, field.number);
    malformed_ = at == nullptr || field.type == wire_type::group_end;
    if (!malformed_) at_ = at;
    return !malformed_;
}

/// Reads one field. Of a group it reads the beginning or the end alone.
WEBPUBSUB_DECL const char* wire_reader::read_field(const char* at, const char* end, wire_field& field) noexcept {
    const auto tag = read_number(at, end, 5);
    field.number = static_cast<std::uint32_t>(tag.value) >> 3;
    field.type = static_cast<wire_type>(tag.value & 7);
    if (tag.next == nullptr || field.number == 0) return nullptr;
    switch (field.type) {
    case wire_type::varint: {
        const auto number = read_number(tag.next, end, 10);
        field.value = number.value;
        return number.next;
    }
    case wire_type::length: {
        const auto size = read_number(tag.next, end, 5);
        field.bytes = {size.next, static_cast<std::size_t>(size.value)};
        return size.next == nullptr ? nullptr : skip(size.next, end, size.value);
    }
    case wire_type::fixed64: return skip(tag.next, end, 8);
    case wire_type::fixed32: return skip(tag.next, end, 4);
    case wire_type::group_begin:
    case wire_type::group_end: return tag.next;
    }
    return nullptr;
}

/// Bits past the 64th are dropped.
WEBPUBSUB_DECL wire_reader::wire_number wire_reader::read_long_number(const char* at, const char* end,
                                                                      int max_bytes) noexcept {
    std::uint64_t value = 0;
    for (int i = 0; i < max_bytes && at != end; ++i) {
        const auto byte = static_cast<unsigned char>(*at++);
        value |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * i);
        if (byte < 0x80) return {at, value};
    }
    return {nullptr, 0};
}

WEBPUBSUB_DECL const char* wire_reader::skip_group(const char* at, const char* end, int depth,
                                                   std::uint32_t number) noexcept {
    if (depth <= 0) return nullptr;
    std::array<std::uint32_t, max_wire_depth> open;
    std::size_t count = 0;
    open[count++] = number;
    while (count != 0) {
        wire_field field;
        at = read_field(at, end, field);
        if (at == nullptr) return nullptr;
        if (field.type == wire_type::group_begin) {
            if (count == static_cast<std::size_t>(depth)) return nullptr;
            open[count++] = field.number;
        }
        if (field.type == wire_type::group_end && open[--count] != field.number) return nullptr;
    }
    return at;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
