// SPDX-License-Identifier: MIT
#include <webpubsub/access/client_claims.hpp>

#include "support/catch.hpp"

#include <boost/json/parse.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

using namespace webpubsub;

namespace {

using strings = std::vector<std::string>;

std::chrono::sys_seconds date(std::int64_t seconds) { return std::chrono::sys_seconds(std::chrono::seconds(seconds)); }

result<client_claims> read(std::string_view payload) {
    return read_client_claims(boost::json::parse(payload).as_object());
}

/// The claims of a payload with an `exp` and this member.
result<client_claims> read_with(std::string_view member) {
    return read(std::string(R"({"exp":1700003600,)").append(member).append("}"));
}

strings values_of(std::string_view json) {
    const auto claims = read_with("\"x\":" + std::string(json));
    REQUIRE(claims);
    REQUIRE(claims->all.size() == 2);
    CHECK(claims->all[1].name == "x");
    return claims->all[1].values;
}

} // namespace

TEST_CASE("the claims of a client's token are read") {
    const auto claims =
        read(R"({"aud":"https://h/client/hubs/chat","iat":1700000000,"nbf":1700000001,"exp":1700003600,"sub":"user1",)"
             R"("role":["webpubsub.sendToGroup","webpubsub.joinLeaveGroup.room1"],"webpubsub.group":["room1","room2"],)"
             R"("iss":"me","team":["a","b"]})");
    REQUIRE(claims);
    CHECK(claims->user_id == "user1");
    CHECK(claims->roles == strings{"webpubsub.sendToGroup", "webpubsub.joinLeaveGroup.room1"});
    CHECK(claims->groups == strings{"room1", "room2"});
    CHECK(claims->audiences == strings{"https://h/client/hubs/chat"});
    CHECK(claims->expires == date(1700003600));
    CHECK(claims->not_before == date(1700000001));
    CHECK(claims->issued_at == date(1700000000));
    CHECK(claims->all == std::vector<claim>{
                             {"aud", {"https://h/client/hubs/chat"}},
                             {"iat", {"1700000000"}},
                             {"nbf", {"1700000001"}},
                             {"exp", {"1700003600"}},
                             {"sub", {"user1"}},
                             {"role", {"webpubsub.sendToGroup", "webpubsub.joinLeaveGroup.room1"}},
                             {"webpubsub.group", {"room1", "room2"}},
                             {"iss", {"me"}},
                             {"team", {"a", "b"}},
                         });
}

TEST_CASE("a token needs nothing but its expiry") {
    const auto claims = read(R"({"exp":1})");
    REQUIRE(claims);
    client_claims expected;
    expected.expires = date(1);
    expected.all = {{"exp", {"1"}}};
    CHECK(*claims == expected);
}

TEST_CASE("roles, groups and audiences are a string, an array of strings or nothing") {
    struct row {
        std::string_view json;
        strings values;
    };
    const auto [json, values_read] = GENERATE(values<row>({
        {R"("a")", {"a"}},
        {R"(["a"])", {"a"}},
        {R"(["a","b","a"])", {"a", "b", "a"}},
        {R"("a,b c")", {"a,b c"}},
        {R"("")", {""}},
        {R"("r\u00e4um")", {"r\xc3\xa4um"}},
        {"[]", {}},
        {"null", {}},
    }));
    const std::string value(json);
    CAPTURE(value);
    CHECK(read_with("\"role\":" + value)->roles == values_read);
    CHECK(read_with("\"webpubsub.group\":" + value)->groups == values_read);
    CHECK(read_with("\"aud\":" + value)->audiences == values_read);
}

TEST_CASE("a user id is a string, and none where it is empty") {
    CHECK(read_with(R"("sub":"u")")->user_id == "u");
    CHECK(read_with(R"("sub":"\u00fc \ud83d\ude00")")->user_id == "\xc3\xbc \xf0\x9f\x98\x80");
    CHECK_FALSE(read_with(R"("sub":"")")->user_id);
    CHECK_FALSE(read_with(R"("sub":null)")->user_id);
    CHECK_FALSE(read_with(R"("Sub":"u")")->user_id);
}

TEST_CASE("dates are whole or broken numbers of seconds") {
    struct row {
        std::string_view json;
        std::int64_t seconds;
    };
    const auto [json, seconds] = GENERATE(values<row>({
        {"0", 0},
        {"-1", -1},
        {"1700003600", 1700003600},
        {"1700003600.0", 1700003600},
        {"1700003600.75", 1700003600},
        {"-0.5", -1},
        {"1.7E9", 1700000000},
        {"253402300799", 253402300799},
        {"9007199254740992", 9007199254740992},
        {"-9007199254740992", -9007199254740992},
        {"9.007199254740992E15", 9007199254740992},
    }));
    const std::string value(json);
    CAPTURE(value);
    CHECK(read("{\"exp\":" + value + "}")->expires == date(seconds));
    CHECK(read_with("\"nbf\":" + value)->not_before == date(seconds));
    CHECK(read_with("\"iat\":" + value)->issued_at == date(seconds));
}

