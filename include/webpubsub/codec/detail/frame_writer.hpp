// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

// Each of these writes to memory that has room for it, and returns what is behind.

/// At most 10 bytes.
inline char* write_varint(std::uint64_t value, char* to) noexcept {
    for (; value >= 0x80; value >>= 7) *to++ = static_cast<char>(value | 0x80);
    *to++ = static_cast<char>(value);
    return to;
}

/// At most 20 decimal digits.
WEBPUBSUB_DECL char* write_digits(std::uint64_t value, char* to) noexcept;

/// Appends to a string through a pointer: room is made for several pieces at once, and what was made too much is cut
/// off by `finish`. Several times faster than to append each piece by itself.
class frame_writer {
public:
    /// `expected` is how many bytes will be written, roughly.
    frame_writer(std::string& out, std::size_t expected) : out_(out), begin_(out.size()) {
        out_.resize(begin_ + expected);
        at_ = out_.data() + begin_;
        end_ = out_.data() + out_.size();
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
        if (!bytes.empty()) std::memcpy(at_, bytes.data(), bytes.size());
        at_ += bytes.size();
    }
    /// Decimal digits; at most 20.
    void put_digits(std::uint64_t number) noexcept { at_ = write_digits(number, at_); }
    /// A varint; at most 10 bytes.
    void put_varint(std::uint64_t number) noexcept { at_ = write_varint(number, at_); }

    /// Where the next byte is written, and the way to say that bytes were written there.
    char* position() const noexcept { return at_; }
    void set_position(char* at) noexcept { at_ = at; }

    /// How many bytes this has written.
    std::size_t size() const noexcept { return static_cast<std::size_t>(at_ - out_.data()) - begin_; }
    /// A byte that this has written.
    char* written(std::size_t place) noexcept { return out_.data() + begin_ + place; }

    void finish() { out_.resize(begin_ + size()); }

private:
    void grow(std::size_t size);

    std::string& out_;
    std::size_t begin_;
    char* at_;
    char* end_;
};

constexpr std::size_t varint_size(std::uint64_t value) noexcept {
    std::size_t size = 1;
    for (; value >= 0x80; value >>= 7) ++size;
    return size;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/codec/impl/frame_writer.ipp>
#endif
