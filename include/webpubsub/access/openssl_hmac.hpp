// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/hmac.hpp>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <limits>
#include <stdexcept>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// HMAC-SHA-256 by OpenSSL's libcrypto (1.1 and later); link it. Not part of the umbrella header.
struct openssl_hmac {
    /// Throws std::runtime_error when libcrypto refuses to work; no message makes it do that, and no key below 2 GiB.
    sha256_digest operator()(std::string_view key, std::string_view message) const {
        static_assert(sizeof(sha256_digest) == 32);
        sha256_digest digest{};
        auto length = static_cast<unsigned>(digest.size());
        // HMAC() takes a null key for "the key of the call before".
        const char* const key_bytes = key.empty() ? "" : key.data();
        if (key.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
            HMAC(EVP_sha256(), key_bytes, static_cast<int>(key.size()),
                 reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data(),
                 &length) == nullptr ||
            length != digest.size()) {
            throw std::runtime_error("libcrypto can't compute an HMAC-SHA-256");
        }
        return digest;
    }
};

static_assert(hmac_sha256<openssl_hmac>);

} // namespace webpubsub::inline WEBPUBSUB_MODE
