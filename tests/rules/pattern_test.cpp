// SPDX-License-Identifier: MIT
#include <webpubsub/rules/pattern.hpp>

#include "support/catch.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

using namespace webpubsub;

namespace {

pattern parsed(std::string_view text) {
    auto made = pattern::parse(text);
    REQUIRE(made.has_value());
    return *made;
}

std::string times(std::size_t count, std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += text;
    return out;
}

std::size_t steps_of(std::string_view text, std::string_view name) {
    std::size_t steps = 0;
    detail::match_pattern(detail::tokenize_pattern(text).value(), name, [&steps] { ++steps; });
    return steps;
}

/// The meaning of a pattern written down as directly as can be, for short ASCII patterns and names.
bool matches_by_definition(std::string_view text, std::string_view name) {
    if (text.empty()) return name.empty();
    if (text[0] == '*') {
        const bool crosses = text.starts_with("**");
        while (text.starts_with('*')) text.remove_prefix(1);
        for (std::size_t taken = 0;; ++taken) {
            if (matches_by_definition(text, name.substr(taken))) return true;
            if (taken == name.size() || (!crosses && name[taken] == '.')) return false;
        }
    }
    if (text[0] == '?') return !name.empty() && name[0] != '.' && matches_by_definition(text.substr(1), name.substr(1));
    if (text[0] == '\\' && text.size() > 1 && (text[1] == '\\' || text[1] == '*' || text[1] == '?')) {
        text.remove_prefix(1);
    }
    return !name.empty() && name[0] == text[0] && matches_by_definition(text.substr(1), name.substr(1));
}

void each_text(std::string_view alphabet, std::size_t max_size, std::vector<std::string>& out) {
    out.emplace_back();
    for (std::size_t from = 0; from < out.size(); ++from) {
        if (out[from].size() == max_size) break;
        for (const char c : alphabet) out.push_back(out[from] + c);
    }
}

} // namespace

TEST_CASE("Patterns match and do not match as documented") {
    struct row {
        std::string_view text;
        std::vector<std::string_view> matching;
        std::vector<std::string_view> others;
    };
    const std::vector<row> rows{
        {"chat-*", {"chat-1", "chat-room"}, {"chat.1", "xchat-1"}},
        {"clientA.*", {"clientA.alpha", "clientA.1"}, {"clientA.alpha.room1", "clientB.alpha"}},
        {"clientA.**", {"clientA.alpha", "clientA.alpha.room1"}, {"clientB.anything"}},
        {"clientA.rooms.?1", {"clientA.rooms.a1", "clientA.rooms.11"}, {"clientA.rooms.1", "clientA.rooms.a.1"}},
        {R"(literal\*star)", {"literal*star"}, {"literalXstar"}},
    };
    for (const auto& [text, matching, others] : rows) {
        const auto made = parsed(text);
        for (const auto name : matching) {
            CAPTURE(text, name);
            CHECK(made.matches(name));
        }
        for (const auto name : others) {
            CAPTURE(text, name);
            CHECK_FALSE(made.matches(name));
        }
    }
}

