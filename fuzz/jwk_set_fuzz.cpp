// SPDX-License-Identifier: MIT

// A set of keys that was read has keys within their limits, and is read as the same when it is written by what was
// read.

#include "promise.hpp"

#include <webpubsub/access/jwk_set.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace {

using namespace webpubsub;

std::string_view bytes_of(const std::array<unsigned char, 32>& number) {
    return {reinterpret_cast<const char*>(number.data()), number.size()};
}

std::string written(const jwk& key) {
    std::string out = "{";
    if (key.id) {
        out += "\"kid\":";
        detail::append_json_string(*key.id, out);
        out += ',';
    }
    if (const auto* const rsa = get_if<rsa_public_key>(&key.key)) {
        return out + R"("kty":"RSA","n":")" + detail::base64url(rsa->modulus) + R"(","e":")" +
               detail::base64url(rsa->exponent) + "\"}";
    }
    const auto& p256 = get<p256_public_key>(key.key);
    return out + R"("kty":"EC","crv":"P-256","x":")" + detail::base64url(bytes_of(p256.x)) + R"(","y":")" +
           detail::base64url(bytes_of(p256.y)) + "\"}";
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // So many bytes on the heap and not one more, for the sanitizer to see.
    const auto memory = std::make_unique<char[]>(size);
    std::copy(data, data + size, memory.get());
    jwk_set_limits limits;
    limits.max_keys = 8;
    limits.max_modulus_bits = 4096;
    const auto set = parse_jwk_set({memory.get(), size}, limits);
    if (!set) {
        fuzz::require(set.error().code == errc::invalid_key_set, "an error is one of the set");
        fuzz::require(set.error().subject != nullptr || set.error().offset <= size, "an error has its name or place");
        return 0;
    }
    fuzz::require(set->keys.size() + set->passed_over.size() <= limits.max_keys, "there are so many keys at most");
    for (const auto& each : set->passed_over) fuzz::require(each.reason.subject != nullptr, "a reason has its member");
    std::string text = R"({"keys":[)";
    for (const auto& key : set->keys) {
        if (const auto* const rsa = get_if<rsa_public_key>(&key.key)) {
            const auto bits = detail::bits_of(rsa->modulus);
            fuzz::require(bits >= 2048 && bits <= limits.max_modulus_bits, "a modulus has its size");
            fuzz::require(rsa->exponent != "\x01" && detail::is_odd(rsa->exponent), "an exponent signs nothing");
        }
        if (text.back() == '}') text += ',';
        text += written(key);
    }
    text += "]}";
    const auto again = parse_jwk_set(text, limits);
    fuzz::require(again.has_value() && again->keys == set->keys && again->passed_over.empty(),
                  "what is written is read as the same");
    return 0;
}
