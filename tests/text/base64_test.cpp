// SPDX-License-Identifier: MIT
#include <webpubsub/text/base64.hpp>
#include <webpubsub/text/detail/base64_alphabet.hpp>

#include "support/catch.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

using namespace webpubsub;

namespace {

constexpr std::string_view standard_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encoded(std::string_view bytes) {
    std::string out;
    base64_encode_append(bytes, out);
    return out;
}

std::string url_encoded(std::string_view bytes) {
    std::string out;
    base64url_encode_append(bytes, out);
    return out;
}

/// Bit by bit from the definition, to compare with.
std::string encoded_by_bits(std::string_view bytes, std::string_view digits, bool padded) {
    std::string bits;
    for (const char c : bytes) {
        for (int bit = 7; bit >= 0; --bit) bits += (static_cast<unsigned char>(c) >> bit & 1) != 0 ? '1' : '0';
    }
    while (bits.size() % 6 != 0) bits += '0';
    std::string out;
    for (std::size_t at = 0; at < bits.size(); at += 6) out += digits[std::stoul(bits.substr(at, 6), nullptr, 2)];
    while (padded && out.size() % 4 != 0) out += '=';
    return out;
}

std::string some_bytes(std::size_t size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(static_cast<unsigned char>(i * 151 + 89));
    return bytes;
}

/// The offset of the error that both decoding and checking report; the output must be left alone.
std::size_t bad_offset(std::string_view text) {
    std::string out = "before";
    const auto decoded = base64_decode_append(text, out);
    REQUIRE_FALSE(decoded.has_value());
    CHECK(out == "before");
    CHECK(decoded.error().code == errc::invalid_base64);
    const auto checked = check_base64(text);
    REQUIRE_FALSE(checked.has_value());
    CHECK((checked.error() == decoded.error()));
    return decoded.error().offset;
}

std::size_t bad_url_offset(std::string_view text) {
    std::string out = "before";
    const auto decoded = base64url_decode_append(text, out);
    REQUIRE_FALSE(decoded.has_value());
    CHECK(out == "before");
    CHECK(decoded.error().code == errc::invalid_base64);
    return decoded.error().offset;
}

} // namespace

TEST_CASE("Base64 has the test vectors of RFC 4648 section 10 in both directions") {
    struct row {
        std::string_view bytes;
        std::string_view text;
    };
    constexpr auto rows = std::to_array<row>({{"", ""},
                                              {"f", "Zg=="},
                                              {"fo", "Zm8="},
                                              {"foo", "Zm9v"},
                                              {"foob", "Zm9vYg=="},
                                              {"fooba", "Zm9vYmE="},
                                              {"foobar", "Zm9vYmFy"}});
    for (const auto& [bytes, text] : rows) {
        CAPTURE(text);
        CHECK(encoded(bytes) == text);
        std::string out;
        REQUIRE(base64_decode_append(text, out).has_value());
        CHECK(out == bytes);
        CHECK(check_base64(text).has_value());
        CHECK(base64_encoded_size(bytes.size()) == text.size());
        CHECK(base64_decoded_size(text) == bytes.size());

        const std::string_view unpadded = text.substr(0, text.find('='));
        CHECK(url_encoded(bytes) == unpadded);
        std::string url_out;
        REQUIRE(base64url_decode_append(unpadded, url_out).has_value());
        CHECK(url_out == bytes);
    }
}

TEST_CASE("Base64 of every length agrees with its definition and comes back") {
    for (std::size_t size = 0; size <= 100; ++size) {
        CAPTURE(size);
        const std::string bytes = some_bytes(size);
        const std::string text = encoded(bytes);
        CHECK(text == encoded_by_bits(bytes, standard_digits, true));
        CHECK(base64_encoded_size(size) == text.size());
        CHECK(base64_decoded_size(text) == size);
        CHECK(check_base64(text).has_value());
        std::string out;
        REQUIRE(base64_decode_append(text, out).has_value());
        CHECK(out == bytes);

        const std::string url_text = url_encoded(bytes);
        CHECK(url_text == encoded_by_bits(bytes, url_digits, false));
        std::string url_out;
        REQUIRE(base64url_decode_append(url_text, url_out).has_value());
        CHECK(url_out == bytes);
    }
}

TEST_CASE("Base64 carries every byte in every place of a group") {
    for (int i = 0; i < 256; ++i) {
        CAPTURE(i);
        for (std::size_t place = 0; place < 24; ++place) {
            std::string bytes(24, '\x5A');
            bytes[place] = static_cast<char>(static_cast<unsigned char>(i));
            std::string out;
            REQUIRE(base64_decode_append(encoded(bytes), out).has_value());
            REQUIRE(out == bytes);
        }
    }
}

TEST_CASE("Base64 is appended to what is there") {
    std::string text = "data:";
    base64_encode_append("foob", text);
    CHECK(text == "data:Zm9vYg==");
    base64url_encode_append("\xFB\xFF", text);
    CHECK(text == "data:Zm9vYg==-_8");

    std::string bytes = "x";
    REQUIRE(base64_decode_append("Zm9vYg==", bytes).has_value());
    REQUIRE(base64url_decode_append("-_8", bytes).has_value());
    CHECK(bytes == "xfoob\xFB\xFF");
}

