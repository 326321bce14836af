// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

// The wire format of protobuf, read as protobuf's own parser reads it: what it refuses is refused here, and what it
// accepts (overlong numbers, unknown fields, groups) is accepted.

/// How deep messages and groups may lie in each other.
inline constexpr int max_wire_depth = 100;

enum class wire_type : std::uint8_t { varint, fixed64, length, group_begin, group_end, fixed32 };

struct wire_field {
    std::uint32_t number = 0;
    wire_type type = wire_type::varint;
    /// Of a varint; bits past the 64th are dropped.
    std::uint64_t value = 0;
    /// What a length-delimited field holds.
    std::string_view bytes;

    constexpr bool is(std::uint32_t n, wire_type t) const noexcept { return number == n && type == t; }
};

/// Walks the fields of one message. Groups, which this protocol does not use, are passed over as one field.
class wire_reader {
public:
    /// `depth` is how deep messages and groups may still lie in this one.
    explicit wire_reader(std::string_view message, int depth) noexcept
        : at_(message.data()), end_(message.data() + message.size()), depth_(depth) {}

    /// Reads the next field; false at the end, and where the message is malformed. Inlined, and nothing that it calls
    /// gets `this`, so that in a loop the reader and the field stay in registers: that takes half the time.
    [[gnu::always_inline]] bool next(wire_field& field) noexcept {
        if (at_ == end_) return false;
        const char* at = read_field(at_, end_, field);
        if (at != nullptr && field.type == wire_type::group_begin) at = skip_group(at, end_, depth_, field.number);
        malformed_ = at == nullptr || field.type == wire_type::group_end;
        if (!malformed_) at_ = at;
        return !malformed_;
    }

    bool at_end() const noexcept { return at_ == end_; }
    bool malformed() const noexcept { return malformed_; }
    /// Where the next field begins, or the one that is malformed.
    const char* position() const noexcept { return at_; }

private:
    // Everything below returns what follows, null where the message is malformed.

    /// Of groups the beginning or the end alone.
    [[gnu::always_inline]] static const char* read_field(const char* at, const char* end, wire_field& field) noexcept {
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

    struct wire_number {
        const char* next;
        std::uint64_t value;
    };

    [[gnu::always_inline]] static wire_number read_number(const char* at, const char* end, int max_bytes) noexcept {
        if (at != end && static_cast<unsigned char>(*at) < 0x80) return {at + 1, static_cast<unsigned char>(*at)};
        if (end - at >= 2 && static_cast<unsigned char>(at[1]) < 0x80) {
            return {at + 2, (static_cast<unsigned char>(at[0]) & 0x7Fu) | static_cast<unsigned>(at[1]) << 7};
        }
        return read_long_number(at, end, max_bytes);
    }

    /// Bits past the 64th are dropped.
    static wire_number read_long_number(const char* at, const char* end, int max_bytes) noexcept {
        std::uint64_t value = 0;
        for (int i = 0; i < max_bytes && at != end; ++i) {
            const auto byte = static_cast<unsigned char>(*at++);
            value |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * i);
            if (byte < 0x80) return {at, value};
        }
        return {nullptr, 0};
    }

    static const char* skip(const char* at, const char* end, std::uint64_t size) noexcept {
        return size > static_cast<std::uint64_t>(end - at) ? nullptr : at + size;
    }

    static const char* skip_group(const char* at, const char* end, int depth, std::uint32_t number) noexcept {
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

    const char* at_;
    const char* end_;
    int depth_;
    bool malformed_ = false;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
