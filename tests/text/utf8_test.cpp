// SPDX-License-Identifier: MIT
#include <webpubsub/text/utf8.hpp>

#include "support/catch.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

using namespace webpubsub;
using namespace std::string_view_literals;

namespace {

constexpr auto npos = std::string_view::npos;

std::string of_bytes(std::initializer_list<int> bytes) {
    std::string text;
    for (const int byte : bytes) text += static_cast<char>(static_cast<unsigned char>(byte));
    return text;
}

std::string of_code_point(char32_t code_point) {
    std::string text;
    append_code_point(code_point, text);
    return text;
}

} // namespace

TEST_CASE("Well-formed and ill-formed sequences at the edges of UTF-8 are told apart") {
    struct row {
        std::string_view text;
        std::size_t bad;
    };
    const auto rows = std::to_array<row>({
        {"", npos},
        {"\0"sv, npos},
        {"\x7F", npos},
        {"\xC2\x80", npos},
        {"\xDF\xBF", npos},
        {"\xE0\xA0\x80", npos},
        {"\xED\x9F\xBF", npos},
        {"\xEE\x80\x80", npos},
        {"\xEF\xBF\xBF", npos},
        {"\xEF\xBB\xBF", npos},
        {"\xF0\x90\x80\x80", npos},
        {"\xF4\x8F\xBF\xBF", npos},
        // A continuation byte alone, bytes that never occur.
        {"\x80", 0},
        {"\xBF", 0},
        {"\xFE", 0},
        {"\xFF", 0},
        {"\xF5\x80\x80\x80", 0},
        {"\xF8\x88\x80\x80\x80", 0},
        // Overlong forms.
        {"\xC0\x80", 0},
        {"\xC1\xBF", 0},
        {"\xE0\x80\x80", 0},
        {"\xE0\x9F\xBF", 0},
        {"\xF0\x80\x80\x80", 0},
        {"\xF0\x8F\xBF\xBF", 0},
        // Surrogates, alone and as a pair.
        {"\xED\xA0\x80", 0},
        {"\xED\xBF\xBF", 0},
        {"\xED\xA0\xBD\xED\xB8\x80", 0},
        // Above U+10FFFF.
        {"\xF4\x90\x80\x80", 0},
        {"\xF7\xBF\xBF\xBF", 0},
        // Cut short, at the end and before something else.
        {"\xC3", 0},
        {"\xE2\x82", 0},
        {"\xE2", 0},
        {"\xF0\x9F\x98", 0},
        {"\xF0\x9F", 0},
        {"\xF0", 0},
        {"\xC3(", 0},
        {"\xE2\x82(", 0},
        {"\xE2(\xA1", 0},
        {"\xF0\x9F\x98(", 0},
        {"\xF0\x9F(\x80", 0},
        {"\xF0(\x98\x80", 0},
        {"\xE2\xC3\xA9", 0},
        // The offset is that of the sequence, not of the byte in it.
        {"abc\xE2\x82", 3},
        {"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xC0\x80", 9},
        {"\xC3\xA9\xC3\xA9\x80", 4},
    });
    for (const auto& [text, bad] : rows) {
        CAPTURE(text);
        CHECK(find_invalid_utf8(text) == bad);
        CHECK(is_utf8(text) == (bad == npos));
    }
}

