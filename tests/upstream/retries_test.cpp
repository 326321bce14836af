// SPDX-License-Identifier: MIT
#include <webpubsub/upstream/retries.hpp>

#include "support/catch.hpp"

#include <vector>

using namespace webpubsub;
using std::chrono::seconds;

TEST_CASE("408 and 5xx may pass, nothing else does") {
    for (const unsigned status : {408u, 500u, 501u, 503u, 599u}) CHECK(may_pass(status));
    for (const unsigned status : {0u, 100u, 200u, 204u, 301u, 307u, 400u, 401u, 404u, 407u, 409u, 429u, 499u, 600u}) {
        CHECK_FALSE(may_pass(status));
    }
}

TEST_CASE("each delay is waited for once") {
    const std::vector<duration> delays{seconds(1), seconds(3), seconds(5)};
    retries left;
    CHECK(left.next(delays) == seconds(1));
    CHECK(left.next(delays) == seconds(3));
    CHECK(left.next(delays) == seconds(5));
    CHECK(left.next(delays) == std::nullopt);
    CHECK(left.next(delays) == std::nullopt);
    CHECK(retries().next({}) == std::nullopt);
}
