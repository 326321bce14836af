// SPDX-License-Identifier: MIT
#include <webpubsub/access/jwk_set.hpp>

#include "access/rfc_keys.hpp"
#include "support/catch.hpp"

#include <string>
#include <string_view>

using namespace webpubsub;
using namespace webpubsub::tests;

namespace {

const std::string modulus = detail::json_string_of(*detail::read_jwk_members(rfc7515_rsa_key).n);
const std::string x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
const std::string y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

std::string rsa_with(std::string_view members) {
    return R"({"kty":"RSA","n":")" + modulus + R"(","e":"AQAB")" + std::string(members) + "}";
}

std::string p256_with(std::string_view members) {
    return R"({"kty":"EC","crv":"P-256","x":")" + x + R"(","y":")" + y + "\"" + std::string(members) + "}";
}

std::string set_of(const std::string& keys) { return "{\"keys\":[" + keys + "]}"; }

std::string encoded(std::string_view bytes) {
    std::string text;
    base64url_encode_append(bytes, text);
    return text;
}

std::string rsa_of(std::string_view n, std::string_view e) {
    return R"({"kty":"RSA","n":")" + encoded(n) + R"(","e":")" + encoded(e) + "\"}";
}

/// The member for which the only key of a set is passed over.
std::string reason_of(const std::string& key) {
    const auto read = parse_jwk_set(set_of(key));
    REQUIRE(read);
    if (!read->keys.empty()) return "none";
    REQUIRE(read->passed_over.size() == 1);
    CHECK(read->passed_over[0].index == 0);
    CHECK(read->passed_over[0].reason.code == errc::invalid_key);
    REQUIRE(read->passed_over[0].reason.subject != nullptr);
    return read->passed_over[0].reason.subject;
}

} // namespace

TEST_CASE("the key set of RFC 7517 appendix A.1 has one key for verifying") {
    const auto set = parse_jwk_set(rfc7517_key_set);
    REQUIRE(set);
    REQUIRE(set->keys.size() == 1);
    CHECK(set->keys[0].id == "2011-04-29");
    const auto* const rsa = get_if<rsa_public_key>(&set->keys[0].key);
    REQUIRE(rsa != nullptr);
    CHECK(rsa->modulus.size() == 256);
    CHECK(rsa->modulus.substr(0, 4) == "\xd2\xfc\x7b\x6a");
    CHECK(rsa->exponent == std::string("\x01\x00\x01", 3));
    CHECK(algorithm_of(set->keys[0].key) == "RS256");
    CHECK(set->passed_over == std::vector<passed_over_jwk>{{0, "1", error::about(errc::invalid_key, "use")}});
}

TEST_CASE("a key on P-256 has its two coordinates") {
    const auto set = parse_jwk_set(set_of(p256_with(R"(,"kid":"k")")));
    REQUIRE(set);
    REQUIRE(set->keys.size() == 1);
    const auto* const key = get_if<p256_public_key>(&set->keys[0].key);
    REQUIRE(key != nullptr);
    CHECK(encoded({reinterpret_cast<const char*>(key->x.data()), 32}) == x);
    CHECK(encoded({reinterpret_cast<const char*>(key->y.data()), 32}) == y);
    CHECK(algorithm_of(set->keys[0].key) == "ES256");
}

TEST_CASE("members that a key may have or not") {
    const std::string_view members =
        GENERATE("", R"(,"use":"sig")", R"(,"key_ops":["verify"])", R"(,"key_ops":["sign","verify"])",
                 R"(,"use":"sig","key_ops":["verify"])", R"(,"x5t":"abc","x5c":["MII"],"unknown":{"a":[1]})",
                 R"(,"kid":"\u00e4")", R"(,"use":"enc","use":"sig")");
    CAPTURE(members);
    CHECK(reason_of(rsa_with(members)) == "none");
    CHECK(reason_of(p256_with(members)) == "none");
    CHECK(reason_of(rsa_with(std::string(members) + R"(,"alg":"RS256")")) == "none");
    CHECK(reason_of(p256_with(std::string(members) + R"(,"alg":"ES256")")) == "none");
}

TEST_CASE("keys for something else and keys of another kind are passed over with the member that says so") {
    CHECK(reason_of(rsa_with(R"(,"use":"enc")")) == "use");
    CHECK(reason_of(rsa_with(R"(,"use":"SIG")")) == "use");
    CHECK(reason_of(rsa_with(R"(,"use":1)")) == "use");
    CHECK(reason_of(rsa_with(R"(,"key_ops":["encrypt"])")) == "key_ops");
    CHECK(reason_of(p256_with(R"(,"key_ops":[])")) == "key_ops");
    CHECK(reason_of(p256_with(R"(,"key_ops":"verify")")) == "key_ops");
    CHECK(reason_of(p256_with(R"(,"key_ops":{"verify":"verify"})")) == "key_ops");
    for (const auto* const alg : {"RS512", "PS256", "ES256", "HS256", "none", ""}) {
        CHECK(reason_of(rsa_with(std::string(R"(,"alg":")") + alg + "\"")) == "alg");
    }
    CHECK(reason_of(p256_with(R"(,"alg":"RS256")")) == "alg");
    CHECK(reason_of(p256_with(R"(,"alg":null)")) == "alg");
    CHECK(reason_of(p256_with(R"(,"kid":1)")) == "kid");
    CHECK(reason_of(p256_with(R"(,"crv":"P-384")")) == "crv");
    CHECK(reason_of(R"({"kty":"oct","k":"c2VjcmV0"})") == "kty");
    CHECK(reason_of(R"({"kty":"OKP","crv":"Ed25519","x":"AA"})") == "kty");
    CHECK(reason_of(R"({"kty":"rsa"})") == "kty");
    CHECK(reason_of("{}") == "kty");
}

