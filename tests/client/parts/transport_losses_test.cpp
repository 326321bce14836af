// SPDX-License-Identifier: MIT
#include <webpubsub/client/parts/transport_losses.hpp>

#include "support/catch.hpp"

#include <vector>

using namespace webpubsub;
using namespace webpubsub::client_parts;

using tickets = std::vector<ticket>;

TEST_CASE("what was written and not shown to be read is charged with the loss") {
    transport_losses l;
    for (const ticket each : {1u, 2u, 3u}) l.handle_written(each);
    SECTION("all of it") { CHECK(l.handle_lost() == tickets{1, 2, 3}); }
    SECTION("not what is answered, nor what was written before that") {
        l.handle_ack(2);
        CHECK(l.handle_lost() == tickets{3});
    }
    SECTION("not what was written before a ping that is answered") {
        l.handle_ping_written();
        l.handle_written(4);
        l.handle_pong();
        CHECK(l.handle_lost() == tickets{4});
    }
    SECTION("only once") { l.handle_lost(); }
    CHECK(l.handle_lost().empty());
}

TEST_CASE("a pong for an earlier ping shows nothing of what was written after it") {
    transport_losses l;
    l.handle_ping_written();
    l.handle_written(1);
    l.handle_pong();
    l.handle_pong();
    CHECK(l.handle_lost() == tickets{1});
}

TEST_CASE("a pong of the next transport is for a ping on it") {
    transport_losses l;
    l.handle_written(1);
    l.handle_ping_written();
    l.handle_lost();
    l.handle_ping_written();
    l.handle_written(1);
    l.handle_pong();
    CHECK(l.handle_lost() == tickets{1});
}

TEST_CASE("two losses in a row make requests go one at a time, until all are answered") {
    transport_losses l;
    l.handle_written(1);
    l.handle_lost();
    CHECK_FALSE(l.one_at_a_time());
    SECTION("in a row") {
        l.handle_written(1);
        l.handle_written(2);
        // An answer to one of them is none to the other.
        l.handle_ack(1);
        l.handle_lost();
        CHECK(l.one_at_a_time());
        l.handle_all_answered();
        CHECK_FALSE(l.one_at_a_time());
    }
    SECTION("not in a row: all was read") {
        l.handle_written(1);
        l.handle_ack(1);
        l.handle_written(2);
        l.handle_lost();
        CHECK_FALSE(l.one_at_a_time());
    }
    SECTION("not in a row: nothing was written") {
        l.handle_lost();
        l.handle_written(2);
        l.handle_lost();
        CHECK_FALSE(l.one_at_a_time());
    }
}
