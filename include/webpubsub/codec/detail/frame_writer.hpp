// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

constexpr std::size_t varint_size(std::uint64_t value) noexcept {
    std::size_t size = 1;
    for (; value >= 0x80; value >>= 7) ++size;
    return size;
}

// Each of these writes to memory that has room for it, and returns what is behind.

/// At most 10 bytes.
inline char* write_varint(std::uint64_t value, char* to) noexcept {
    if (value < 0x80) {
        *to = static_cast<char>(value);
        return to + 1;
    }
    for (; value >= 0x80; value >>= 7) *to++ = static_cast<char>(value | 0x80);
    *to++ = static_cast<char>(value);
    return to;
}

/// At most 20 decimal digits.
WEBPUBSUB_DECL char* write_digits(std::uint64_t value, char* to) noexcept;

/// Appends to a string through a pointer: room is made for several pieces at once. A short frame is written on the
/// stack and appended whole, a long one is written where it belongs. Several times faster than to append each piece by
/// itself.
class frame_writer {
public:
    /// `expected` is how many bytes will be written, roughly.
    frame_writer(std::string& out, std::size_t expected) : out_(out) {
        if (expected > sizeof short_) grow(expected);
    }
    frame_writer(const frame_writer&) = delete;
    frame_writer& operator=(const frame_writer&) = delete;

    /// Makes room for so many bytes.
    void need(std::size_t size) {
        if (static_cast<std::size_t>(end_ - at_) < size) grow(size);
    }

    // Each of these writes into room that was made before.

    void put(char c) noexcept { *at_++ = c; }
    void put(std::string_view bytes) noexcept {
        std::memcpy(at_, bytes.data(), bytes.size());
        at_ += bytes.size();
    }
    /// At most 20 bytes.
    void put_digits(std::uint64_t number) noexcept { at_ = write_digits(number, at_); }
    /// At most 10 bytes.
    void put_varint(std::uint64_t number) noexcept { at_ = write_varint(number, at_); }

    std::size_t room_behind(const char* at) const noexcept { return static_cast<std::size_t>(end_ - at); }

    /// Where the next byte is written, and the way to say that bytes were written there.
    char* position() const noexcept { return at_; }
    void set_position(char* at) noexcept { at_ = at; }

    /// How many bytes this has written.
    std::size_t size() const noexcept { return static_cast<std::size_t>(at_ - begin_); }
    /// A byte that this has written.
    char* written(std::size_t place) noexcept { return begin_ + place; }

    void finish() {
        if (begin_ == short_) {
            out_.append(short_, size());
        } else {
            out_.resize(static_cast<std::size_t>(at_ - out_.data()));
        }
    }

private:
    void grow(std::size_t size);

    std::string& out_;
    char* begin_ = short_;
    char* at_ = short_;
    char* end_ = short_ + sizeof short_;
    char short_[256];
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/codec/impl/frame_writer.ipp>
#endif