TEST_CASE("what is no date is malformed") {
    const std::string value =
        GENERATE("\"1700003600\"", "true", "[]", "[1700003600]", "{}", "9007199254740993", "-9007199254740993",
                 "9007199254740994.0", "9223372036854775807", "9223372036854775808", "18446744073709551615",
                 "18446744073709551616", "1E300", "-1E300");
    CAPTURE(value);
    CHECK(read("{\"exp\":" + value + "}").error() == error(errc::token_malformed));
    CHECK(read_with("\"nbf\":" + value).error() == error(errc::token_malformed));
    CHECK(read_with("\"iat\":" + value).error() == error(errc::token_malformed));
}

TEST_CASE("claims of a wrong type are malformed, and so is a token that never expires") {
    const auto* const payload =
        GENERATE("{}", R"({"exp":null})", R"({"EXP":1})", R"({"exp":1,"sub":["u"]})", R"({"exp":1,"sub":{}})",
                 R"({"exp":1,"sub":true})", R"({"exp":1,"role":1})", R"({"exp":1,"role":{}})",
                 R"({"exp":1,"role":["a",1]})", R"({"exp":1,"role":["a",null]})", R"({"exp":1,"role":[["a"]]})",
                 R"({"exp":1,"webpubsub.group":1})", R"({"exp":1,"webpubsub.group":[1]})", R"({"exp":1,"aud":1})",
                 R"({"exp":1,"aud":[1]})", R"({"exp":1,"aud":{}})");
    CAPTURE(payload);
    const auto claims = read(payload);
    REQUIRE_FALSE(claims);
    CHECK(claims.error() == error(errc::token_malformed));
}

TEST_CASE("claims of the application's own become lists of text") {
    CHECK(values_of(R"("text")") == strings{"text"});
    CHECK(values_of(R"("")") == strings{""});
    CHECK(values_of(R"(["a",1,true])") == strings{"a", "1", "true"});
    CHECK(values_of("null").empty());
    CHECK(values_of("[]").empty());
    CHECK(values_of("[null]") == strings{"null"});
    CHECK(values_of("18446744073709551615") == strings{"18446744073709551615"});
    CHECK(values_of("-7") == strings{"-7"});
    CHECK(values_of("1.5") == strings{"1.5"});
    CHECK(values_of("0.1") == strings{"0.1"});
    CHECK(values_of(R"({"a":{"b":["c"]}})") == strings{R"({"a":{"b":["c"]}})"});
    CHECK(values_of(R"([["a"],{"b":1}])") == strings{R"(["a"])", R"({"b":1})"});
}

TEST_CASE("a number that is not finite makes a token malformed wherever it is") {
    // Boost.JSON 1.81 makes such values of texts like 1e400 and 0e9090.
    using boost::json::array;
    using boost::json::object;
    const double number = GENERATE(std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
                                   std::numeric_limits<double>::quiet_NaN());
    CAPTURE(number);
    for (const auto& payload :
         {object{{"exp", number}}, object{{"exp", 1}, {"nbf", number}}, object{{"exp", 1}, {"iat", number}},
          object{{"exp", 1}, {"x", number}}, object{{"exp", 1}, {"x", array{1, number}}},
          object{{"exp", 1}, {"x", array{object{{"y", array{number}}}}}}}) {
        const auto claims = read_client_claims(payload);
        REQUIRE_FALSE(claims);
        CHECK(claims.error() == error(errc::token_malformed));
    }
}

TEST_CASE("a number beyond what a double holds is refused or read as finite") {
    const auto* const text = GENERATE("1e400", "-1e400", "0e9090", "1e99999");
    CAPTURE(text);
    const auto claims = read_with(std::string("\"x\":") + text);
    if (claims) {
        CHECK(claims->all[1].values == strings{"0"});
    } else {
        CHECK(claims.error() == error(errc::token_malformed));
    }
}

TEST_CASE("defect 36: a user id that is a number is taken as its digits") {
    const auto user_of = [](const char* payload) {
        const auto claims = webpubsub::read_client_claims(boost::json::parse(payload).as_object());
        return claims ? claims->user_id : "refused";
    };
    CHECK(user_of(R"({"exp":1700000000,"sub":42})") == "42");
    CHECK(user_of(R"({"exp":1700000000,"sub":18446744073709551615})") == "18446744073709551615");
    CHECK(user_of(R"({"exp":1700000000,"sub":"ada"})") == "ada");
    CHECK(user_of(R"({"exp":1700000000,"sub":1.5})") == "refused");
    CHECK(user_of(R"({"exp":1700000000,"sub":true})") == "refused");
}