TEST_CASE("Each element of a pattern matches what its rule says") {
    struct row {
        std::string_view text;
        std::string_view name;
        bool matches;
    };
    const auto rows = std::to_array<row>({
        // A question mark is exactly one character but no full stop.
        {"?", "a", true},
        {"?", "", false},
        {"?", ".", false},
        {"?", "ab", false},
        {"?", "\xC3\xA4", true},
        {"?", "\xF0\x9F\x98\x80", true},
        {"??", "\xF0\x9F\x98\x80", false},
        {"a?c",
         "a\xE2\x82\xAC"
         "c",
         true},
        // One star is any number of characters, none of them a full stop.
        {"*", "", true},
        {"*", "abc", true},
        {"*", "a.c", false},
        {"*", ".", false},
        {"a*", "a", true},
        {"a*", "a.", false},
        {"a*c", "ac", true},
        {"a*c", "abcbc", true},
        {"a*c", "abcb", false},
        {"a*c", "ab.c", false},
        {"*.*", "a.b", true},
        {"*.*", ".", true},
        {"*.*", "a.b.c", false},
        {"*a*",
         "\xC3\xA4"
         "a\xC3\xA4",
         true},
        // Two or more are anything at all.
        {"**", "", true},
        {"**", "a.b.c", true},
        {"a**c", "ac", true},
        {"a**c", "a.b.c", true},
        {"a**c", "a.b.c.d", false},
        {"***", "a.b", true},
        {"a*****z", "a.b.z", true},
        {"**.*", "a.b.c", true},
        {"**.*", "abc", false},
        {"*?**", "ab.c", true},
        {"*?**", ".ab", false},
        // Escapes; a backslash before anything else is itself.
        {R"(\*)", "*", true},
        {R"(\*)", "a", false},
        {R"(\?)", "?", true},
        {R"(\?)", "a", false},
        {R"(\\)", R"(\)", true},
        {R"(\\)", R"(\\)", false},
        {R"(\\*)", R"(\abc)", true},
        {R"(\\*)", "abc", false},
        {R"(\\\*)", R"(\*)", true},
        {R"(\\\*)", R"(\a)", false},
        {R"(\a)", R"(\a)", true},
        {R"(\a)", "a", false},
        {R"(\.)", R"(\.)", true},
        {R"(a\)", R"(a\)", true},
        {R"(*\)", R"(abc\)", true},
        {R"(\***)", "*a.b", true},
        {R"(*\**)", "a*b", true},
        {R"(*\**)", "a.*b", false},
        // Case counts, the whole name must match, a literal stands for itself.
        {"Room", "Room", true},
        {"Room", "room", false},
        {"R*", "room", false},
        {"room", "room1", false},
        {"room", "my room", false},
        {"a.b", "a.b", true},
        {"a.b", "aXb", false},
        {"\xC3\xA4", "\xC3\xA4", true},
        {"\xC3\xA4", "\xC3\xA5", false},
        {" a ", " a ", true},
        {" a ", "a", false},
        {"[a-z]+", "[a-z]+", true},
        {"[a-z]+", "b", false},
    });
    for (const auto& [text, name, matches] : rows) {
        CAPTURE(text, name);
        CHECK(parsed(text).matches(name) == matches);
    }
}

TEST_CASE("Every short pattern matches every short name by its definition") {
    std::vector<std::string> texts;
    std::vector<std::string> names;
    each_text("a.*?\\", 5, texts);
    each_text("a.*", 4, names);
    std::size_t compared = 0;
    std::size_t matched = 0;
    for (const auto& text : texts) {
        if (text.empty()) continue;
        const auto made = pattern::parse(text);
        if (!made) FAIL("refused: " << text);
        for (const auto& name : names) {
            const bool expected = matches_by_definition(text, name);
            if (made->matches(name) != expected) FAIL(text << " with " << name);
            ++compared;
            matched += expected ? 1u : 0u;
        }
    }
    CHECK(compared == 3905 * 121);
    CHECK(matched > 10000);
}

TEST_CASE("A pattern that is too long, has too many stars or is no text is refused") {
    struct row {
        std::string text;
        errc code;
        std::size_t offset;
    };
    const std::vector<row> bad{
        {"", errc::invalid_pattern, 0},
        {"******", errc::invalid_pattern, 5},
        {"*a*b*c*d*e*f", errc::invalid_pattern, 10},
        {"**.**.**", errc::invalid_pattern, 7},
        {R"(\*******)", errc::invalid_pattern, 7},
        {times(1025, "a"), errc::invalid_pattern, 1024},
        {times(1025, "\xE2\x82\xAC"), errc::invalid_pattern, 3072},
        {times(512, "\xF0\x9F\x98\x80") + "a", errc::invalid_pattern, 2048},
        {"a" + times(512, "\xF0\x9F\x98\x80"), errc::invalid_pattern, 2045},
        {times(512, R"(\*)") + "a", errc::invalid_pattern, 1024},
        {"a\xFF*", errc::invalid_utf8, 1},
        {"a\xED\xA0\x80", errc::invalid_utf8, 1},
    };
    for (const auto& [text, code, offset] : bad) {
        CAPTURE(text.substr(0, 20), text.size());
        const auto made = pattern::parse(text);
        REQUIRE_FALSE(made.has_value());
        CHECK(made.error().code == code);
        CHECK(made.error().offset == offset);
    }
    CHECK(pattern::parse("*****").has_value());
    CHECK(pattern::parse(R"(\******)").has_value());
    CHECK(pattern::parse("*a*b*c*d*").has_value());
    CHECK(pattern::parse("**.**.*").has_value());
    CHECK(pattern::parse(times(200, R"(\*)") + "*****").has_value());
    CHECK(pattern::parse(times(1024, "a")).has_value());
    CHECK(pattern::parse(times(1024, "?")).has_value());
    CHECK(pattern::parse(times(1024, "\xE2\x82\xAC")).has_value());
    CHECK(pattern::parse(times(512, "\xF0\x9F\x98\x80")).has_value());
    CHECK(pattern::parse(times(512, R"(\?)")).has_value());
}

