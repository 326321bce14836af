// SPDX-License-Identifier: MIT
#include <webpubsub/client/client.hpp>

#include "support/client_driver.hpp"

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

TEST_CASE("a window limits the messages that are under way") {
    auto options = with_url();
    std::size_t at_once = 16;
    SECTION("by their number") {}
    SECTION("one at a time") {
        options.window.messages = 1;
        at_once = 1;
    }
    SECTION("by their bytes, of which the last message may have more than there is room for") {
        options.window.bytes = 100;
        at_once = 3;
    }
    SECTION("not at all") {
        options.window = {std::nullopt, std::nullopt};
        at_once = 40;
    }
    auto d = reliable_client(options);
    d.connect();
    d.writes_complete = false;
    // Of somewhat less than 50 bytes each.
    for (int i = 10; i < 50; ++i) REQUIRE(d.c.join_group(d.now, std::to_string(i) + "34567"));
    d.drain();
    d.drain();
    CHECK(d.sent.size() == at_once);
    if (at_once == 40) return;
    d.written();
    CHECK(d.sent.size() == at_once + 1);
    if (at_once == 16) {
        d.written(16);
        CHECK(d.sent.size() == 33);
        // More than are under way.
        d.written(17);
        CHECK(d.take<host_error>()->error.code == errc::too_many_written);
        CHECK(d.sent.size() == 40);
    }
}
