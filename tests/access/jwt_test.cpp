// SPDX-License-Identifier: MIT
#include <webpubsub/access/jwt.hpp>

#include "support/access.hpp"
#include "support/catch.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::tests;

namespace {

const std::vector<access_key> only_primary{primary};

constexpr std::string_view vector_payload =
    R"({"aud":"https://example.webpubsub.azure.com/client/hubs/chat","iat":1700000000,"exp":1700003600,)"
    R"("sub":"user1","role":["webpubsub.sendToGroup","webpubsub.joinLeaveGroup.room1"],)"
    R"("webpubsub.group":["room1"]})";

/// A token with any header, signed over whatever its two segments are.
std::string sign_segments(std::string_view header_segment, std::string_view payload_segment) {
    std::string token(header_segment);
    token += '.';
    token += payload_segment;
    return token + '.' + detail::jwt_signature(token, primary, hmac);
}

std::string sign_with_header(std::string_view header, std::string_view payload = "{}") {
    return sign_segments(detail::base64url(header), detail::base64url(payload));
}

errc verify_error(std::string_view token, const jwt_limits& limits = {}) {
    const auto verified = verify_jwt(token, only_primary, hmac, limits);
    REQUIRE_FALSE(verified);
    return verified.error().code;
}

std::string nested(std::size_t depth) {
    // The payload's own object is the first level.
    return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
}

} // namespace

TEST_CASE("signing gives the bytes of the protocol's test vector") {
    // So the key is the bytes of its text, not what base64 makes of them.
    const auto token = sign_jwt(vector_payload, primary, hmac);
    CHECK(token == "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." + detail::base64url(vector_payload) +
                       ".ON0Z-oYIzfZ5daSVk1-0ENIewJompphySogPa1fOhiw");
}

TEST_CASE("a token that was signed is verified and its payload read") {
    const auto payload = verify_jwt(sign_jwt(vector_payload, primary, hmac), only_primary, hmac);
    REQUIRE(payload);
    CHECK(payload->size() == 6);
    CHECK(payload->at("sub").as_string() == "user1");
    CHECK(payload->at("exp").as_int64() == 1700003600);
}

TEST_CASE("any key of the list verifies, wherever it is in it") {
    const auto third_key = access_key::make(std::string(32, '3')).value();
    struct row {
        std::vector<access_key> only_primary;
        bool verifies;
    };
    const auto [list, verifies] = GENERATE_COPY(values<row>({
        {{primary}, true},
        {{primary, secondary}, true},
        {{secondary, primary}, true},
        {{secondary, third_key, primary}, true},
        {{primary, primary}, true},
        {{secondary}, false},
        {{secondary, third_key}, false},
        {{}, false},
    }));
    const auto verified = verify_jwt(sign_jwt("{}", primary, hmac), list, hmac);
    CHECK(verified.has_value() == verifies);
    if (!verifies) CHECK(verified.error() == error(errc::token_signature));
}

TEST_CASE("a token split into its segments") {
    const auto segments = split_jwt("a.bc.def");
    REQUIRE(segments);
    CHECK(segments->header == "a");
    CHECK(segments->payload == "bc");
    CHECK(segments->signature == "def");
    CHECK(segments->signed_part == "a.bc");
}

TEST_CASE("anything but three segments with something in them is malformed") {
    const auto* const token = GENERATE("", ".", "..", "...", "a", "a.b", "a.b.", "a..c", ".b.c", "a.b.c.", "a.b.c.d",
                                       ".a.b.c", "a.b..c", "..c", "a..");
    CAPTURE(token);
    const auto segments = split_jwt(token);
    REQUIRE_FALSE(segments);
    CHECK(segments.error() == error(errc::token_malformed));
    CHECK(verify_error(token) == errc::token_malformed);
}

TEST_CASE("no header but that of HS256 is accepted, however well it is signed") {
    struct row {
        std::string_view header;
        errc code;
    };
    const auto [header, code] = GENERATE(values<row>({
        {R"({"alg":"none","typ":"JWT"})", errc::token_algorithm},
        {R"({"alg":"None"})", errc::token_algorithm},
        {R"({"alg":"hs256"})", errc::token_algorithm},
        {R"({"alg":"HS256 "})", errc::token_algorithm},
        {R"({"alg":"HS256\u0000"})", errc::token_algorithm},
        {R"({"alg":"HS384"})", errc::token_algorithm},
        {R"({"alg":"HS512"})", errc::token_algorithm},
        {R"({"alg":"RS256"})", errc::token_algorithm},
        {R"({"alg":""})", errc::token_algorithm},
        {R"({"alg":null})", errc::token_algorithm},
        {R"({"alg":256})", errc::token_algorithm},
        {R"({"alg":["HS256"]})", errc::token_algorithm},
        {R"({"ALG":"HS256"})", errc::token_algorithm},
        {R"({"typ":"JWT"})", errc::token_algorithm},
        {R"({})", errc::token_algorithm},
        {R"({"alg":"HS256","alg":"none"})", errc::token_algorithm},
        {R"({"alg":"HS256","crit":["b64"],"b64":false})", errc::token_malformed},
        {R"({"alg":"HS256","crit":[]})", errc::token_malformed},
        {R"("HS256")", errc::token_malformed},
        {R"(["HS256"])", errc::token_malformed},
        {R"(null)", errc::token_malformed},
        {R"({"alg":"HS256"}x)", errc::token_malformed},
        {R"({"alg":"HS256")", errc::token_malformed},
        {"{\"alg\":\"HS256\",\"x\":\"\xff\"}", errc::token_malformed},
        {"\xef\xbb\xbf{\"alg\":\"HS256\"}", errc::token_malformed},
        {"not json", errc::token_malformed},
    }));
    CAPTURE(header);
    CHECK(verify_error(sign_with_header(header)) == code);
}

