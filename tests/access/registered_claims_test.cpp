// SPDX-License-Identifier: MIT
#include <webpubsub/access/registered_claims.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <vector>

using namespace webpubsub;
using namespace std::chrono_literals;

TEST_CASE("the registered claims are read, and all claims listed in their order") {
    const auto claims = read_registered_claims(
        R"( {"iss":"i","sub":"s","aud":["a","b"],"exp":30,"nbf":10.5,"iat":9,"roles":["r1","r2"],"n":1.50,)"
        R"("flag":true,"none":null,"deep":{"a" : [1]},"mixed":["t",1,null,{"b":"\u00e4"}],"t":"\u00fc\n"} )");
    REQUIRE(claims);
    CHECK(claims->issuer == "i");
    CHECK(claims->subject == "s");
    CHECK(claims->audiences == std::vector<std::string>{"a", "b"});
    CHECK(claims->expires == std::chrono::sys_seconds(30s));
    CHECK(claims->not_before == std::chrono::sys_seconds(10s));
    CHECK(claims->issued_at == std::chrono::sys_seconds(9s));
    CHECK(claims->all == std::vector<claim>{{"iss", {"i"}},
                                            {"sub", {"s"}},
                                            {"aud", {"a", "b"}},
                                            {"exp", {"30"}},
                                            {"nbf", {"10.5"}},
                                            {"iat", {"9"}},
                                            {"roles", {"r1", "r2"}},
                                            {"n", {"1.50"}},
                                            {"flag", {"true"}},
                                            {"none", {}},
                                            {"deep", {R"({"a" : [1]})"}},
                                            {"mixed", {"t", "1", "null", R"({"b":"\u00e4"})"}},
                                            {"t", {"\xc3\xbc\n"}}});
}

TEST_CASE("all but the expiry may be missing or null, and the last of a repeated claim counts") {
    const auto claims = read_registered_claims(R"({"iss":null,"sub":null,"aud":null,"nbf":null,"iat":null,"exp":1})");
    REQUIRE(claims);
    CHECK(claims->issuer.empty());
    CHECK(claims->audiences.empty());
    CHECK_FALSE(claims->not_before);
    const auto repeated = read_registered_claims(R"({"aud":["a"],"iss":"a","exp":1,"aud":"b","iss":"b","exp":2})");
    REQUIRE(repeated);
    CHECK(repeated->issuer == "b");
    CHECK(repeated->audiences == std::vector<std::string>{"b"});
    CHECK(repeated->expires == std::chrono::sys_seconds(2s));
}

TEST_CASE("registered claims of a wrong type are malformed") {
    const auto* const payload =
        GENERATE("{}", R"({"exp":null})", R"({"exp":"1"})", R"({"exp":1,"iss":1})", R"({"exp":1,"iss":["a"]})",
                 R"({"exp":1,"sub":1})", R"({"exp":1,"aud":1})", R"({"exp":1,"aud":{}})",
                 R"({"exp":1,"aud":["a",null]})", R"({"exp":1,"nbf":"x"})", R"({"exp":1,"iat":[]})", R"({"exp":1e17})");
    CAPTURE(payload);
    CHECK(read_registered_claims(payload).error() == error(errc::token_malformed));
}
