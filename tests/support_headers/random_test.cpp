// SPDX-License-Identifier: MIT

#include <webpubsub/support/random.hpp>

#include "support/catch.hpp"

TEST_CASE("random hex is the source's bytes, two lower-case digits each, behind a prefix") {
    unsigned char next = 0xF0;
    const webpubsub::secure_random counting{&next, [](void* context, unsigned char* bytes, std::size_t size) {
                                                auto& from = *static_cast<unsigned char*>(context);
                                                for (std::size_t i = 0; i < size; ++i) bytes[i] = from++;
                                            }};
    CHECK(webpubsub::detail::random_hex(counting, 4) == "f0f1f2f3");
    CHECK(webpubsub::detail::random_hex(counting, 16, "node-") == "node-f4f5f6f7f8f9fafbfcfdfeff00010203");
}
