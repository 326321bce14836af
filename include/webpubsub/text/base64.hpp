// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/result.hpp>
#include <webpubsub/text/detail/base64_blocks.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace detail {

inline namespace WEBPUBSUB_BASE64_ISA {

struct base64_alphabet {
    /// Marks a table entry of a character outside the alphabet; above the 24 bits of a group.
    static constexpr std::uint32_t bad = 1u << 24;

    std::string_view digits;
    bool padded;
    base64_blocks blocks;
    /// By place in a group of four: the digit's bits where they belong in the group's three bytes, first byte lowest.
    std::array<std::array<std::uint32_t, 256>, 4> values{};

    constexpr base64_alphabet(std::string_view the_digits, bool has_padding) noexcept
        : digits(the_digits), padded(has_padding), blocks(the_digits) {
        for (auto& place : values) place.fill(bad);
        for (std::uint32_t v = 0; v < 64; ++v) {
            const auto c = static_cast<unsigned char>(digits[v]);
            values[0][c] = v << 2;
            values[1][c] = (v >> 4) | ((v & 0x0Fu) << 12);
            values[2][c] = ((v >> 2) << 8) | ((v & 0x03u) << 22);
            values[3][c] = v << 16;
        }
    }

    constexpr std::uint32_t value(std::size_t place, char c) const noexcept {
        return values[place][static_cast<unsigned char>(c)];
    }

    constexpr std::uint32_t group(const char* four) const noexcept {
        return value(0, four[0]) | value(1, four[1]) | value(2, four[2]) | value(3, four[3]);
    }

    constexpr bool is_digit(char c) const noexcept { return value(0, c) != bad; }

    /// Two digits carry one byte and four spare bits, three carry two bytes and two spare bits.
    constexpr bool has_spare_bits(std::size_t place, char last) const noexcept {
        return (value(place, last) >> (place * 8)) != 0;
    }
};

inline constexpr base64_alphabet base64_standard{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
                                                 true};
inline constexpr base64_alphabet base64_url{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false};

constexpr std::size_t base64_digits_to_bytes(std::size_t digits) noexcept {
    return digits / 4 * 3 + (digits % 4 == 0 ? 0 : digits % 4 - 1);
}

/// Without the padding, of which there are at most two characters; any other `=` stays and is found to be no digit.
constexpr std::string_view base64_without_padding(std::string_view text) noexcept {
    for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) text.remove_suffix(1);
    return text;
}

/// Writes the lowest bytes, the lowest first. Compilers do not merge the stores of the loop by themselves.
template <std::size_t Count>
void base64_store(std::uint64_t bytes, char* out) noexcept {
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(out, &bytes, Count);
    } else {
        for (std::size_t i = 0; i < Count; ++i) out[i] = static_cast<char>(bytes >> (8 * i) & 0xFFu);
    }
}

/// The same as `alphabet.group(four)` by one load and shifts.
inline std::uint32_t base64_group_by_word(const base64_alphabet& alphabet, const char* four) noexcept {
    if constexpr (std::endian::native != std::endian::little) return alphabet.group(four);
    std::uint32_t word = 0;
    std::memcpy(&word, four, 4);
    const auto& values = alphabet.values;
    return values[0][word & 0xFFu] | values[1][word >> 8 & 0xFFu] | values[2][word >> 16 & 0xFFu] |
           values[3][word >> 24];
}

/// Writes the bytes of whole groups and returns whether all were digits. `out` has room for exactly these bytes.
inline bool base64_decode_groups(const base64_alphabet& alphabet, const char* in, std::size_t groups,
                                 char* out) noexcept {
    const auto store_two = [](std::uint32_t first, std::uint32_t second, char* to) {
        base64_store<8>(first | (static_cast<std::uint64_t>(second) << 24), to);
    };
    const std::size_t done = alphabet.blocks.decode(in, groups, out);
    in += done * 4;
    out += done * 3;
    groups -= done;
    std::uint32_t seen = 0;
    // Every store writes two bytes too many, which the next one overwrites. Reading half of the groups by words
    // balances loads against shifts: measured faster than either way alone.
    for (; groups >= 5; groups -= 4, in += 16, out += 12) {
        const std::uint32_t first = base64_group_by_word(alphabet, in);
        const std::uint32_t second = alphabet.group(in + 4);
        const std::uint32_t third = base64_group_by_word(alphabet, in + 8);
        const std::uint32_t fourth = alphabet.group(in + 12);
        seen |= first | second | third | fourth;
        store_two(first, second, out);
        store_two(third, fourth, out + 6);
    }
    for (; groups != 0; --groups, in += 4, out += 3) {
        const std::uint32_t bytes = alphabet.group(in);
        seen |= bytes;
        base64_store<3>(bytes, out);
    }
    return (seen & base64_alphabet::bad) == 0;
}

/// The digits after the last whole group: none, two or three. Not good if one is none or has bits beyond whole bytes.
struct base64_rest {
    std::uint32_t bytes = 0;
    bool good = true;
};

constexpr base64_rest base64_decode_rest(const base64_alphabet& alphabet, std::string_view rest) noexcept {
    std::uint32_t bytes = 0;
    for (std::size_t i = 0; i < rest.size(); ++i) bytes |= alphabet.value(i, rest[i]);
    const bool good = rest.empty() || (rest.size() != 1 && (bytes >> (8 * (rest.size() - 1))) == 0);
    return {bytes, good};
}

