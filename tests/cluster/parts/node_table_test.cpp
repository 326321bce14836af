// SPDX-License-Identifier: MIT
#include <webpubsub/cluster/parts/node_table.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <vector>

using namespace webpubsub;
using cluster_parts::node_table;
using std::chrono::seconds;
using hearing = node_table::hearing;

namespace {

using nodes = std::vector<node_id>;

constexpr steady_time at(int second) { return steady_time(seconds(second)); }
node_id node(unsigned place, unsigned epoch = 0) { return node_id::of_number(std::uint64_t{place} << 32 | epoch); }

node_table table(std::size_t most = 10) { return node_table(seconds(10), seconds(60), most); }

} // namespace

TEST_CASE("a node lives while it is heard") {
    auto all = table();
    CHECK(all.hear(at(0), node(1)) == hearing::joined);
    CHECK(all.hear(at(3), node(2)) == hearing::joined);
    CHECK(all.hear(at(6), node(1)) == hearing::known);
    CHECK(all.poll_timeout() == at(13));
    CHECK_FALSE(all.take_lost(at(12)));
    CHECK(all.take_lost(at(13)) == node(2));
    CHECK_FALSE(all.take_lost(at(13)));
    CHECK(all.living() == nodes{node(1)});
    CHECK(all.dead() == nodes{node(2)});
    CHECK(all.take_lost(at(16)) == node(1));
    CHECK(all.count() == 0);
}

TEST_CASE("a node that is dead stays so, and is forgotten in the end") {
    auto all = table();
    all.hear(at(0), node(1));
    CHECK(all.bury(at(1), node(1)));
    CHECK_FALSE(all.bury(at(1), node(1)));
    CHECK(all.hear(at(2), node(1)) == hearing::dead);
    CHECK_FALSE(all.is_alive(node(1)));
    CHECK(all.poll_timeout() == at(61));
    CHECK_FALSE(all.take_lost(at(61)));
    CHECK(all.dead().empty());
    CHECK(all.hear(at(61), node(1)) == hearing::joined);
}

TEST_CASE("a place that two living nodes have is told, and one of a dead node is free") {
    auto all = table();
    all.hear(at(0), node(1, 5));
    CHECK(all.hear(at(1), node(1, 2)) == hearing::joined_at_taken_place);
    CHECK(all.hear(at(1), node(1, 2)) == hearing::known);
    all.bury(at(2), node(1, 5));
    all.bury(at(2), node(1, 2));
    CHECK(all.hear(at(3), node(1, 9)) == hearing::joined);
    CHECK(all.hear(at(3), node(0, 9)) == hearing::joined);
    CHECK(all.hear(at(3), node(2, 0)) == hearing::joined);
}

TEST_CASE("there are so many nodes at most, living and dead ones") {
    auto all = table(2);
    all.hear(at(0), node(1));
    all.hear(at(0), node(2));
    CHECK(all.hear(at(0), node(3)) == hearing::refused);
    CHECK(all.hear(at(1), node(2)) == hearing::known);
    all.bury(at(1), node(2));
    all.bury(at(2), node(1));
    CHECK(all.hear(at(2), node(3)) == hearing::joined);
    all.bury(at(3), node(3));
    CHECK(all.dead() == nodes{node(1), node(3)});
    // Of whom others say that they are dead.
    CHECK_FALSE(all.bury(at(4), node(4)));
    CHECK(all.dead() == nodes{node(3), node(4)});
    CHECK(all.hear(at(5), node(4)) == hearing::dead);
    all.clear();
    CHECK(all.poll_timeout() == std::nullopt);
    CHECK(all.dead().empty());
}