TEST_CASE("Base64 in a bad form is refused at its first bad character") {
    struct row {
        std::string_view text;
        std::size_t offset;
    };
    const auto rows = std::to_array<row>({
        // Too short: the missing character would stand at the end.
        {"Z", 1},
        {"Zg", 2},
        {"Zm8", 3},
        {"Zg=", 3},
        {"Zm9vY", 5},
        {"Zm9vYg", 6},
        {"Zm9vYg=", 7},
        // Padding where none may be, or more than there may be.
        {"=", 0},
        {"==", 0},
        {"====", 0},
        {"Z=", 1},
        {"Z===", 1},
        {"Zm9v=", 4},
        {"Zm9v====", 4},
        {"Zg===", 4},
        {"Zm8==", 4},
        {"Zg==Zg==", 4},
        {"Zg==Zm9v", 4},
        {"Zm8=Zm9v", 4},
        {"Zg=v", 3},
        {"=m9v", 0},
        {"Z=9v", 1},
        // Bits beyond the last byte.
        {"Zh==", 1},
        {"Zv==", 1},
        {"Zm9=", 2},
        {"Zm+=", 2},
        {"Zm9vYh==", 5},
        // White space and strangers.
        {" Zg==", 0},
        {"Zg== ", 4},
        {"Zg==\n", 4},
        {"Zm9v\r\nYmFy", 4},
        {"Zm 9v", 2},
        {"Zm9-", 3},
        {"_m9v", 0},
        {"Zm9v,g==", 4},
        {"Zm9vZ\x80==", 5},
        {"\xFFm9v", 0},
        {std::string_view("Zm\0v", 4), 2},
    });
    for (const auto& [text, offset] : rows) {
        CAPTURE(text);
        CHECK(bad_offset(text) == offset);
    }
}

TEST_CASE("Base64url in a bad form is refused at its first bad character") {
    struct row {
        std::string_view text;
        std::size_t offset;
    };
    const auto rows = std::to_array<row>({
        {"Z", 1},
        {"Zm9vY", 5},
        {"Zg==", 2},
        {"Zm8=", 3},
        {"=", 0},
        {"Zh", 1},
        {"Zm9", 2},
        {"Zm9vZm9", 6},
        {"Zm9+", 3},
        {"/m9v", 0},
        {"Zm9v.Zm9v", 4},
        {"Zg ", 2},
    });
    for (const auto& [text, offset] : rows) {
        CAPTURE(text);
        CHECK(bad_url_offset(text) == offset);
    }
}

TEST_CASE("A stranger is found in every place of a long base64 text") {
    const std::string good = encoded(some_bytes(61));
    const std::size_t digits = good.find('=');
    for (std::size_t at = 0; at < digits; ++at) {
        for (const char stranger : {'\0', ' ', '-', '\x7F', '\x80', '\xFF'}) {
            CAPTURE(at, static_cast<int>(stranger));
            std::string text = good;
            text[at] = stranger;
            CHECK(bad_offset(text) == at);
        }
    }
}

TEST_CASE("Exactly the alphabet's characters are digits") {
    for (int i = 0; i < 256; ++i) {
        CAPTURE(i);
        const char c = static_cast<char>(static_cast<unsigned char>(i));
        for (std::size_t place = 0; place < 4; ++place) {
            std::string text = "AAAA";
            text[place] = c;
            std::string out;
            const bool padding = c == '=' && place == 3;
            CHECK(base64_decode_append(text, out).has_value() ==
                  (padding || standard_digits.find(c) != std::string_view::npos));
            CHECK(base64url_decode_append(text, out).has_value() == (url_digits.find(c) != std::string_view::npos));
        }
    }
}

TEST_CASE("Only one spelling of the last digits is accepted") {
    std::size_t two = 0;
    std::size_t three = 0;
    for (const char first : standard_digits) {
        for (const char second : standard_digits) {
            std::string out;
            const std::string one_byte{first, second, '=', '='};
            if (base64_decode_append(one_byte, out)) {
                ++two;
                CHECK(encoded(out) == one_byte);
            }
            out.clear();
            const std::string two_bytes{'A', first, second, '='};
            if (base64_decode_append(two_bytes, out)) {
                ++three;
                CHECK(encoded(out) == two_bytes);
            }
        }
    }
    CHECK(two == 256);
    CHECK(three == 64 * 16);
}

TEST_CASE("Decoding base64 writes nothing behind its bytes") {
    for (std::size_t groups = 0; groups <= 12; ++groups) {
        CAPTURE(groups);
        const std::string text = encoded(std::string(groups * 3, '\xAA'));
        std::string buffer(groups * 3 + 16, '#');
        REQUIRE(detail::base64_decode_groups(detail::base64_standard, text.data(), groups, buffer.data()));
        CHECK(buffer == std::string(groups * 3, '\xAA') + std::string(16, '#'));
    }
}

TEST_CASE("blanks and line breaks from a peer are passed over, and nothing else is") {
    const auto lenient = [](std::string_view text) {
        std::string out = "<";
        const auto decoded = base64_decode_lenient_append(text, out);
        return decoded ? out + ">" : out + std::to_string(decoded.error().offset);
    };
    CHECK(lenient("QUJD") == "<ABC>");
    CHECK(lenient(" QU\r\nJD\t") == "<ABC>");
    CHECK(lenient("QU I=") == "<AB>");
    CHECK(lenient("QQ = =\n") == "<A>");
    CHECK(lenient(" \r\n") == "<>");
    CHECK(lenient("QU\vJD") == "<2");
    CHECK(lenient("QU JD!") == "<2");
    CHECK(lenient("QR =\n=") == "<2");
}

TEST_CASE("16 KiB of base64 come back, and one bad character in it is found") {
    const std::string bytes = some_bytes(12288);
    std::string text = encoded(bytes);
    REQUIRE(text.size() == 16384);
    std::string out;
    REQUIRE(base64_decode_append(text, out).has_value());
    CHECK((out == bytes));
    text[9999] = '!';
    CHECK(bad_offset(text) == 9999);
}
