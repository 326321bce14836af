// SPDX-License-Identifier: MIT
#include <webpubsub/access/openssl_hmac.hpp>

#include "support/catch.hpp"

#include <string>
#include <string_view>

using namespace webpubsub;

namespace {

std::string hex(const sha256_digest& digest) {
    std::string text;
    for (const unsigned char byte : digest) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

} // namespace

TEST_CASE("libcrypto's HMAC gives the digests of RFC 4231 section 4") {
    struct row {
        std::string key, message;
        std::string_view digest;
    };
    const auto [key, message, digest] = GENERATE(values<row>({
        {std::string(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {std::string(20, '\xaa'), std::string(50, '\xdd'),
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    }));
    CHECK(hex(openssl_hmac{}(key, message)) == digest);
}

TEST_CASE("an empty key and an empty message are keys and messages like others") {
    const openssl_hmac hmac;
    CHECK(hex(hmac("", "")) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    // The key of the call before must not be used again.
    const auto other = hmac("some other key", "");
    CHECK(hex(hmac({}, {})) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    CHECK(hmac("", "") != other);
}