TEST_CASE("The second byte of a sequence has the bounds of the Unicode standard's table") {
    struct row {
        int first_from;
        int first_to;
        int second_from;
        int second_to;
        std::size_t length;
    };
    constexpr auto table = std::to_array<row>({{0xC2, 0xDF, 0x80, 0xBF, 2},
                                               {0xE0, 0xE0, 0xA0, 0xBF, 3},
                                               {0xE1, 0xEC, 0x80, 0xBF, 3},
                                               {0xED, 0xED, 0x80, 0x9F, 3},
                                               {0xEE, 0xEF, 0x80, 0xBF, 3},
                                               {0xF0, 0xF0, 0x90, 0xBF, 4},
                                               {0xF1, 0xF3, 0x80, 0xBF, 4},
                                               {0xF4, 0xF4, 0x80, 0x8F, 4}});
    std::size_t wrong = 0;
    for (int first = 0x80; first <= 0xFF; ++first) {
        for (int second = 0; second <= 0xFF; ++second) {
            std::size_t length = 0;
            for (const auto& entry : table) {
                if (first >= entry.first_from && first <= entry.first_to && second >= entry.second_from &&
                    second <= entry.second_to) {
                    length = entry.length;
                }
            }
            // What follows the text in memory would complete it and must not be looked at.
            const std::string whole = of_bytes({first, second, 0x80, 0xBF});
            for (std::size_t size = 2; size <= 4; ++size) {
                const auto text = std::string_view(whole).substr(0, size);
                std::size_t at = 0;
                const char32_t code_point = next_code_point(text, at);
                const bool well_formed = length != 0 && length <= size;
                wrong += is_utf8(text) != (well_formed && length == size) ? 1u : 0u;
                wrong += (code_point != not_a_code_point) != well_formed ? 1u : 0u;
                wrong += at != (well_formed ? length : 1) ? 1u : 0u;
            }
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("Every code point is written, recognised, read and counted, and no surrogate is") {
    std::size_t wrong = 0;
    for (char32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
        const std::string text = of_code_point(code_point);
        const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
        std::size_t at = 0;
        const char32_t read = next_code_point(text, at);
        wrong += is_utf8(text) == surrogate ? 1u : 0u;
        wrong += read != (surrogate ? not_a_code_point : code_point) ? 1u : 0u;
        wrong += at != (surrogate ? 1 : text.size()) ? 1u : 0u;
        if (!surrogate) wrong += utf16_length(text) != (code_point >= 0x10000 ? 2u : 1u) ? 1u : 0u;
    }
    CHECK(wrong == 0);
}

TEST_CASE("A bad byte is found in every place of an ASCII text") {
    for (std::size_t size = 1; size <= 40; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            CAPTURE(size, at);
            std::string text(size, 'a');
            text[at] = '\x80';
            CHECK(find_invalid_utf8(text) == at);
            text[at] = '\xC3';
            CHECK(find_invalid_utf8(text) == at);
        }
    }
}

TEST_CASE("A sequence is recognised wherever it stands among ASCII") {
    for (const std::string_view sequence : {"\xC3\xA9"sv, "\xE2\x82\xAC"sv, "\xF0\x9F\x98\x80"sv}) {
        for (std::size_t before = 0; before <= 17; ++before) {
            for (std::size_t after = 0; after <= 17; ++after) {
                CAPTURE(sequence, before, after);
                const std::string text = std::string(before, 'a') + std::string(sequence) + std::string(after, 'z');
                CHECK(is_utf8(text));
                CHECK(find_invalid_utf8(std::string_view(text).substr(0, before + 1)) == before);
            }
        }
    }
}

TEST_CASE("Reading code points passes over each bad byte alone and stops at the end") {
    const std::string_view text = "a\xC3\xA9\xFF\xE2\x82\xF0\x9F\x98\x80\xE2\x82";
    const std::vector<char32_t> expected{
        U'a', 0xE9, not_a_code_point, not_a_code_point, not_a_code_point, 0x1F600, not_a_code_point, not_a_code_point};
    std::vector<char32_t> read;
    for (std::size_t at = 0; at < text.size();) read.push_back(next_code_point(text, at));
    CHECK((read == expected));
}

TEST_CASE("UTF-16 length counts an astral character twice") {
    CHECK(utf16_length("") == 0);
    CHECK(utf16_length("abc") == 3);
    CHECK(utf16_length("\xC3\xA9\xE2\x82\xAC") == 2);
    CHECK(utf16_length("\xEF\xBF\xBF") == 1);
    CHECK(utf16_length("\xF0\x90\x80\x80") == 2);
    CHECK(utf16_length("a\xF0\x9F\x98\x80z") == 4);
}

TEST_CASE("Blank is what has nothing but Unicode white space") {
    const auto is_space = [](char32_t c) {
        constexpr auto spaces = std::to_array<char32_t>(
            {0x09,   0x0A,   0x0B,   0x0C,   0x0D,   0x20,   0x85,   0xA0,   0x1680, 0x2000, 0x2001, 0x2002, 0x2003,
             0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000});
        for (const char32_t space : spaces) {
            if (space == c) return true;
        }
        return false;
    };
    for (char32_t c = 0; c < 0xD800; ++c) {
        if (is_blank(of_code_point(c)) != is_space(c)) FAIL("U+" << std::hex << static_cast<unsigned>(c));
    }
    CHECK(is_blank(""));
    CHECK(is_blank(" \t\xE3\x80\x80\xC2\xA0"));
    CHECK_FALSE(is_blank(" \t\xE3\x80\x80x"));
    CHECK_FALSE(is_blank("x "));
    CHECK_FALSE(is_blank("\xE2\x80\x8B")); // zero width space
    CHECK_FALSE(is_blank("\xEF\xBB\xBF")); // byte order mark
    CHECK_FALSE(is_blank("\xA0"));         // not UTF-8
}
