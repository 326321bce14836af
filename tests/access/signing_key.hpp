// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/hs256.hpp>
#include <webpubsub/access/public_key.hpp>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

// What an issuer of tokens has and this library has not: private keys.

namespace webpubsub::tests {

/// A key pair that libcrypto has just made, and what it signs.
class signing_key {
public:
    static signing_key rsa(unsigned bits = 2048) {
        return signing_key(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits)));
    }
    static signing_key p256() { return signing_key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")); }

    bool is_rsa() const { return EVP_PKEY_is_a(key_.get(), "RSA") == 1; }

    /// The members of its JWK that are its numbers, e.g. `"kty":"RSA","n":"...","e":"AQAB"`.
    std::string members() const {
        if (is_rsa()) {
            return R"("kty":"RSA","n":")" + encoded(OSSL_PKEY_PARAM_RSA_N, 0) + R"(","e":")" +
                   encoded(OSSL_PKEY_PARAM_RSA_E, 0) + "\"";
        }
        return R"("kty":"EC","crv":"P-256","x":")" + encoded(OSSL_PKEY_PARAM_EC_PUB_X, 32) + R"(","y":")" +
               encoded(OSSL_PKEY_PARAM_EC_PUB_Y, 32) + "\"";
    }
    std::string jwk(const std::string& id) const { return "{" + members() + R"(,"kid":")" + id + "\"}"; }

    std::string sign(std::string_view message) const {
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
        std::string signature(512, '\0');
        std::size_t size = signature.size();
        auto* const bytes = reinterpret_cast<unsigned char*>(signature.data());
        if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
            EVP_DigestSign(context.get(), bytes, &size, reinterpret_cast<const unsigned char*>(message.data()),
                           message.size()) != 1) {
            throw std::runtime_error("no signature");
        }
        signature.resize(size);
        return is_rsa() ? signature : raw(signature);
    }

    /// A token with any header and payload, signed by this key whatever they say.
    std::string token(std::string_view header, std::string_view payload) const {
        const auto signed_part = detail::base64url(header) + "." + detail::base64url(payload);
        return signed_part + "." + detail::base64url(sign(signed_part));
    }

private:
    explicit signing_key(EVP_PKEY* made) : key_(made, EVP_PKEY_free) {
        if (made == nullptr) throw std::runtime_error("no key");
    }

    std::string encoded(const char* name, int bytes) const {
        BIGNUM* number = nullptr;
        if (EVP_PKEY_get_bn_param(key_.get(), name, &number) != 1) throw std::runtime_error("no number");
        const std::unique_ptr<BIGNUM, decltype(&BN_free)> owner(number, BN_free);
        return detail::base64url(bytes_of(number, bytes));
    }

    static std::string bytes_of(const BIGNUM* number, int bytes) {
        if (bytes == 0) bytes = BN_num_bytes(number);
        std::string text(static_cast<std::size_t>(bytes), '\0');
        BN_bn2binpad(number, reinterpret_cast<unsigned char*>(text.data()), bytes);
        return text;
    }

    /// The two numbers of a signature in DER.
    static std::string raw(std::string_view der) {
        auto* at = reinterpret_cast<const unsigned char*>(der.data());
        const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> both(
            d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), ECDSA_SIG_free);
        return bytes_of(ECDSA_SIG_get0_r(both.get()), 32) + bytes_of(ECDSA_SIG_get0_s(both.get()), 32);
    }

    std::shared_ptr<EVP_PKEY> key_;
};

/// The same for all tests, since making one takes its time.
inline const signing_key& an_rsa_key() {
    static const auto key = signing_key::rsa();
    return key;
}
inline const signing_key& a_p256_key() {
    static const auto key = signing_key::p256();
    return key;
}

} // namespace webpubsub::tests
