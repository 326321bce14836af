// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/public_key.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/text/base64.hpp>
#include <webpubsub/text/json_reader.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

struct jwk_set_limits {
    /// Of the JSON text. Microsoft Entra ID's set has some 20 000, most of them certificates.
    std::size_t max_bytes = 256 * 1024;
    /// Of all keys in the text, those that are passed over too.
    std::size_t max_keys = 64;
    /// Of an RSA key. The time of a verification grows with its square.
    std::size_t max_modulus_bits = 8192;
    /// Of arrays and objects in each other.
    std::size_t max_depth = 16;
};

/// A key for verifying tokens (RFC 7517).
struct jwk {
    /// `kid`, where there is one.
    std::optional<std::string> id;
    public_key key;

    friend bool operator==(const jwk&, const jwk&) = default;
};

/// Why a key of a set is of no use here.
struct passed_over_jwk {
    /// In the text's list of keys, from 0.
    std::size_t index = 0;
    std::optional<std::string> id;
    /// invalid_key with the name of the member.
    error reason;

    friend bool operator==(const passed_over_jwk&, const passed_over_jwk&) = default;
};

struct jwk_set {
    std::vector<jwk> keys;
    /// RFC 7517 section 5: one key that can't be used makes no difference to the others.
    std::vector<passed_over_jwk> passed_over;

    friend bool operator==(const jwk_set&, const jwk_set&) = default;
};

namespace detail {

/// RFC 7518 section 3.3 asks for as much.
inline constexpr std::size_t min_modulus_bits = 2048;
/// As much as libraries take; larger exponents only cost time.
inline constexpr std::size_t max_exponent_bytes = 8;
inline constexpr std::size_t p256_bytes = 32;

/// The members of a key that matter, as they are written.
struct jwk_members {
    std::optional<json_value> kty, kid, use, key_ops, alg, crv, n, e, x, y;
};

WEBPUBSUB_COLD_INLINE jwk_members read_jwk_members(std::string_view json) {
    jwk_members out;
    const std::pair<std::string_view, std::optional<json_value>*> places[] = {
        {"kty", &out.kty}, {"kid", &out.kid}, {"use", &out.use}, {"key_ops", &out.key_ops},
        {"alg", &out.alg}, {"crv", &out.crv}, {"n", &out.n},     {"e", &out.e},
        {"x", &out.x},     {"y", &out.y}};
    for (json_cursor members(json); members.next();) {
        for (const auto& [name, place] : places) {
            if (members.name() == name) *place = members.value();
        }
    }
    return out;
}

/// Whether a member is exactly that string.
WEBPUBSUB_COLD_INLINE bool is_text(const std::optional<json_value>& value, std::string_view text) {
    return value && value->is_string() && json_string_of(*value) == text;
}

/// Whether a member may be absent or is that string.
WEBPUBSUB_COLD_INLINE bool is_absent_or(const std::optional<json_value>& value, std::string_view text) {
    return !value || is_text(value, text);
}

/// RFC 7517 section 4.3.
WEBPUBSUB_COLD_INLINE bool may_verify(const std::optional<json_value>& key_ops) {
    if (!key_ops) return true;
    bool found = false;
    for (json_cursor items(key_ops->text()); items.next();) {
        found = found || is_text(items.value(), "verify");
    }
    return found && json_cursor(key_ops->text()).is_array();
}

/// The bytes of a number (RFC 7518 section 2, Base64urlUInt, or of a coordinate); nothing for what is none.
WEBPUBSUB_COLD_INLINE std::optional<std::string> read_number_bytes(const std::optional<json_value>& value) {
    std::string bytes;
    if (!value || !value->is_string() || !base64url_decode_append(json_string_of(*value), bytes)) return std::nullopt;
    return bytes;
}

WEBPUBSUB_COLD_INLINE std::string without_leading_zeros(std::string bytes) {
    return bytes.erase(0, std::min(bytes.find_first_not_of('\0'), bytes.size()));
}

WEBPUBSUB_COLD_INLINE std::size_t bits_of(std::string_view number) noexcept {
    if (number.empty()) return 0;
    std::size_t bits = (number.size() - 1) * 8;
    for (auto first = static_cast<unsigned char>(number.front()); first != 0; first = first >> 1u & 0x7Fu) ++bits;
    return bits;
}

WEBPUBSUB_COLD_INLINE bool is_odd(std::string_view number) noexcept {
    return !number.empty() && (static_cast<unsigned char>(number.back()) & 1u) != 0;
}

[[nodiscard]] WEBPUBSUB_COLD_INLINE result<public_key> read_rsa_key(const jwk_members& members,
                                                                    const jwk_set_limits& limits) {
    if (!is_absent_or(members.alg, "RS256")) return error::about(errc::invalid_key, "alg");
    auto modulus = read_number_bytes(members.n);
    if (!modulus) return error::about(errc::invalid_key, "n");
    auto exponent = read_number_bytes(members.e);
    if (!exponent) return error::about(errc::invalid_key, "e");
    rsa_public_key key{without_leading_zeros(std::move(*modulus)), without_leading_zeros(std::move(*exponent))};
    const auto bits = bits_of(key.modulus);
    if (bits > limits.max_modulus_bits) {
        return error::exceeds(errc::invalid_key, "max_modulus_bits", limits.max_modulus_bits, bits);
    }
    if (bits < min_modulus_bits || !is_odd(key.modulus)) return error::about(errc::invalid_key, "n");
    // With an exponent of 1 anyone could sign.
    if (key.exponent.size() > max_exponent_bytes || !is_odd(key.exponent) || key.exponent == "\x01") {
        return error::about(errc::invalid_key, "e");
    }
    return public_key(std::move(key));
}

/// RFC 7518 section 6.2.1.2: all 32 bytes, leading zeros too.
[[nodiscard]] WEBPUBSUB_COLD_INLINE bool read_coordinate(const std::optional<json_value>& value,
                                                         std::array<unsigned char, p256_bytes>& out) {
    const auto bytes = read_number_bytes(value);
    if (!bytes || bytes->size() != out.size()) return false;
    std::transform(bytes->begin(), bytes->end(), out.begin(), [](char c) { return static_cast<unsigned char>(c); });
    return true;
}

[[nodiscard]] WEBPUBSUB_COLD_INLINE result<public_key> read_p256_key(const jwk_members& members) {
    if (!is_text(members.crv, "P-256")) return error::about(errc::invalid_key, "crv");
    if (!is_absent_or(members.alg, "ES256")) return error::about(errc::invalid_key, "alg");
    p256_public_key key;
    if (!read_coordinate(members.x, key.x)) return error::about(errc::invalid_key, "x");
    if (!read_coordinate(members.y, key.y)) return error::about(errc::invalid_key, "y");
    return public_key(key);
}

[[nodiscard]] WEBPUBSUB_COLD_INLINE result<public_key> read_public_key(const jwk_members& members,
                                                                       const jwk_set_limits& limits) {
    if (members.kid && !members.kid->is_string()) return error::about(errc::invalid_key, "kid");
    if (!is_absent_or(members.use, "sig")) return error::about(errc::invalid_key, "use");
    if (!may_verify(members.key_ops)) return error::about(errc::invalid_key, "key_ops");
    if (is_text(members.kty, "RSA")) return read_rsa_key(members, limits);
    if (is_text(members.kty, "EC")) return read_p256_key(members);
    return error::about(errc::invalid_key, "kty");
}

} // namespace detail

