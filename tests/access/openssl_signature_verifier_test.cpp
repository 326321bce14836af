// SPDX-License-Identifier: MIT
#include <webpubsub/access/jwk_set.hpp>
#include <webpubsub/access/openssl_signature_verifier.hpp>
#include <webpubsub/access/unverified_jwt.hpp>

#include "access/rfc_keys.hpp"
#include "access/signing_key.hpp"
#include "support/catch.hpp"

#include <openssl/err.h>

#include <string>
#include <string_view>

using namespace webpubsub;
using namespace webpubsub::tests;

namespace {

public_key key_of(const std::string& jwk) { return parse_jwk_set("{\"keys\":[" + jwk + "]}").value().keys.at(0).key; }

bool verifies(const public_key& key, std::string_view message, std::string_view signature) {
    return visit([&](const auto& of) { return openssl_signature_verifier{}(of, message, signature); }, key);
}

std::string signature_of(const jwt_segments& token) {
    std::string bytes;
    REQUIRE(base64url_decode_append(token.signature, bytes));
    return bytes;
}

} // namespace

TEST_CASE("libcrypto verifies the examples of RFC 7515 appendices A.2 and A.3") {
    const auto rsa = split_jwt(rfc7515_rs256_token).value();
    const auto p256 = split_jwt(rfc7515_es256_token).value();
    CHECK(verifies(key_of(rfc7515_rsa_key), rsa.signed_part, signature_of(rsa)));
    CHECK(verifies(key_of(rfc7515_p256_key), p256.signed_part, signature_of(p256)));
    SECTION("and neither for the other key") {
        CHECK_FALSE(verifies(key_of(rfc7515_rsa_key), p256.signed_part, signature_of(p256)));
        CHECK_FALSE(verifies(key_of(rfc7515_p256_key), rsa.signed_part, signature_of(rsa)));
    }
}

TEST_CASE("a signature holds for its message and its key only") {
    const auto& signer = GENERATE(0, 1) == 0 ? an_rsa_key() : a_p256_key();
    const auto key = key_of(signer.jwk("1"));
    const auto other = signer.is_rsa() ? key_of(rfc7515_rsa_key) : key_of(rfc7515_p256_key);
    for (const std::string& message : {std::string(), std::string("m"), std::string(100'000, 'm')}) {
        const auto signature = signer.sign(message);
        CHECK(verifies(key, message, signature));
        CHECK_FALSE(verifies(key, message + "m", signature));
        CHECK_FALSE(verifies(other, message, signature));
        for (std::size_t i = 0; i < signature.size(); i += 7) {
            auto changed = signature;
            changed[i] = static_cast<char>(changed[i] ^ 1);
            CHECK_FALSE(verifies(key, message, changed));
        }
    }
}

TEST_CASE("a signature has the length of its key") {
    const auto& signer = GENERATE(0, 1) == 0 ? an_rsa_key() : a_p256_key();
    const auto key = key_of(signer.jwk("1"));
    const auto signature = signer.sign("m");
    for (std::size_t size = 0; size < signature.size(); ++size)
        CHECK_FALSE(verifies(key, "m", signature.substr(0, size)));
    CHECK_FALSE(verifies(key, "m", signature + '\0'));
    CHECK_FALSE(verifies(key, "m", '\0' + signature));
    CHECK_FALSE(verifies(key, "m", std::string(signature.size(), '\0')));
    CHECK_FALSE(verifies(key, "m", std::string(signature.size(), '\xff')));
    CHECK_FALSE(verifies(key, "m", signature + signature));
}

TEST_CASE("what is no key verifies nothing") {
    const openssl_signature_verifier verifier;
    const auto signature = a_p256_key().sign("m");
    CHECK_FALSE(verifier(p256_public_key{}, "m", signature));
    auto beside = get<p256_public_key>(key_of(a_p256_key().jwk("1")));
    beside.y[31] ^= 1u;
    CHECK_FALSE(verifier(beside, "m", signature));
    p256_public_key beyond;
    beyond.x.fill(0xFF);
    beyond.y.fill(0xFF);
    CHECK_FALSE(verifier(beyond, "m", signature));

    const auto rsa_signature = an_rsa_key().sign("m");
    CHECK_FALSE(verifier(rsa_public_key{}, "m", rsa_signature));
    CHECK_FALSE(verifier(rsa_public_key{std::string(256, '\xff'), "\x01"}, "m", rsa_signature));
}

TEST_CASE("a failed verification leaves no error behind for others on the thread") {
    ERR_clear_error();
    CHECK_FALSE(openssl_signature_verifier{}(p256_public_key{}, "m", std::string(64, 'x')));
    CHECK_FALSE(verifies(key_of(rfc7515_rsa_key), "m", std::string(256, 'x')));
    CHECK(ERR_peek_error() == 0);
    // An error from before stays.
    ERR_raise(ERR_LIB_USER, 1);
    CHECK_FALSE(verifies(key_of(rfc7515_rsa_key), "m", std::string(256, 'x')));
    CHECK(ERR_GET_REASON(ERR_get_error()) == 1);
    CHECK(ERR_peek_error() == 0);
}
