// SPDX-License-Identifier: MIT
#include <webpubsub/access/any_hmac.hpp>
#include <webpubsub/access/openssl_hmac.hpp>

#include "support/catch.hpp"

#include <memory>
#include <string_view>

using namespace webpubsub;

namespace {

/// Gives the same digest for everything, and counts those that are alive.
struct counting_hmac {
    std::shared_ptr<int> alive;

    sha256_digest operator()(std::string_view, std::string_view) const {
        sha256_digest digest{};
        digest[0] = 42;
        return digest;
    }
};

} // namespace

TEST_CASE("any HMAC computes what the one computes that it was made of") {
    const openssl_hmac inner;
    const any_hmac erased = inner;
    CHECK(erased("key", "message") == inner("key", "message"));
    CHECK(erased("", "") == inner("", ""));
    CHECK(erased("key", "message") != inner("other", "message"));
}

TEST_CASE("copies of any HMAC share the one that it was made of, which lives as long as one of them") {
    const auto alive = std::make_shared<int>();
    auto first = std::make_unique<any_hmac>(counting_hmac{alive});
    CHECK(alive.use_count() == 2);
    auto copy = std::make_unique<any_hmac>(*first);
    CHECK(alive.use_count() == 2);
    first.reset();
    CHECK((*copy)("k", "m")[0] == 42);
    copy.reset();
    CHECK(alive.use_count() == 1);
}
