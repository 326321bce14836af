// SPDX-License-Identifier: MIT
#include <webpubsub/access/openssl_hmac.hpp>

int main() {
    // RFC 4231 section 4.3.
    const auto digest = webpubsub::openssl_hmac{}("Jefe", "what do ya want for nothing?");
    return digest[0] == 0x5b && digest[31] == 0x43 ? 0 : 1;
}