TEST_CASE("keys with bad numbers are passed over with the name of the number") {
    const std::string good(256, '\xff');
    CHECK(reason_of(rsa_of(good, "\x03")) == "none");
    CHECK(reason_of(rsa_of('\0' + good, "\x03")) == "none");
    // 2047 bits, 2040 bits, and an even number.
    CHECK(reason_of(rsa_of("\x7f" + std::string(255, '\xff'), "\x03")) == "n");
    CHECK(reason_of(rsa_of('\0' + std::string(255, '\xff'), "\x03")) == "n");
    CHECK(reason_of(rsa_of(std::string(255, '\xff') + "\xfe", "\x03")) == "n");
    CHECK(reason_of(rsa_of("", "\x03")) == "n");
    CHECK(reason_of(R"({"kty":"RSA","e":"AQAB"})") == "n");
    CHECK(reason_of(R"({"kty":"RSA","n":"a+b=","e":"AQAB"})") == "n");
    CHECK(reason_of(R"({"kty":"RSA","n":5,"e":"AQAB"})") == "n");
    for (const auto* const e : {"", "\x01", "\x02", "\x10", "\x01\x01\x01\x01\x01\x01\x01\x01\x01"}) {
        CHECK(reason_of(rsa_of(good, e)) == "e");
    }
    CHECK(reason_of(rsa_of(good, std::string("\0\0\x01", 3))) == "e");
    CHECK(reason_of(R"({"kty":"RSA","n":"AQAB","e":null})") == "e");

    CHECK(reason_of(R"({"kty":"EC","crv":"P-256","y":")" + y + "\"}") == "x");
    CHECK(reason_of(R"({"kty":"EC","crv":"P-256","x":")" + x + "\"}") == "y");
    CHECK(reason_of(R"({"kty":"EC","crv":"P-256","x":"AQAB","y":")" + y + "\"}") == "x");
    // A number of 33 bytes, which begins with a zero.
    std::string y_bytes(1, '\0');
    REQUIRE(base64url_decode_append(y, y_bytes));
    CHECK(reason_of(R"({"kty":"EC","crv":"P-256","x":")" + x + R"(","y":")" + encoded(y_bytes) + "\"}") == "y");
}

TEST_CASE("zeros before the numbers of an RSA key are dropped") {
    const std::string n(256, '\xff');
    const auto set = parse_jwk_set(set_of(rsa_of(std::string(2, '\0') + n, std::string("\0\x03", 2))));
    REQUIRE(set);
    CHECK(set->keys.at(0).key == public_key(rsa_public_key{n, "\x03"}));
}

TEST_CASE("a key that can't be used makes no difference to the others") {
    const auto set = parse_jwk_set(
        set_of("{}," + rsa_with(R"(,"kid":"a")") + ",{\"kty\":\"oct\",\"kid\":\"b\"}," + p256_with(R"(,"kid":"c")")));
    REQUIRE(set);
    REQUIRE(set->keys.size() == 2);
    CHECK(set->keys[0].id == "a");
    CHECK(set->keys[1].id == "c");
    REQUIRE(set->passed_over.size() == 2);
    CHECK(set->passed_over[0].index == 0);
    CHECK(set->passed_over[0].id == std::nullopt);
    CHECK(set->passed_over[1].index == 2);
    CHECK(set->passed_over[1].id == "b");
    CHECK(parse_jwk_set(R"({"keys":[]})").value() == jwk_set{});
}

TEST_CASE("a text that is no set of keys") {
    const auto failure = [](std::string_view text) {
        const auto read = parse_jwk_set(text);
        REQUIRE_FALSE(read);
        return read.error();
    };
    CHECK(failure("") == error(errc::invalid_key_set, 0));
    CHECK(failure(R"({"keys":[})") == error(errc::invalid_key_set, 9));
    CHECK(failure(R"({"keys":[]}x)") == error(errc::invalid_key_set, 11));
    for (const auto* const text : {"{}", "[]", "null", R"({"keys":null})", R"({"keys":{}})", R"({"KEYS":[]})",
                                   R"({"keys":[1]})", R"({"keys":[[]]})", R"({"keys":[],"keys":"a"})"}) {
        CAPTURE(text);
        CHECK(failure(text) == error::about(errc::invalid_key_set, "keys"));
    }
    CHECK(failure(R"({"keys":"a"})").message() == "The text is not a set of JSON Web Keys. (keys)");
}

TEST_CASE("the limits of a set are those of its bytes, its keys, its depth and an RSA key's size") {
    const auto text = set_of(rsa_with(R"(,"x":[[]])") + ",{}");
    jwk_set_limits limits;
    limits.max_bytes = text.size();
    limits.max_keys = 2;
    limits.max_depth = 5;
    limits.max_modulus_bits = 2048;
    REQUIRE(parse_jwk_set(text, limits));
    CHECK(parse_jwk_set(text, limits)->keys.size() == 1);

    auto less = limits;
    --less.max_bytes;
    CHECK(parse_jwk_set(text, less).error() ==
          error::exceeds(errc::invalid_key_set, "max_bytes", text.size() - 1, text.size()));
    less = limits;
    --less.max_keys;
    CHECK(parse_jwk_set(text, less).error() == error::exceeds(errc::invalid_key_set, "max_keys", 1, 2));
    less = limits;
    --less.max_depth;
    CHECK(parse_jwk_set(text, less).error().code == errc::invalid_key_set);
    less = limits;
    --less.max_modulus_bits;
    const auto read = parse_jwk_set(text, less);
    REQUIRE(read);
    CHECK(read->keys.empty());
    CHECK(read->passed_over.at(0).reason == error::exceeds(errc::invalid_key, "max_modulus_bits", 2047, 2048));
}
