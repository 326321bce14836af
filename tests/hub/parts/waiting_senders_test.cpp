// SPDX-License-Identifier: MIT

#include <webpubsub/hub/parts/turn.hpp>
#include <webpubsub/hub/parts/waiting_senders.hpp>

#include "hub/parts/lower_floor.hpp"
#include "support/catch.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

using namespace hub_parts_tests;

namespace {

/// A member of the group "g" whose queue of ten is more than half full, and somebody who is in no group.
struct slow_reader : lower_floor {
    slow_reader() : lower_floor(short_queues()) {
        for (int i = 0; i < 6; ++i) {
            during.deliver({&reader, 1}, server_data_message{{}, text_payload("x"), {}}, std::nullopt);
        }
    }
    static hub_options short_queues() {
        hub_options made;
        made.queues.outbound = {10, 1'000'000};
        return made;
    }

    const std::uint32_t reader = connect("r");
    const std::uint32_t sender = connect("s", {});
};

} // namespace

TEST_CASE("senders wait for groups, and each group gives them back in their order") {
    waiting_senders senders;
    CHECK(senders.group_count() == 0);
    const auto one = make_handle(1, 1);
    const auto two = make_handle(2, 1);
    senders.wait(two, "g");
    senders.wait(one, "h");
    senders.wait(one, "g");
    REQUIRE(senders.group_count() == 2);
    CHECK(senders.group(0) == "g");
    waiting_senders copy = senders;
    CHECK(senders.take(0) == std::vector<connection_handle>{two, one});
    CHECK(senders.group(0) == "h");
    CHECK(copy.group_count() == 2);
}

TEST_CASE("senders are free when nobody of their group is congested, also because those have left it") {
    slow_reader f;
    CHECK(f.during.is_congested("g"));
    CHECK_FALSE(f.during.is_congested("h"));
    f.senders.wait(f.connections.handle_of(f.sender), "g");
    f.during.take_free_senders();
    CHECK(f.senders.group_count() == 1);
    SECTION("it reads") { f.sent(f.reader); }
    SECTION("it leaves") { f.connections.leave(f.reader, "g", f.events); }
    SECTION("its transport is gone") { f.out.detach(f.reader); }
    CHECK(f.during.take_free_senders() == std::vector<connection_handle>{f.connections.handle_of(f.sender)});
    CHECK(f.senders.group_count() == 0);
}

TEST_CASE("other nodes wait for members here, and are told once; senders wait for members of other nodes as well") {
    slow_reader f;
    f.senders.wait(f.connections.handle_of(f.sender), "g");
    f.senders.wait_elsewhere("g");
    f.senders.wait_elsewhere("g");
    f.senders.set_room("g", 0);
    CHECK(f.during.take_free_senders().empty());
    CHECK_FALSE(f.reports.poll());

    f.sent(f.reader);
    CHECK_FALSE(f.during.has_congested_member("g"));
    CHECK(f.during.is_congested("g"));
    CHECK(f.during.take_free_senders().empty());
    CHECK(get<hub_reports::group_relieved>(*f.reports.poll()).group == "g");
    CHECK_FALSE(f.reports.poll());

    f.senders.set_room("g", 2);
    CHECK_FALSE(f.senders.is_settled(f.connections.leaves()));
    CHECK(f.during.take_free_senders() == std::vector<connection_handle>{f.connections.handle_of(f.sender)});
    CHECK(f.senders.is_settled(f.connections.leaves()));
    f.senders.use_room("g");
    CHECK_FALSE(f.during.is_congested("g"));
    f.senders.use_room("g");
    CHECK(f.during.is_congested("g"));
    f.senders.set_room("g", std::nullopt);
    f.senders.use_room("g");
    CHECK_FALSE(f.during.is_congested("g"));
    CHECK_FALSE(f.senders.knows_rooms());
}
