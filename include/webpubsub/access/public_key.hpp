// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/variant.hpp>

#include <array>
#include <concepts>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// A public key of RSA; its numbers are big-endian bytes without leading zeros.
struct rsa_public_key {
    std::string modulus;
    std::string exponent;

    friend bool operator==(const rsa_public_key&, const rsa_public_key&) = default;
};

/// A public key on the curve P-256; its numbers are big-endian. That they are a point of the curve is for the verifier
/// to see.
struct p256_public_key {
    std::array<unsigned char, 32> x{};
    std::array<unsigned char, 32> y{};

    friend bool operator==(const p256_public_key&, const p256_public_key&) = default;
};

using public_key = variant<rsa_public_key, p256_public_key>;

/// The algorithm of a token that a key verifies. Each key has one, so that no token chooses (RFC 8725 section 3.1).
inline std::string_view algorithm_of(const public_key& key) noexcept {
    return holds_alternative<rsa_public_key>(key) ? "RS256" : "ES256";
}

/// A copyable callable that tells whether a signature of a message is that of a public key: with a `rsa_public_key`
/// by RS256 (RFC 7518 section 3.3), with a `p256_public_key` by ES256 (section 3.4), whose signature is two numbers of
/// 32 bytes. The signature may be any bytes. It must be false for a key that is none, such as a point beside the curve.
template <class V>
concept signature_verifier = std::copyable<V> &&
    requires(const V& verifier, const rsa_public_key& rsa, const p256_public_key& p256, std::string_view message,
             std::string_view signature) {
    { verifier(rsa, message, signature) } -> std::same_as<bool>;
    { verifier(p256, message, signature) } -> std::same_as<bool>;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
