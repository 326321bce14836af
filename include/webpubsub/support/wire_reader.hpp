// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

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
    /// The value of a varint; bits past the 64th are dropped.
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
    bool next(wire_field& field) noexcept;

    struct wire_number {
        const char* next;
        std::uint64_t value;
    };

    /// A varint of at most so many bytes; `next` is null where it is malformed.
    [[gnu::always_inline]] static wire_number read_number(const char* at, const char* end, int max_bytes) noexcept {
        if (at != end && static_cast<unsigned char>(*at) < 0x80) return {at + 1, static_cast<unsigned char>(*at)};
        if (end - at >= 2 && static_cast<unsigned char>(at[1]) < 0x80) {
            return {at + 2, (static_cast<unsigned char>(at[0]) & 0x7Fu) | static_cast<unsigned>(at[1]) << 7};
        }
        return read_long_number(at, end, max_bytes);
    }

    /// Whether `message` is one length-delimited field with a tag of one byte and nothing else, as most are.
    [[gnu::always_inline]] static bool is_one_field(std::string_view message, unsigned char& tag,
                                                    std::string_view& content) noexcept {
        if (message.size() < 2) return false;
        const char* const end = message.data() + message.size();
        tag = static_cast<unsigned char>(message.front());
        const auto size = read_number(message.data() + 1, end, 5);
        if ((tag & 0x87) != 2 || size.next == nullptr || size.value != static_cast<std::size_t>(end - size.next)) {
            return false;
        }
        content = {size.next, static_cast<std::size_t>(size.value)};
        return true;
    }

    bool at_end() const noexcept { return at_ == end_; }
    bool malformed() const noexcept { return malformed_; }
    /// Where the next field begins, or the one that is malformed.
    const char* position() const noexcept { return at_; }

private:
    // Each returns what follows, null where the message is malformed.

    static const char* read_field(const char* at, const char* end, wire_field& field) noexcept;
    static wire_number read_long_number(const char* at, const char* end, int max_bytes) noexcept;
    static const char* skip(const char* at, const char* end, std::uint64_t size) noexcept {
        return size > static_cast<std::uint64_t>(end - at) ? nullptr : at + size;
    }
    static const char* skip_group(const char* at, const char* end, int depth, std::uint32_t number) noexcept;

    const char* at_;
    const char* end_;
    int depth_;
    bool malformed_ = false;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/support/impl/wire_reader.ipp>
#endif
