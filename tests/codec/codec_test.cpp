// SPDX-License-Identifier: MIT
#include <webpubsub/codec/json.hpp>

#include "support/catch.hpp"

#include <string>

using namespace webpubsub;

TEST_CASE("a payload is checked against its type") {
    const auto codec = json_codec();
    CHECK(codec.check(json_payload(" {\"a\":[1]} ")));
    CHECK(codec.check(text_payload("\xc3\xa9")));
    CHECK(codec.check(binary_payload("\xff\0")));
    for (const auto& bad : {json_payload(""), json_payload("{"), json_payload("1 2"), json_payload("nul"),
                            json_payload("\"\xff\""), text_payload("a\xff")}) {
        CAPTURE(bad.bytes);
        const auto checked = codec.check(bad);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().code == errc::invalid_payload);
    }
    CHECK(checked_json_payload("[1]").value() == json_payload("[1]"));
    CHECK(checked_json_payload("[1").error().code == errc::invalid_json);
}

TEST_CASE("the subprotocols' codecs carry their names") {
    CHECK(json_codec().protocol() == subprotocols::json_v1);
    CHECK(reliable_json_codec().protocol() == subprotocols::json_reliable_v1);
}