/// Reads a set of public keys, such as an issuer of tokens publishes: RSA keys of at least 2048 bits for RS256, and
/// keys on P-256 for ES256. A key for something else (by `use`, `key_ops` or `alg`), one of another kind and one with a
/// bad member are passed over. Private members are not read. A set without a usable key is a set like others.
/// Errors: invalid_key_set, with the limit that is exceeded or with the member `keys` where it is no list of objects;
/// an offset where the text is no JSON.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<jwk_set> parse_jwk_set(std::string_view json,
                                                                  const jwk_set_limits& limits = {}) {
    if (json.size() > limits.max_bytes) {
        return error::exceeds(errc::invalid_key_set, "max_bytes", limits.max_bytes, json.size());
    }
    if (const auto checked = check_json(json, limits.max_depth); !checked) {
        return error(errc::invalid_key_set, checked.error().offset);
    }
    std::optional<detail::json_value> list;
    detail::json_cursor members(json);
    while (members.is_object() && members.next()) {
        if (members.name() == "keys") list = members.value();
    }
    detail::json_cursor keys(list ? list->text() : std::string_view());
    if (!keys.is_array()) return error::about(errc::invalid_key_set, "keys");
    jwk_set out;
    for (std::size_t index = 0; keys.next(); ++index) {
        if (index == limits.max_keys) {
            return error::exceeds(errc::invalid_key_set, "max_keys", limits.max_keys, index + 1);
        }
        const auto key = keys.value().text();
        if (!detail::json_cursor(key).is_object()) return error::about(errc::invalid_key_set, "keys");
        const auto read = detail::read_jwk_members(key);
        std::optional<std::string> id;
        if (read.kid && read.kid->is_string()) id = detail::json_string_of(*read.kid);
        if (auto usable = detail::read_public_key(read, limits)) {
            out.keys.push_back({std::move(id), std::move(*usable)});
        } else {
            out.passed_over.push_back({index, std::move(id), usable.error()});
        }
    }
    return out;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