TEST_CASE("other members of the header and white space do no harm") {
    const auto* const header =
        GENERATE(R"({"alg":"HS256"})", R"({"typ":"JWT","alg":"HS256","kid":"1"})", " {\n\"alg\" : \"HS256\" } ",
                 R"({"alg":"none","alg":"HS256"})", R"({"alg":"HS\u003256"})");
    CAPTURE(header);
    CHECK(verify_jwt(sign_with_header(header), only_primary, hmac));
}

TEST_CASE("an unsigned token is malformed and a token signed with nothing has the wrong signature") {
    const auto header = detail::base64url(R"({"alg":"none"})");
    CHECK(verify_error(header + ".e30.") == errc::token_malformed);
    CHECK(verify_error(header + ".e30") == errc::token_malformed);
    CHECK(verify_error("eyJhbGciOiJIUzI1NiJ9.e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA") ==
          errc::token_signature);
}

TEST_CASE("a token does not survive the change of any of its characters") {
    const auto token = sign_jwt(R"({"sub":"user1"})", primary, hmac);
    for (std::size_t i = 0; i < token.size(); ++i) {
        for (const char c : std::string_view("A-_.=+/ \0\xff", 10)) {
            if (token[i] == c) continue;
            std::string changed = token;
            changed[i] = c;
            CAPTURE(i, c);
            CHECK_FALSE(verify_jwt(changed, only_primary, hmac));
        }
        CHECK_FALSE(verify_jwt(token.substr(0, i), only_primary, hmac));
    }
    for (const char* const more : {"A", "=", ".", " ", "\n"}) CHECK_FALSE(verify_jwt(token + more, only_primary, hmac));
}

TEST_CASE("a signature has one spelling only") {
    // 32 bytes leave two unused bits in the last of 43 digits, which a lenient decoder would drop.
    std::string token = sign_jwt("{}", primary, hmac);
    const std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const auto last = digits.find(token.back());
    REQUIRE(last % 4 == 0);
    for (std::size_t unused = 1; unused < 4; ++unused) {
        token.back() = digits[last + unused];
        CHECK(verify_error(token) == errc::token_signature);
    }
}

TEST_CASE("well signed tokens whose payload can't be read are malformed") {
    const auto* const payload = GENERATE("", " ", "[]", "null", "1", "\"text\"", "{", "{}{}", "{\"a\":}", "{\"a\":1,}",
                                         "{'a':1}", "{\"a\":01}", "{\"a\":NaN}", "{\"a\":\"\xff\"}",
                                         "{\"a\":\"\\ud800\"}", "\xef\xbb\xbf{}", "{/**/}", "{\"a\":\"\n\"}");
    CAPTURE(payload);
    CHECK(verify_error(sign_with_header(R"({"alg":"HS256"})", payload)) == errc::token_malformed);
}

TEST_CASE("segments that are not base64url are malformed even if signed") {
    const auto* const segment = GENERATE("e30=", "e3", "e31", "e", "e30 ", "e+0", "e/0", "e30\n", "\xc3\xbc", "e%30");
    CAPTURE(segment);
    CHECK(verify_error(sign_segments("eyJhbGciOiJIUzI1NiJ9", segment)) == errc::token_malformed);
    CHECK(verify_error(sign_segments(segment, "e30")) == errc::token_malformed);
}

TEST_CASE("the last of a repeated claim counts") {
    const auto payload = verify_jwt(sign_jwt(R"({"sub":"a","x":1,"sub":"b"})", primary, hmac), only_primary, hmac);
    REQUIRE(payload);
    CHECK(payload->at("sub").as_string() == "b");
    CHECK(payload->size() == 2);
}

TEST_CASE("the limits of a token hold for its bytes and its depth") {
    const auto token = sign_jwt(R"({"sub":"user1"})", primary, hmac);
    jwt_limits limits;
    limits.max_bytes = token.size();
    CHECK(verify_jwt(token, only_primary, hmac, limits));
    limits.max_bytes = token.size() - 1;
    CHECK(verify_error(token, limits) == errc::token_malformed);

    limits = {};
    limits.max_depth = 4;
    CHECK(verify_jwt(sign_jwt(nested(4), primary, hmac), only_primary, hmac, limits));
    CHECK(verify_error(sign_jwt(nested(5), primary, hmac), limits) == errc::token_malformed);
    CHECK(verify_error(sign_jwt(nested(20000), primary, hmac)) == errc::token_malformed);
    CHECK(verify_error(sign_with_header(R"({"alg":"HS256","x":[[[[]]]]})"), limits) == errc::token_malformed);
}

TEST_CASE("the payload is not parsed before its signature is right") {
    // Not JSON, and signed by someone else: what is told is the signature.
    CHECK(verify_error(sign_jwt("not json", secondary, hmac)) == errc::token_signature);
}
