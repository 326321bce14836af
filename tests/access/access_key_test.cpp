// SPDX-License-Identifier: MIT
#include <webpubsub/access/access_key.hpp>

#include "support/catch.hpp"

#include <ostream>
#include <string>
#include <type_traits>

using namespace webpubsub;

namespace {

template <class T>
concept printable = requires(std::ostream& out, const T& value) {
    out << value;
};

} // namespace

TEST_CASE("an access key has at least 32 bytes") {
    CHECK(access_key::make(std::string(31, 'k')).error() == error(errc::key_too_short));
    CHECK(access_key::make("").error() == error(errc::key_too_short));
    CHECK(access_key::make(std::string(32, 'k'))->text() == std::string(32, 'k'));
    CHECK(access_key::make(std::string(200, 'k'))->text().size() == 200);
}

TEST_CASE("an access key does not turn into text by itself") {
    STATIC_REQUIRE_FALSE(printable<access_key>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<access_key, std::string_view>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<std::string, access_key>);
}
