// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/text/base64.hpp>
#include <webpubsub/text/detail/base64_alphabet.hpp>

#include <bit>
#include <cstring>

namespace webpubsub::inline WEBPUBSUB_MODE {
namespace detail {

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

WEBPUBSUB_DECL bool base64_decode_groups(const base64_alphabet& alphabet, const char* in, std::size_t groups, char* out,
                                         base64_instructions by) noexcept {
    const auto store_two = [](std::uint32_t first, std::uint32_t second, char* to) {
        base64_store<8>(first | (static_cast<std::uint64_t>(second) << 24), to);
    };
    const std::size_t done = base64_decode_blocks(by, alphabet.tables, in, groups, out);
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

/// Writes the digits and the padding; returns what is behind them.
inline char* base64_encode_to(const base64_alphabet& alphabet, std::string_view bytes, char* to) noexcept {
    const std::size_t groups = bytes.size() / 3;
    const std::size_t rest = bytes.size() % 3;
    const char* from = bytes.data();
    const auto byte = [](char c) -> std::uint32_t { return static_cast<unsigned char>(c); };
    const auto digit = [digits = alphabet.digits.data()](std::uint32_t bits) -> std::uint32_t {
        return static_cast<unsigned char>(digits[bits & 0x3Fu]);
    };
    std::size_t done = base64_encode_blocks(best_base64_instructions(), alphabet.tables, from, groups, to);
    from += done * 3;
    to += done * 4;
    for (; done < groups; ++done, from += 3, to += 4) {
        const std::uint32_t bits = byte(from[0]) << 16 | byte(from[1]) << 8 | byte(from[2]);
        base64_store<4>(digit(bits >> 18) | digit(bits >> 12) << 8 | digit(bits >> 6) << 16 | digit(bits) << 24, to);
    }
    if (rest == 0) return to;
    const std::uint32_t bits = byte(from[0]) << 16 | (rest == 2 ? byte(from[1]) << 8 : 0u);
    base64_store<2>(digit(bits >> 18) | digit(bits >> 12) << 8, to);
    to += 2;
    if (rest == 2) base64_store<1>(digit(bits >> 6), to++);
    if (!alphabet.padded) return to;
    if (rest == 1) *to++ = '=';
    *to++ = '=';
    return to;
}

inline void base64_encode(const base64_alphabet& alphabet, std::string_view bytes, std::string& out) {
    const std::size_t old_size = out.size();
    const std::size_t rest = bytes.size() % 3;
    const std::size_t rest_digits = rest == 0 ? 0 : alphabet.padded ? 4 : rest + 1;
    out.resize(old_size + bytes.size() / 3 * 4 + rest_digits);
    base64_encode_to(alphabet, bytes, out.data() + old_size);
}

WEBPUBSUB_DECL char* base64_encode_to(std::string_view bytes, char* to) noexcept {
    return base64_encode_to(base64_standard, bytes, to);
}

} // namespace detail

WEBPUBSUB_DECL void base64_encode_append(std::string_view bytes, std::string& out) {
    detail::base64_encode(detail::base64_standard, bytes, out);
}

WEBPUBSUB_DECL result<void> base64_decode_append(std::string_view text, std::string& out) {
    return detail::base64_decode(detail::base64_standard, text, out);
}

WEBPUBSUB_DECL result<void> base64_decode_lenient_append(std::string_view text, std::string& out) {
    const auto decoded = base64_decode_append(text, out);
    if (decoded || text.find_first_of(" \t\r\n") == std::string_view::npos) return decoded;
    std::string digits;
    digits.reserve(text.size());
    for (const char c : text) {
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') digits.push_back(c);
    }
    if (base64_decode_append(digits, out)) return {};
    return decoded;
}

WEBPUBSUB_DECL result<void> check_base64(std::string_view text) noexcept {
    const auto& alphabet = detail::base64_standard;
    const std::string_view digits = detail::base64_without_padding(text);
    std::uint32_t seen = 0;
    std::size_t at = 0;
    for (; at + 4 <= digits.size(); at += 4) seen |= alphabet.group(digits.data() + at);
    const bool good = (seen & detail::base64_alphabet::bad) == 0 && text.size() % 4 == 0 &&
                      detail::base64_decode_rest(alphabet, digits.substr(at)).good;
    if (good) return {};
    return error(errc::invalid_base64, detail::base64_first_bad(alphabet, text));
}

WEBPUBSUB_DECL std::size_t base64_decoded_size(std::string_view text) noexcept {
    return detail::base64_digits_to_bytes(detail::base64_without_padding(text).size());
}

WEBPUBSUB_DECL void base64url_encode_append(std::string_view bytes, std::string& out) {
    detail::base64_encode(detail::base64_url, bytes, out);
}

WEBPUBSUB_DECL result<void> base64url_decode_append(std::string_view text, std::string& out) {
    return detail::base64_decode(detail::base64_url, text, out);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
