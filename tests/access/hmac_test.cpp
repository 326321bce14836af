// SPDX-License-Identifier: MIT
#include <webpubsub/access/hmac.hpp>

#include "support/catch.hpp"

#include <string>
#include <string_view>

using namespace webpubsub;

namespace {

struct gives_bytes {
    sha256_digest operator()(std::string_view, std::string_view) const { return {}; }
};

struct gives_a_string {
    std::string operator()(std::string_view, std::string_view) const { return {}; }
};

struct wants_no_key {
    sha256_digest operator()(std::string_view) const { return {}; }
};

struct can_not_be_copied {
    can_not_be_copied(const can_not_be_copied&) = delete;
    sha256_digest operator()(std::string_view, std::string_view) const { return {}; }
};

} // namespace

TEST_CASE("the HMAC concept takes copyable callables that give a digest of a key and a message") {
    STATIC_REQUIRE(hmac_sha256<gives_bytes>);
    STATIC_REQUIRE(hmac_sha256<sha256_digest (*)(std::string_view, std::string_view)>);
    STATIC_REQUIRE_FALSE(hmac_sha256<gives_a_string>);
    STATIC_REQUIRE_FALSE(hmac_sha256<wants_no_key>);
    STATIC_REQUIRE_FALSE(hmac_sha256<can_not_be_copied>);
}
