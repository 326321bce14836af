// SPDX-License-Identifier: MIT
#include <webpubsub/http/charset.hpp>

#include "support/catch.hpp"

#include <optional>
#include <string>
#include <string_view>

using namespace webpubsub;
using namespace std::string_view_literals;

TEST_CASE("the character set of a content type is found whatever stands around it") {
    CHECK(charset_of("text/plain").empty());
    CHECK(charset_of("text/plain; charset=utf-8") == "utf-8");
    CHECK(charset_of("text/plain ;x=y; Charset = \"UTF-16\" ; z") == "UTF-16");
    CHECK(charset_of("text/plain; charset").empty());
    CHECK(charset_of("text/plain; charset=").empty());
}

TEST_CASE("text of the character sets that are known becomes UTF-8") {
    const auto text = [](std::string_view charset, std::string_view body) { return read_charset(charset, body).text; };
    const std::string umlaut = "\xC3\xA4", clef = "\xF0\x9D\x84\x9E";
    CHECK(text("", umlaut) == umlaut);
    CHECK(text("UTF-8", umlaut) == umlaut);
    CHECK(text("utf-8", "\xEF\xBB\xBF" + umlaut) == umlaut);
    CHECK(text("us-ascii", "a") == "a");
    CHECK(text("iso-8859-1", "a\xE4") == "a" + umlaut);
    CHECK(text("utf-16le", "\xE4\0\x34\xD8\x1E\xDD"sv) == umlaut + clef);
    CHECK(text("utf-16be", "\0\xE4\xD8\x34\xDD\x1E"sv) == umlaut + clef);
    CHECK(text("utf-16", "\xFE\xFF\0\xE4"sv) == umlaut);
    CHECK(text("utf-16", "\xFF\xFE\xE4\0"sv) == umlaut);
    CHECK(text("utf-16", "\xE4\0"sv) == umlaut);
    CHECK(text("utf-16", "") == "");
}

TEST_CASE("what is no text of its character set is told, and so is a character set that is not known") {
    const auto fails = [](std::string_view charset, std::string_view body) {
        const auto reading = read_charset(charset, body);
        return reading.known && !reading.text;
    };
    CHECK(fails("", "\xE4"));
    CHECK(fails("us-ascii", "\xC3\xA4"));
    CHECK(fails("utf-16", "a"));
    CHECK(fails("utf-16le", "\x34\xD8"sv));
    CHECK(fails("utf-16le", "\x34\xD8"
                            "a\0"sv));
    CHECK(fails("utf-16le", "\x1E\xDD"sv));
    CHECK_FALSE(read_charset("ebcdic", "a").known);
}
