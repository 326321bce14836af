// SPDX-License-Identifier: MIT

// What is JSON: this library's reader against two parsers that build the whole value. They may differ in this only:
//   - depth, which is limited in other ways (no input here is deep);
//   - half of a surrogate pair, escaped, is JSON here (RFC 8259 section 8.2); Boost.JSON refuses it, and RapidJSON
//   takes
//     the second half only;
//   - a number may have any size here; Boost.JSON refuses an exponent above 2^31;
//   - RapidJSON ends at a NUL character, and passes over the bytes of a byte order mark before a value (no such input
//     is given to it);
//   - RapidJSON refuses numbers that are too large for a double, which here are forwarded as they came.

#include "support/json_difference.hpp"

#include "support/catch.hpp"
#include "support/chance.hpp"
#include "support/full_codec.hpp"
#include "support/random_message.hpp"
#include "support/sanitized.hpp"

// Sanitizers find faults in RapidJSON itself: its stack counts from a null pointer.
#if __has_include(<rapidjson/reader.h>) && !defined(WEBPUBSUB_TEST_SANITIZED)
#define WEBPUBSUB_TEST_RAPIDJSON
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#endif

#include <cstddef>
#include <string>
#include <string_view>

using namespace webpubsub;

namespace {

#ifdef WEBPUBSUB_TEST_SANITIZED
constexpr int rounds = 20'000;
#else
constexpr int rounds = 1'000'000;
#endif

std::string frame(test::seeded_chance& chance) {
    test::random_message<test::seeded_chance> maker(chance);
    std::string out;
    if (chance.below(2) == 0) {
        REQUIRE(test::full_json_codec().encode(maker.client(), out));
    } else {
        REQUIRE(test::full_json_codec().encode(maker.service(), out));
    }
    return out;
}

std::string mutated(test::seeded_chance& chance, std::string text) {
    static constexpr std::string_view pieces[] = {"{",
                                                  "}",
                                                  "[",
                                                  "]",
                                                  ",",
                                                  ":",
                                                  "\"",
                                                  "\\",
                                                  "\\u",
                                                  "\\ud800",
                                                  "\\udc00\\ud800",
                                                  " ",
                                                  "\n",
                                                  "\t",
                                                  "\r",
                                                  "0",
                                                  "-",
                                                  "01",
                                                  "1e5",
                                                  "1E+",
                                                  ".",
                                                  "-0",
                                                  "null",
                                                  "true",
                                                  "false",
                                                  "\"\":1,",
                                                  "\xef\xbb\xbf",
                                                  "\xc3",
                                                  "\xff",
                                                  "/**/",
                                                  "\"type\":",
                                                  "\x01",
                                                  "1e400"};
    for (auto left = 1 + chance.below(3); left != 0; --left) {
        const auto at = chance.below(text.size() + 1);
        switch (chance.below(5)) {
        case 0: text.resize(at); break;
        case 1: text.insert(at, pieces[chance.below(std::size(pieces))]); break;
        case 2:
            if (at < text.size()) text.erase(at, 1 + chance.below(4));
            break;
        case 3:
            if (at < text.size()) text[at] = static_cast<char>(chance.below(256));
            break;
        default: text.insert(at, text.substr(chance.below(text.size() + 1), chance.below(12))); break;
        }
    }
    return text;
}

#ifdef WEBPUBSUB_TEST_RAPIDJSON
rapidjson::ParseErrorCode rapidjson_verdict(std::string_view text) {
    rapidjson::MemoryStream bytes(text.data(), text.size());
    rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(bytes);
    rapidjson::BaseReaderHandler<> ignore;
    rapidjson::Reader reader;
    return reader.Parse<rapidjson::kParseValidateEncodingFlag>(stream, ignore).Code();
}
#endif

} // namespace

TEST_CASE("mutated frames are JSON, and one object, for Boost.JSON's own parse and for this library alike") {
    test::seeded_chance chance(1);
    int taken = 0;
    for (int i = 0; i < rounds; ++i) {
        const auto text = mutated(chance, frame(chance));
        if (test::json_difference(text)) FAIL_CHECK(text);
        taken += check_json(text, test::compared_depth).has_value();
    }
    // Neither verdict is rare.
    CHECK(taken > rounds / 20);
    CHECK(taken < rounds - rounds / 20);
}

#ifdef WEBPUBSUB_TEST_RAPIDJSON
TEST_CASE("mutated frames are JSON for RapidJSON and for this library alike") {
    test::seeded_chance chance(2);
    for (int i = 0; i < rounds; ++i) {
        const auto text = mutated(chance, frame(chance));
        if (text.find('\0') != std::string::npos || text.find_first_of("\xef\xbb\xbf") == 0) continue;
        const bool ours = check_json(text, test::compared_depth).has_value();
        const auto theirs = rapidjson_verdict(test::without_half_surrogates(text));
        if (ours == (theirs == rapidjson::kParseErrorNone)) continue;
        if (!ours || theirs != rapidjson::kParseErrorNumberTooBig) FAIL_CHECK(text);
    }
}
#endif