TEST_CASE("A pattern without wildcards is the one name that it matches") {
    CHECK(parsed("room").literal() == "room");
    CHECK(parsed(R"(a\*b\?c\\d\e)").literal() == R"(a*b?c\d\e)");
    CHECK(parsed("\xC2\xA2\xE2\x82\xAC\xF0\x9F\x98\x80").literal() == "\xC2\xA2\xE2\x82\xAC\xF0\x9F\x98\x80");
    CHECK_FALSE(parsed("a?").literal().has_value());
    CHECK_FALSE(parsed("a*").literal().has_value());
    CHECK_FALSE(parsed("**").literal().has_value());
}

TEST_CASE("Only two or more stars and nothing else match everything") {
    CHECK(parsed("**").matches_everything());
    CHECK(parsed("***").matches_everything());
    CHECK(parsed("*****").matches_everything());
    CHECK_FALSE(parsed("*").matches_everything());
    CHECK_FALSE(parsed("**?").matches_everything());
    CHECK_FALSE(parsed("**a**").matches_everything());
    CHECK_FALSE(parsed(R"(\**)").matches_everything());
}

TEST_CASE("Patterns are equal when their elements are") {
    CHECK(parsed("a**") == parsed("a***"));
    CHECK(parsed(R"(\a*)") == parsed(R"(\\a*)"));
    CHECK_FALSE(parsed("a*") == parsed("a**"));
    CHECK_FALSE(parsed("a*") == parsed(R"(a\*)"));
    CHECK_FALSE(parsed("?") == parsed(R"(\?)"));
}

TEST_CASE("Patterns of the greatest length match names of the greatest length") {
    const std::string questions = times(1024, "?");
    CHECK(parsed(questions).matches(times(1024, "a")));
    CHECK_FALSE(parsed(questions).matches(times(1023, "a")));
    CHECK_FALSE(parsed(questions).matches(times(1025, "a")));
    CHECK(parsed("**" + times(1022, "?")).matches(times(1, ".") + times(1023, "a")));
    for (std::size_t length = 60; length <= 70; ++length) {
        CAPTURE(length);
        CHECK(parsed(times(length, "a")).matches(times(length, "a")));
        CHECK(parsed(times(length, "a") + "*").matches(times(length, "a")));
        CHECK_FALSE(parsed(times(length, "a") + "*b").matches(times(length, "a")));
    }
}

TEST_CASE("The work of a hostile pattern is bounded by its length times the name's") {
    const std::string name = times(1024, "a");
    const std::string part = times(250, "a");
    const std::vector<std::string> hostile{
        "*a*a*a*a*b",
        "**a**a*b",
        "*****b",
        "*" + part + "*" + part + "*" + part + "*" + part + "*b",
        "**" + times(1000, "?") + "b",
        "**" + times(500, "?") + "**" + times(500, "a") + "b",
        times(1019, "?") + "*****",
    };
    for (const auto& text : hostile) {
        CAPTURE(text.substr(0, 20));
        const std::size_t steps = steps_of(text, name);
        CHECK(steps >= name.size());
        CHECK(steps <= (text.size() + 1) * name.size());
        // Twice the name is at most about twice the work.
        CHECK(steps_of(text, name + name) <= 2 * (text.size() + 1) * name.size());
    }
    // With few elements the work stays small however they are arranged.
    CHECK(steps_of("*a*a*a*a*b", name) <= 11 * name.size());
    CHECK_FALSE(parsed("*a*a*a*a*b").matches(name));
    CHECK(parsed("*a*a*a*a*b").matches(name + "b"));
}

TEST_CASE("Matching a name that is not UTF-8 is harmless") {
    CHECK_FALSE(parsed("\xEF\xBF\xBF").matches("\xFF"));
    CHECK_FALSE(parsed("a\xC3\xA4").matches("a\xC3"));
    CHECK_FALSE(parsed("ab").matches("a\xE2\x82"));
}
