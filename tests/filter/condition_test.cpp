// SPDX-License-Identifier: MIT
#include <webpubsub/filter/condition.hpp>
#include <webpubsub/filter/filter.hpp>

#include "support/catch.hpp"

#include <set>
#include <string>
#include <string_view>
#include <utility>

using namespace webpubsub;
using namespace webpubsub::filters;

namespace {

using groups = std::set<std::string, std::less<>>;

struct subject {
    std::optional<std::string> user_id;
    std::string connection_id = "c1";
    groups in{};
    std::optional<std::string> protocol{};
};

bool matches(std::string_view text, const subject& of) {
    const auto parsed = condition::parse(text);
    INFO(text);
    REQUIRE((parsed ? "" : parsed.error().message) == "");
    return parsed->matches(
        {of.user_id, of.connection_id, of.protocol, of.in.size(),
         [](const void* all, std::string_view name) { return static_cast<const groups*>(all)->count(name) != 0; },
         &of.in});
}

std::string error_of(std::string_view text) {
    const auto parsed = condition::parse(text);
    return parsed ? "" : parsed.error().message;
}

const subject ada{"user1", "c1", {"group1", "g2"}, "json.webpubsub.azure.v1"};
const subject nobody{std::nullopt, "c2", {}, {}};

} // namespace

TEST_CASE("the published examples of filters select whom they say") {
    CHECK(matches("userId eq 'user1'", ada));
    CHECK_FALSE(matches("userId eq 'user1'", nobody));
    CHECK(matches("userId eq null", nobody));
    CHECK(matches("userId in ('user1','user2','user3') and 'group1' in groups", ada));
    CHECK_FALSE(matches("userId eq 'user1' and connectionId ne 'c1'", ada));
    CHECK(matches("userId eq 'user1' and (not ('group3' in groups))", ada));
    CHECK(matches("'group1' in groups or 'group2' in groups", ada));
    CHECK(matches("length(groups) gt 1", ada));
    CHECK(matches("startswith(userId,'user') and length(userId) gt 3", ada));
    CHECK(matches("substring(userId,4,1) eq '1'", ada));
    CHECK(matches("tolower(userId) eq 'user1'", {"USER1"}));
    CHECK(matches("userId eq 'user''1'", {"user'1"}));
    CHECK(matches("('0~YQ' in groups or '0~Yg' in groups) and not ('0~Yw' in groups)", {"", "c", {"0~Yg"}}));
}

TEST_CASE("what binds more comes first") {
    CHECK(matches("true or true and false", nobody));
    CHECK_FALSE(matches("(true or true) and false", nobody));
    CHECK(matches("not false and true", nobody));
    CHECK(matches("not (false and true)", nobody));
    CHECK(matches("not not true", nobody));
    CHECK_FALSE(matches("not true eq true", nobody));
    CHECK(matches("false eq not true", nobody));
    CHECK(matches("  ( ( userId )eq(null) )  ", nobody));
}

TEST_CASE("a missing text equals no text, is in no group and is not ordered") {
    CHECK(matches("userId ne 'a'", nobody));
    CHECK(matches("null eq null", nobody));
    CHECK(matches("'a' ne null", nobody));
    CHECK(matches("tolower(userId) eq null", nobody));
    CHECK(matches("length(userId) eq null", nobody));
    CHECK_FALSE(matches("length(userId) gt 0", nobody));
    CHECK_FALSE(matches("length(userId) lt 1", nobody));
    CHECK_FALSE(matches("null lt 1", nobody));
    CHECK_FALSE(matches("startswith(userId,'')", nobody));
    CHECK(matches("indexof(userId,'a') eq -1", nobody));
    CHECK_FALSE(matches("userId in groups", nobody));
    CHECK_FALSE(matches("null in groups", ada));
    CHECK(matches("userId in ('a',null)", nobody));
    CHECK(matches("concat(userId,'x') eq 'x'", nobody));
    CHECK(matches("protocol eq null", nobody));
    CHECK(matches("Protocol eq 'json.webpubsub.azure.v1'", ada));
}

TEST_CASE("functions count UTF-16 units, and a part that there is not makes a comparison false") {
    const subject odd{"a\xC3\xBC\xF0\x9F\x98\x80z"}; // a, u umlaut, an emoji of two units, z
    CHECK(matches("length(userId) eq 5", odd));
    CHECK(matches("indexof(userId,'z') eq 4", odd));
    CHECK(matches("substring(userId,4) eq 'z'", odd));
    CHECK(matches("substring(userId,1,1) eq '\xC3\xBC'", odd));
    CHECK(matches("substring(userId,5) eq ''", odd));
    CHECK_FALSE(matches("substring(userId,6) eq ''", odd));
    CHECK_FALSE(matches("substring(userId,6) ne ''", odd));
    CHECK_FALSE(matches("substring(userId,3) eq 'z'", odd));
    CHECK_FALSE(matches("substring(userId,0,9) eq 'a'", odd));
    CHECK_FALSE(matches("concat(substring(userId,9),'a') eq 'a'", odd));
    CHECK_FALSE(matches("substring(userId,9) in ('a',null)", odd));
    CHECK(matches("trim(userId) eq 'a b'", {" \xC2\xA0"
                                            "a b\t\xE2\x80\x83"}));
    CHECK(matches("trim('  ') eq ''", odd));
    CHECK(matches("toupper('aB1\xC3\xBC') eq 'AB1\xC3\xBC'", odd));
    CHECK(matches("contains(concat(userId,'q'),'zq') and endswith(userId,'z')", odd));
}

