// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace webpubsub::detail {

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

    /// Reads the next field; false at the end, and where the message is malformed.
    bool next(wire_field& field) noexcept {
        if (at_ == end_) return false;
        if (!read_tag(field)) return fail();
        switch (field.type) {
        case wire_type::varint: return read_varint(field.value) || fail();
        case wire_type::length: return read_bytes(field.bytes) || fail();
        case wire_type::fixed64: return skip(8) || fail();
        case wire_type::fixed32: return skip(4) || fail();
        case wire_type::group_begin: return skip_group(field.number) || fail();
        case wire_type::group_end: break;
        }
        return fail();
    }

    bool malformed() const noexcept { return malformed_; }
    /// Where the next field begins, or where the message is malformed.
    const char* position() const noexcept { return at_; }

private:
    bool fail() noexcept {
        malformed_ = true;
        return false;
    }

    std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

    bool read_tag(wire_field& field) noexcept {
        std::uint32_t tag = 0;
        if (!read_number<std::uint32_t, 5>(tag)) return false;
        field.number = tag >> 3;
        const auto type = tag & 7;
        field.type = static_cast<wire_type>(type);
        return field.number != 0 && type <= 5;
    }

    bool read_varint(std::uint64_t& value) noexcept { return read_number<std::uint64_t, 10>(value); }

    /// Bits that have no place in `Number` are dropped.
    template <class Number, int MaxBytes>
    bool read_number(Number& value) noexcept {
        if (at_ != end_ && static_cast<unsigned char>(*at_) < 0x80) {
            value = static_cast<unsigned char>(*at_++);
            return true;
        }
        value = 0;
        for (int i = 0; i < MaxBytes; ++i) {
            if (at_ == end_) return false;
            const auto byte = static_cast<unsigned char>(*at_++);
            value |= static_cast<Number>(static_cast<Number>(byte & 0x7F) << (7 * i));
            if (byte < 0x80) return true;
        }
        return false;
    }

    /// A length has at most five bytes and 31 bits.
    bool read_bytes(std::string_view& bytes) noexcept {
        std::uint64_t size = 0;
        if (!read_number<std::uint64_t, 5>(size) || size > left()) return false;
        bytes = {at_, static_cast<std::size_t>(size)};
        at_ += size;
        return true;
    }

    bool skip(std::size_t size) noexcept {
        if (size > left()) return false;
        at_ += size;
        return true;
    }

    bool skip_group(std::uint32_t number) noexcept {
        if (depth_ <= 0) return false;
        std::array<std::uint32_t, max_wire_depth> open;
        std::size_t count = 0;
        open[count++] = number;
        while (count != 0) {
            wire_field field;
            if (!read_tag(field)) return false;
            std::uint64_t value = 0;
            std::string_view bytes;
            bool good = true;
            switch (field.type) {
            case wire_type::varint: good = read_varint(value); break;
            case wire_type::length: good = read_bytes(bytes); break;
            case wire_type::fixed64: good = skip(8); break;
            case wire_type::fixed32: good = skip(4); break;
            case wire_type::group_begin:
                good = count < static_cast<std::size_t>(depth_);
                if (good) open[count++] = field.number;
                break;
            case wire_type::group_end: good = open[--count] == field.number; break;
            }
            if (!good) return false;
        }
        return true;
    }

    const char* at_;
    const char* end_;
    int depth_;
    bool malformed_ = false;
};

} // namespace webpubsub::detail