/// Where a text that was refused stops being the beginning of a good one; the text's size if only its end is missing.
constexpr std::size_t base64_first_bad(const base64_alphabet& alphabet, std::string_view text) noexcept {
    std::size_t end = 0;
    while (end < text.size() && alphabet.is_digit(text[end])) ++end;
    const std::size_t place = end % 4;
    const bool at_padding = alphabet.padded && end < text.size() && text[end] == '=' && place >= 2;
    if (end < text.size() && !at_padding) return end;
    if (end == text.size() && (alphabet.padded || place < 2)) return end;
    if (alphabet.has_spare_bits(place - 1, text[end - 1])) return end - 1;
    for (std::size_t i = end; i < end + 4 - place; ++i) {
        if (i == text.size() || text[i] != '=') return i;
    }
    return end + 4 - place;
}

inline result<void> base64_decode(const base64_alphabet& alphabet, std::string_view text, std::string& out) {
    const std::string_view digits = alphabet.padded ? base64_without_padding(text) : text;
    const std::size_t old_size = out.size();
    const std::size_t groups = digits.size() / 4;
    const auto rest = base64_decode_rest(alphabet, digits.substr(groups * 4));
    bool good = rest.good && (!alphabet.padded || text.size() % 4 == 0);
    if (good) {
        out.resize(old_size + base64_digits_to_bytes(digits.size()));
        char* const to = out.data() + old_size;
        good = base64_decode_groups(alphabet, digits.data(), groups, to);
        for (std::size_t i = 0; i + 1 < digits.size() % 4; ++i) {
            to[groups * 3 + i] = static_cast<char>(rest.bytes >> (8 * i) & 0xFFu);
        }
    }
    if (good) return {};
    out.resize(old_size);
    return error(errc::invalid_base64, base64_first_bad(alphabet, text));
}

inline void base64_encode(const base64_alphabet& alphabet, std::string_view bytes, std::string& out) {
    const std::size_t groups = bytes.size() / 3;
    const std::size_t rest = bytes.size() % 3;
    const std::size_t old_size = out.size();
    const std::size_t rest_digits = rest == 0 ? 0 : alphabet.padded ? 4 : rest + 1;
    out.resize(old_size + groups * 4 + rest_digits, '=');
    char* to = out.data() + old_size;
    const char* from = bytes.data();
    const auto byte = [](char c) -> std::uint32_t { return static_cast<unsigned char>(c); };
    const auto digit = [digits = alphabet.digits.data()](std::uint32_t bits) -> std::uint32_t {
        return static_cast<unsigned char>(digits[bits & 0x3Fu]);
    };
    std::size_t done = alphabet.blocks.encode(from, groups, to);
    from += done * 3;
    to += done * 4;
    for (; done < groups; ++done, from += 3, to += 4) {
        const std::uint32_t bits = byte(from[0]) << 16 | byte(from[1]) << 8 | byte(from[2]);
        base64_store<4>(digit(bits >> 18) | digit(bits >> 12) << 8 | digit(bits >> 6) << 16 | digit(bits) << 24, to);
    }
    if (rest == 0) return;
    const std::uint32_t bits = byte(from[0]) << 16 | (rest == 2 ? byte(from[1]) << 8 : 0u);
    base64_store<2>(digit(bits >> 18) | digit(bits >> 12) << 8, to);
    if (rest == 2) base64_store<1>(digit(bits >> 6), to + 2);
}

} // namespace WEBPUBSUB_BASE64_ISA

} // namespace detail

inline namespace WEBPUBSUB_BASE64_ISA {

// In all of these, what is appended must not be a view into `out` itself.

/// Appends base64 with padding (RFC 4648 section 4).
inline void base64_encode_append(std::string_view bytes, std::string& out) {
    detail::base64_encode(detail::base64_standard, bytes, out);
}

/// Appends the decoded bytes. Strict: exactly what `base64_encode_append` writes is accepted, so no white space, no
/// missing padding, and no bits set that padding drops. The error's offset is that of the first bad character (the
/// digit itself where dropped bits are set), or the size of a text that ends too early; `out` is then as it was.
[[nodiscard]] inline result<void> base64_decode_append(std::string_view text, std::string& out) {
    return detail::base64_decode(detail::base64_standard, text, out);
}

/// Whether `base64_decode_append` would succeed, with its error if not; for text that is forwarded as it came.
[[nodiscard]] inline result<void> check_base64(std::string_view text) noexcept {
    const auto& alphabet = detail::base64_standard;
    const std::string_view digits = detail::base64_without_padding(text);
    std::uint32_t seen = 0;
    std::size_t at = alphabet.blocks.check(digits.data(), digits.size() / 4) * 4;
    for (; at + 4 <= digits.size(); at += 4) seen |= alphabet.group(digits.data() + at);
    const bool good = (seen & detail::base64_alphabet::bad) == 0 && text.size() % 4 == 0 &&
                      detail::base64_decode_rest(alphabet, digits.substr(at)).good;
    if (good) return {};
    return error(errc::invalid_base64, detail::base64_first_bad(alphabet, text));
}

constexpr std::size_t base64_encoded_size(std::size_t bytes) noexcept { return (bytes + 2) / 3 * 4; }

/// How many bytes a text that `base64_decode_append` accepts stands for.
constexpr std::size_t base64_decoded_size(std::string_view text) noexcept {
    return detail::base64_digits_to_bytes(detail::base64_without_padding(text).size());
}

/// Appends base64url without padding (RFC 4648 section 5), as JSON Web Tokens use it (RFC 7515 section 2).
inline void base64url_encode_append(std::string_view bytes, std::string& out) {
    detail::base64_encode(detail::base64_url, bytes, out);
}

/// As strict as `base64_decode_append`, with its guarantees; padding is refused.
[[nodiscard]] inline result<void> base64url_decode_append(std::string_view text, std::string& out) {
    return detail::base64_decode(detail::base64_url, text, out);
}

} // namespace WEBPUBSUB_BASE64_ISA

} // namespace webpubsub