TEST_CASE("the texts of errors are those of the service") {
    CHECK(error_of("(not 'a')") == "Invalid syntax for 'not 'a'': Type 'string', expect 'bool'. (Parameter 'filter')");
    CHECK(error_of("userId lt 1") ==
          "Invalid syntax for 'userId lt 1': Type 'string', expect 'int'. (Parameter 'filter')");
    CHECK(error_of("invalid(ab,c)") ==
          "Invalid syntax for 'invalid(ab,c)': Token 'invalid(ab,c)' is not supported. (Parameter 'filter')");
    CHECK(error_of("ab eq 1") == "Invalid syntax for 'ab eq 1': Token 'ab' is not supported. (Parameter 'filter')");
}

TEST_CASE("what is no condition is refused") {
    for (const auto* bad : {"",
                            " ",
                            "userId",
                            "1",
                            "'a'",
                            "null",
                            "userId eq",
                            "eq 'a'",
                            "userId eq 'a",
                            "userId = 'a'",
                            "userId eq \"a\"",
                            "userId eq 1",
                            "length(userId) eq 'a'",
                            "true and",
                            "and true",
                            "true true",
                            "true and 'a'",
                            "1 or true",
                            "not length(userId) gt 5",
                            "(true",
                            "true)",
                            "()",
                            "userId in",
                            "userId in ()",
                            "userId in ('a'",
                            "userId in ('a' 'b')",
                            "userId in ('a',)",
                            "userId in (1)",
                            "1 in groups",
                            "groups",
                            "groups eq null",
                            "'a' in (groups",
                            "length()",
                            "length(1)",
                            "length('a','b')",
                            "substring('a')",
                            "substring('a',-1)",
                            "substring('a','b')",
                            "concat('a')",
                            "tolower(true)",
                            "ToLower('a') eq 'a'",
                            "userId EQ 'a'",
                            "1 eq 1a",
                            "1 eq 99999999999999999999",
                            "1 eq +-1",
                            "true eq 'a'",
                            "userId gt 'a'",
                            "true lt false",
                            "userId eq 'a' eq true",
                            "userId.x eq 'a'",
                            "$it eq 1"}) {
        CAPTURE(bad);
        CHECK(error_of(bad).ends_with(" (Parameter 'filter')"));
    }
}

TEST_CASE("a filter may be long but not deep") {
    std::string wide = "userId eq 'x'";
    for (int i = 0; i < 10000; ++i) wide += " or userId eq 'user1'";
    CHECK(matches(wide, ada));
    const auto nested = [](std::size_t depth) { return std::string(depth, '(') + "true" + std::string(depth, ')'); };
    CHECK(matches(nested(99), nobody));
    CHECK(error_of(nested(100)).find("deeper than 100") != std::string::npos);
    CHECK(error_of(std::string(1000000, '(')).find("deeper") != std::string::npos);
    std::string nots;
    for (int i = 0; i < 100000; ++i) nots += "not ";
    CHECK(error_of(nots + "true").find("deeper") != std::string::npos);
    CHECK(error_of("'a' in " + std::string(1000, '(') + "groups").find("deeper") != std::string::npos);
}

TEST_CASE("what is built of expressions is read as it is meant") {
    const auto both = [](const filter& made, const subject& of) { return matches(made.text(), of); };
    const subject brien{"O'Brien", "c", {"' in groups or 'g"}, {}};
    CHECK(both(user_id() == "O'Brien", brien));
    CHECK_FALSE(both(user_id() != "O'Brien", brien));
    CHECK(both(in_group("' in groups or 'g"), brien));
    CHECK_FALSE(both(in_group("g"), brien));
    CHECK_FALSE(both(user_id() == "x' or true or 'a' eq 'a", brien));
    CHECK(both(!(user_id() == "a" || in_group("b")) && group_count() == 1, brien));
    CHECK(both(to_upper(substring(user_id(), 2, 1)) == "B" && index_of(user_id(), "n") == 6, brien));
    CHECK(both(!!(user_id() == nullptr), nobody));
    CHECK(both(user_id().in({"a", nullptr}), nobody));
    CHECK(both(!filter() || trim(concat(" ", connection_id())) == "c", brien));
}
